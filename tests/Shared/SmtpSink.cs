using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Portal.Tests.Shared;

/// <summary>A real SMTP server on a loopback port that keeps every mail it is given. It can be stopped and started again on its port.</summary>
/// <remarks>It is Debian's python3-aiosmtpd, in a process of its own.</remarks>
public sealed class SmtpSink : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private readonly List<SinkMail> _mails = [];
    private readonly string _refusal;
    private readonly string _user;
    private readonly string _password;
    private Process? _server;
    private Task _reading = Task.CompletedTask;

    private SmtpSink(string refusal, string user, string password)
    {
        _refusal = refusal;
        _user = user;
        _password = password;
    }

    /// <summary>The loopback port it listens on.</summary>
    public int Port { get; private set; }

    /// <summary>The mails received so far, oldest first.</summary>
    public IReadOnlyList<SinkMail> Mails
    {
        get
        {
            lock (_gate)
            {
                return [.. _mails];
            }
        }
    }

    /// <summary>Starts one.</summary>
    /// <param name="refusal">The answer to every recipient, such as <c>550 No such mailbox</c>; empty accepts all.</param>
    /// <param name="user">The login it asks for; empty: none.</param>
    /// <param name="password">The password of that login.</param>
    public static async Task<SmtpSink> Start(string refusal = "", string user = "", string password = "")
    {
        var sink = new SmtpSink(refusal, user, password);
        await sink.Start();
        return sink;
    }

    /// <summary>Starts it again after <see cref="Stop"/>, on the same port and with the mails it had.</summary>
    public async Task Start()
    {
        var script = Path.Combine(AppContext.BaseDirectory, "smtp_sink.py");
        // Debian's own Python: another one on PATH would not see Debian's packages.
        _server = Process.Start(new ProcessStartInfo("/usr/bin/python3",
            [script, Port.ToString(CultureInfo.InvariantCulture), _refusal, _user, _password])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var port = await _server.StandardOutput.ReadLineAsync();
        Port = port is null
            ? throw new InvalidOperationException($"The SMTP server did not start (Debian package python3-aiosmtpd): {await _server.StandardError.ReadToEndAsync()}")
            : int.Parse(port, CultureInfo.InvariantCulture);
        _reading = Read(_server.StandardOutput);
    }

    /// <summary>Stops it: connections are refused until it is started again.</summary>
    public async Task Stop()
    {
        if (_server is not { } server)
        {
            return;
        }

        _server = null;
        server.Kill();
        await server.WaitForExitAsync();
        await _reading;
        server.Dispose();
    }

    /// <summary>The mails, as soon as there are at least <paramref name="count"/>; fails when half a minute passes without.</summary>
    public async Task<IReadOnlyList<SinkMail>> Received(int count)
    {
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < s_patience; await Task.Delay(20))
        {
            if (Mails.Count >= count)
            {
                return Mails;
            }
        }

        throw new TimeoutException($"The SMTP server was given {Mails.Count} mails in {s_patience.TotalSeconds:0} s; {count} were expected.");
    }

    public async ValueTask DisposeAsync() => await Stop();

    private async Task Read(StreamReader lines)
    {
        while (await lines.ReadLineAsync() is { } line)
        {
            var mail = JsonSerializer.Deserialize<SinkMail>(line, JsonSerializerOptions.Web)!;
            lock (_gate)
            {
                _mails.Add(mail);
            }
        }
    }
}

/// <summary>A mail as it came over the wire.</summary>
/// <param name="From">The envelope's sender.</param>
/// <param name="To">The envelope's recipients.</param>
/// <param name="Content">The message, header and body, byte by byte.</param>
public sealed record SinkMail(string From, IReadOnlyList<string> To, byte[] Content)
{
    /// <summary>The message as text.</summary>
    public string Text => System.Text.Encoding.UTF8.GetString(Content);
}
