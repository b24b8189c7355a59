using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Portal.Benchmarks;

/// <summary>What a load came to.</summary>
internal sealed record LoadResult(double EventsPerSecond, double RequestsPerSecond, TimeSpan Median, TimeSpan P99, long Events);

/// <summary>Sends requests over a number of connections, each waiting for its answer, with as little of the machine as it can: it shares it with what it measures.</summary>
internal static class LoadGenerator
{
    /// <summary>Sends for some time.</summary>
    public static async Task<LoadResult> Run(int port, int connections, Func<int, EventLoad> load, TimeSpan time)
    {
        var end = Stopwatch.GetTimestamp() + (long)(time.TotalSeconds * Stopwatch.Frequency);
        var results = await Task.WhenAll(Enumerable.Range(0, connections).Select(i => Task.Run(() => Send(port, load(i), end))));
        var latencies = results.SelectMany(result => result.Latencies).Order().ToArray();
        var events = results.Sum(result => result.Events);
        return new LoadResult(events / time.TotalSeconds, latencies.Length / time.TotalSeconds, At(0.5), At(0.99), events);

        TimeSpan At(double share) => latencies.Length == 0 ? time : Stopwatch.GetElapsedTime(0, latencies[(int)(latencies.Length * share)]);
    }

    private static async Task<(List<long> Latencies, long Events)> Send(int port, EventLoad load, long end)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync("127.0.0.1", port);
        var latencies = new List<long>();
        var answer = new byte[64 * 1024];
        var events = 0L;
        while (true)
        {
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
