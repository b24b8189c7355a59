using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Connections;
using Npgsql;
using Portal.Domain.Storage;

namespace Portal.Api.Hosting;

/// <summary>Runs a host from its first moment to its last: signals are heard before it is up, and what keeps it from starting is said in a sentence.</summary>
public static class HostRun
{
    /// <summary>Runs the host until it ends by itself or the process is asked to stop.</summary>
    /// <param name="host">The whole of it. Its token is cancelled by Ctrl-C, SIGTERM, SIGQUIT and a closed terminal.</param>
    /// <returns>The process's exit code: 0 after an orderly end, 1 where it could not start.</returns>
    public static async Task<int> Run(Func<CancellationToken, Task> host)
    {
        using var stop = new CancellationTokenSource();
        var signals = StoppingSignals().Select(signal => PosixSignalRegistration.Create(signal, context =>
        {
            // Without this the process would end here and now, and leave its database running.
            context.Cancel = true;
            stop.Cancel();
        })).ToList();
        try
        {
            await host(stop.Token);
            return 0;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return 0;
        }
        catch (Exception e) when (Explanation(e) is { } sentence)
        {
            await Console.Error.WriteLineAsync($"The Portal could not start. {sentence}");
            return 1;
        }
        finally
        {
            signals.ForEach(signal => signal.Dispose());
        }
    }

    /// <summary>What a person can do about a failed start; null where only the stack trace tells.</summary>
    internal static string? Explanation(Exception failure) => failure switch
    {
        StartException known => known.Message,
        IOException { InnerException: AddressInUseException } taken => $"{taken.Message} {ListenAddresses.Remedy}",
        NpgsqlException away => $"The database of ConnectionStrings__Portal does not answer: {away.Message}. Start it or correct the setting; "
            + "without the setting, the Portal runs a private database of its own.",
        _ => null,
    };

    private static List<PosixSignal> StoppingSignals()
    {
        List<PosixSignal> signals = [PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGQUIT];
        if (!IsHangupIgnored())
        {
            signals.Add(PosixSignal.SIGHUP);
        }

        return signals;
    }

    // Under nohup the host is meant to outlive its terminal.
    private static bool IsHangupIgnored()
    {
        var ignored = File.ReadLines("/proc/self/status").First(line => line.StartsWith("SigIgn:", StringComparison.Ordinal));
        return (Convert.ToUInt64(ignored["SigIgn:".Length..].Trim(), 16) & 1) != 0;
    }
}
