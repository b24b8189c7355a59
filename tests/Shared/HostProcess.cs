using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Portal.Tests.Shared;

/// <summary>A host in a process of its own, as a user starts it: for tests of starting, stopping and crashing.</summary>
public sealed class HostProcess : IAsyncDisposable
{
    private const string Listening = "Now listening on: ";
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(120);

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly TaskCompletionSource<Uri> _address = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private HostProcess(Process process)
    {
        _process = process;
        _process.OutputDataReceived += (_, line) => Take(line.Data);
        _process.ErrorDataReceived += (_, line) => Take(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>All that it has printed so far.</summary>
    public string Output
    {
        get
        {
            lock (_output)
            {
                return _output.ToString();
            }
        }
    }

    /// <summary>Starts a host on a free port and returns at once.</summary>
    /// <param name="assembly">The host's assembly, beside the test's: <c>Portal.Api.dll</c> or <c>Portal.dll</c>.</param>
    /// <param name="arguments">Its command line, such as <c>--Portal:DataFolder=…</c>.</param>
    public static HostProcess Start(string assembly, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, assembly), "--urls=http://127.0.0.1:0", .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Development";
        return new HostProcess(Process.Start(start)!);
    }

    /// <summary>The address it listens on, as soon as it does; fails with what it printed where it ends instead.</summary>
    public async Task<Uri> Address()
    {
        var ended = _process.WaitForExitAsync();
        var first = await Task.WhenAny(_address.Task, ended).WaitAsync(s_patience);
        return first == ended ? throw new InvalidOperationException($"The host ended: {Output}") : await _address.Task;
    }

    /// <summary>Waits for its end and returns the exit code.</summary>
    public async Task<int> Ended()
    {
        await _process.WaitForExitAsync().WaitAsync(s_patience);
        return _process.ExitCode;
    }

    /// <summary>Asks it to stop, as a service manager does (SIGTERM), and returns the exit code.</summary>
    public async Task<int> Terminate()
    {
        using var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
        return await Ended();
    }

    /// <summary>Ends it without warning (SIGKILL).</summary>
    public async Task Kill()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await Terminate();
        }

        _process.Dispose();
    }

    private void Take(string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (_output)
        {
            _output.AppendLine(line);
        }

        var found = line.IndexOf(Listening, StringComparison.Ordinal);
        if (found >= 0)
        {
            _address.TrySetResult(new Uri(line[(found + Listening.Length)..].Trim()));
        }
    }
}
