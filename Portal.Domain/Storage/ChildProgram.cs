using System.ComponentModel;
using System.Diagnostics;

namespace Portal.Domain.Storage;

/// <summary>How a child program ended, and all that it printed.</summary>
internal readonly record struct ProgramOutcome(int ExitCode, string Output)
{
    public bool Succeeded => ExitCode == 0;
}

/// <summary>Runs a short-lived program of the system and waits for it.</summary>
internal static class ChildProgram
{
    // Nothing else of the host's environment is handed on: it holds secrets, and PG* variables would redirect PostgreSQL's programs.
    private const string SearchPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /// <summary>Runs the program in a session of its own, so that a Ctrl-C on the host's terminal does not reach it.</summary>
    public static async Task<ProgramOutcome> Run(IEnumerable<string> commandLine, CancellationToken cancellation)
    {
        // The working folder is one that every user may enter.
        var start = new ProcessStartInfo("setsid", ["--wait", .. commandLine])
        {
            WorkingDirectory = "/",
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Clear();
        start.Environment["PATH"] = SearchPath;
        start.Environment["LC_ALL"] = "C.UTF-8";

        using var process = Start(start);
        process.StandardInput.Close();
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(cancellation);
            var errors = process.StandardError.ReadToEndAsync(cancellation);
            await process.WaitForExitAsync(cancellation);
            return new ProgramOutcome(process.ExitCode, (await output + await errors).Trim());
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new StartException($"The program 'setsid' could not be started ({e.Message}). It is part of Debian's package util-linux.", e);
        }
    }
}
