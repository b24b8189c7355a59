using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Portal.Benchmarks;

/// <summary>What a load came to.</summary>
internal sealed record LoadResult(double EventsPerSecond, double RequestsPerSecond, TimeSpan Median, TimeSpan P95, TimeSpan P99, long Events);

/// <summary>Sends requests over a number of connections, each waiting for its answer, with as little of the machine as it can: it shares it with what it measures.</summary>
internal static class LoadGenerator
{
    /// <summary>Sends events for some time, as fast as they are answered.</summary>
    public static Task<LoadResult> Run(int port, int connections, Func<int, EventLoad> load, TimeSpan time) => Run(port, connections, load, null, time);

    /// <summary>Sends events for some time.</summary>
    /// <param name="port">Where to.</param>
    /// <param name="connections">How many requests are under way at most.</param>
    /// <param name="load">What each connection sends.</param>
    /// <param name="rate">Requests a second over all connections; null for as fast as they are answered.</param>
    /// <param name="time">For how long.</param>
    public static Task<LoadResult> Run(int port, int connections, Func<int, EventLoad> load, double? rate, TimeSpan time) => Run(port, connections, i =>
    {
        var events = load(i);
        return (events.Next, events.Events);
    }, rate, time);

    /// <summary>Asks the same question for some time.</summary>
    public static Task<LoadResult> Get(int port, string path, int connections, double? rate, TimeSpan time)
    {
        var request = Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {BenchmarkSystem.ApiKey}\r\n\r\n");
        return Run(port, connections, _ => (() => request, 1), rate, time);
    }

    private static async Task<LoadResult> Run(int port, int connections, Func<int, (Func<ReadOnlyMemory<byte>> Next, int Events)> load, double? rate, TimeSpan time)
    {
        var start = Stopwatch.GetTimestamp();
        var end = start + (long)(time.TotalSeconds * Stopwatch.Frequency);
        var results = await Task.WhenAll(Enumerable.Range(0, connections).Select(i => Task.Run(() =>
        {
            // Connections take turns: the first request of each is put off by its share of the pause between two.
            var pause = rate is { } wanted ? (long)(Stopwatch.Frequency * connections / wanted) : 0;
            return Send(port, load(i), start + (pause * i / connections), pause, end);
        })));
        var latencies = results.SelectMany(result => result.Latencies).Order().ToArray();
        var events = results.Sum(result => result.Events);
        return new LoadResult(events / time.TotalSeconds, latencies.Length / time.TotalSeconds, At(0.5), At(0.95), At(0.99), events);

        TimeSpan At(double share) => latencies.Length == 0 ? time : Stopwatch.GetElapsedTime(0, latencies[(int)(latencies.Length * share)]);
    }

    private static async Task<(List<long> Latencies, long Events)> Send(int port, (Func<ReadOnlyMemory<byte>> Next, int Events) load, long due, long pause, long end)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync("127.0.0.1", port);
        var latencies = new List<long>();
        var answer = new byte[64 * 1024];
        var events = 0L;
        while (true)
        {
            if (pause > 0)
            {
                // Whoever is late sends at once, so that the rate holds; a timer is a millisecond at best.
                if (due > Stopwatch.GetTimestamp())
                {
                    await Task.Delay(Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due));
                }

                due += pause;
            }

            var start = Stopwatch.GetTimestamp();
            var request = load.Next();
            while (request.Length > 0)
            {
                request = request[await socket.SendAsync(request)..];
            }

            await Receive(socket, answer);
            var now = Stopwatch.GetTimestamp();
            if (now > end)
            {
                return (latencies, events);
            }

            latencies.Add(now - start);
            events += load.Events;
        }
    }

    private static async Task Receive(Socket socket, byte[] answer)
    {
        var length = 0;
        while (true)
        {
            var read = await socket.ReceiveAsync(answer.AsMemory(length));
            length += read;
            var text = answer.AsSpan(0, length);
            if (read == 0 || (length > 12 && !text[9..12].SequenceEqual("200"u8)))
            {
                throw new InvalidOperationException($"The server answered: {Encoding.UTF8.GetString(text)}");
            }

            if (IsWhole(text))
            {
                return;
            }
        }
    }

    private static bool IsWhole(ReadOnlySpan<byte> answer)
    {
        var head = answer.IndexOf("\r\n\r\n"u8);
        if (head < 0)
        {
            return false;
        }

        var mark = answer[..head].IndexOf("Content-Length: "u8);
        if (mark < 0)
        {
            // Chunked: the last chunk is empty.
            return answer.EndsWith("0\r\n\r\n"u8);
        }

        var number = answer[(mark + 16)..];
        return answer.Length >= head + 4 + int.Parse(number[..number.IndexOf((byte)'\r')], NumberStyles.None, CultureInfo.InvariantCulture);
    }
}
