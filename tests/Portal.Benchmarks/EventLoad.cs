using System.Globalization;
using System.Text;

namespace Portal.Benchmarks;

/// <summary>A request with events as it goes over the line, made once; only the ids are written anew for each sending.</summary>
internal sealed class EventLoad
{
    private const int IdDigits = 16;

    private static readonly string[] s_models = ["gpt-4o", "gpt-4o-mini", "claude-sonnet", "claude-haiku", "mistral-large"];
    private static long s_nextId;

    private readonly byte[] _request;
    private readonly int[] _ids;
    private readonly int _repeatEvery;
    private readonly bool _hasOwnIds;
    private long _nextOwnId;

    /// <summary>Makes a request.</summary>
    /// <param name="path">Where it goes.</param>
    /// <param name="events">How many events it has.</param>
    /// <param name="customers">How many customers there are.</param>
    /// <param name="seed">Which values it has.</param>
    /// <param name="repeatEvery">Every how many events one is sent that was sent before; 0 for never.</param>
    /// <param name="hasOwnIds">Whether its ids are its own, in order: made again with the same seed, it sends the same requests again.</param>
    public EventLoad(string path, int events, int customers, int seed, int repeatEvery = 0, bool hasOwnIds = false)
    {
        var random = new Random(seed);
        var body = new StringBuilder("[");
        var marks = new List<int>();
        for (var i = 0; i < events; i++)
        {
            body.Append(i > 0 ? "," : "").Append("{\"id\":\"req-");
            marks.Add(body.Length);
            body.Append('0', IdDigits).Append(CultureInfo.InvariantCulture, $$$"""
                ","customer":"bench-{{{random.Next(customers):000}}}","type":"llm.completion","properties":{"model":"{{{s_models[random.Next(s_models.Length)]}}}","region":"eu","input_tokens":{{{random.Next(1, 5_000)}}},"output_tokens":{{{random.Next(1, 900)}}},"cached":false}}
                """);
        }

        body.Append(']');
        var head = $"POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {BenchmarkSystem.ApiKey}\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n";
        _request = Encoding.ASCII.GetBytes(head + body);
        _ids = [.. marks.Select(mark => head.Length + mark)];
        _repeatEvery = repeatEvery;
        (_hasOwnIds, _nextOwnId) = (hasOwnIds, (seed + 1L) << 40);
        Events = events;
        BytesPerEvent = body.Length / events;
    }

    public int Events { get; }

    public int BytesPerEvent { get; }

    /// <summary>The request with ids that no request had before, but for those that are repeated on purpose.</summary>
    public ReadOnlyMemory<byte> Next()
    {
        var first = _hasOwnIds ? (_nextOwnId += _ids.Length) : Interlocked.Add(ref s_nextId, _ids.Length) - _ids.Length;
        for (var i = 0; i < _ids.Length; i++)
        {
            // A repetition has other values than the first time: it costs the same as a true one, and is counted as a conflict.
            var id = first + i;
            var sent = _repeatEvery > 0 && id % _repeatEvery == 0 && id > 1_000_000 ? id - 1_000_000 : id;
            sent.TryFormat(_request.AsSpan(_ids[i]), out _, "x16", CultureInfo.InvariantCulture);
        }

        return _request;
    }
}
