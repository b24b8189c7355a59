using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace Portal.Domain.Tests.Metering;

/// <summary>Stands between Npgsql and PostgreSQL, and cuts the line where the test says: before a commit reaches the server, or after, when its reply is on the way.</summary>
internal sealed class CuttingProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly EndPoint _server;
    private readonly Task _accepting;
    private int _cuts;

    public CuttingProxy(string connectionString)
    {
        var server = new NpgsqlConnectionStringBuilder(connectionString);
        _server = server.Host!.StartsWith('/')
            ? new UnixDomainSocketEndPoint($"{server.Host}/.s.PGSQL.{server.Port}")
            : new DnsEndPoint(server.Host, server.Port);
        _listener.Start();
        ConnectionString = new NpgsqlConnectionStringBuilder(connectionString)
        {
            Host = "127.0.0.1", Port = ((IPEndPoint)_listener.LocalEndpoint).Port, SslMode = SslMode.Disable, Pooling = false,
        }.ConnectionString;
        _accepting = Accept();
    }

    public string ConnectionString { get; }

    /// <summary>Decides about the n-th commit, from 1.</summary>
    public Func<int, Cut> OnCommit { get; set; } = _ => Cut.No;

    public int Commits { get; private set; }

    public int Cuts => _cuts;

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Stop();
        await _accepting;
        _stopping.Dispose();
    }

    private async Task Accept()
    {
        try
        {
            while (true)
            {
                _ = Serve(await _listener.AcceptSocketAsync(_stopping.Token));
            }
        }
        catch (OperationCanceledException)
        {
            // Stopped.
        }
    }

    private async Task Serve(Socket client)
    {
        using var server = new Socket(_server.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
        using (client)
        {
            try
            {
                await server.ConnectAsync(_server);
                var replies = Pump(server, client);
                await Requests(client, server);
                client.Close();
                server.Close();
                await replies;
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // Either side has hung up.
            }
        }
    }

    private async Task Requests(Socket client, Socket server)
    {
        var buffer = new byte[64 * 1024];
        while (await client.ReceiveAsync(buffer) is var read and > 0)
        {
            var cut = buffer.AsSpan(0, read).IndexOf("COMMIT\0"u8) >= 0 ? OnCommit(++Commits) : Cut.No;
            if (cut == Cut.BeforeTheServer)
            {
                Interlocked.Increment(ref _cuts);
                return;
            }

            if (cut == Cut.BeforeTheReply)
            {
                Interlocked.Increment(ref _cuts);

                // Nothing more comes back; the server may still be at it when the client asks.
                client.Close();
                await server.SendAsync(buffer.AsMemory(0, read));

                // The reply may go to the pump, so what ends the wait is the end of the session, which this asks for once the commit is through.
                server.Shutdown(SocketShutdown.Send);
                while (await server.ReceiveAsync(buffer) > 0)
                {
                }

                return;
            }

            await server.SendAsync(buffer.AsMemory(0, read));
        }
    }

    private static async Task Pump(Socket from, Socket to)
    {
        try
        {
            var buffer = new byte[64 * 1024];
            while (await from.ReceiveAsync(buffer) is var read and > 0)
            {
                await to.SendAsync(buffer.AsMemory(0, read));
            }

            to.Shutdown(SocketShutdown.Both);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Either side has hung up.
        }
    }
}

internal enum Cut
{
    No,
    BeforeTheServer,
    BeforeTheReply,
}
