using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace Portal.Api.Tests.Faults;

/// <summary>Clients that send events of ever new ids, each request again until it is acknowledged, and write down what they were told.</summary>
public sealed class Load
{
    private static int s_runs;

    private readonly FaultSystem _system;
    private readonly int _eventsPerRequest;
    private readonly TimeSpan _pause;
    private readonly int _run = Interlocked.Increment(ref s_runs);
    private readonly ConcurrentBag<string> _acknowledged = [];
    private readonly ConcurrentDictionary<HttpStatusCode, int> _answers = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _sending;
    private int _requests;
    private long _slowest;

    private Load(FaultSystem system, int clients, int eventsPerRequest, TimeSpan pause)
    {
        (_system, _eventsPerRequest, _pause) = (system, eventsPerRequest, pause);
        _sending = Task.WhenAll(Enumerable.Range(0, clients).Select(_ => Task.Run(SendOn)));
    }

    /// <summary>How many events are acknowledged by now.</summary>
    public int Acknowledged => _acknowledged.Count;

    /// <summary>The longest that an acknowledged request took.</summary>
    public TimeSpan Slowest => Stopwatch.GetElapsedTime(0, Interlocked.Read(ref _slowest));

    /// <summary>How often each status was answered.</summary>
    public IReadOnlyDictionary<HttpStatusCode, int> Answers => _answers;

    /// <summary>Starts clients.</summary>
    public static Load Start(FaultSystem system, int clients = 4, int eventsPerRequest = 50, int pauseMilliseconds = 20) =>
        new(system, clients, eventsPerRequest, TimeSpan.FromMilliseconds(pauseMilliseconds));

    /// <summary>Returns when so many more events are acknowledged.</summary>
    public async Task Acknowledges(int more)
    {
        var goal = Acknowledged + more;
        await _system.Until(() => Task.FromResult(Acknowledged >= goal), $"{more} more events are acknowledged");
    }

    /// <summary>Stops after the requests that are under way are acknowledged.</summary>
    /// <returns>The ids of all acknowledged events.</returns>
    public async Task<IReadOnlyCollection<string>> Stop()
    {
        await _stopping.CancelAsync();
        await _sending;
        return _acknowledged;
    }

    private async Task SendOn()
    {
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(30) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "sk_demo_operator_key");
        while (!_stopping.IsCancellationRequested)
        {
            var request = Interlocked.Increment(ref _requests);
            var ids = Enumerable.Range(0, _eventsPerRequest).Select(n => string.Create(CultureInfo.InvariantCulture, $"{_run}-{request}-{n}")).ToList();
            var body = $"[{string.Join(',', ids.Select((id, n) => Event(id, (request * 7) + n)))}]";
            while (!await IsAcknowledged(client, body))
            {
                await Task.Delay(100);
            }

            ids.ForEach(_acknowledged.Add);
            await Task.Delay(_pause);
        }
    }

    private static string Event(string id, int n) => string.Create(CultureInfo.InvariantCulture, $$"""
        {"id":"{{id}}","customer":"c{{n * 31 % FaultSystem.Customers}}","type":"t","properties":{"v":{{n % 13}} } }
        """);

    private async Task<bool> IsAcknowledged(HttpClient client, string body)
    {
        if (_system.Address is not { } address)
        {
            return false;
        }

        var start = Stopwatch.GetTimestamp();
        try
        {
            using var content = new StringContent(body, Encoding.UTF8, "application/json");
            using var answer = await client.PostAsync(new Uri(address, "/v1/events"), content);
            _answers.AddOrUpdate(answer.StatusCode, 1, (_, count) => count + 1);
            if (answer.StatusCode is not (HttpStatusCode.OK or HttpStatusCode.Accepted))
            {
                return false;
            }

            var took = Stopwatch.GetTimestamp() - start;
            for (var slowest = Interlocked.Read(ref _slowest); took > slowest && Interlocked.CompareExchange(ref _slowest, took, slowest) != slowest;)
            {
                slowest = Interlocked.Read(ref _slowest);
            }

            return true;
        }
        catch (Exception failure) when (failure is HttpRequestException or OperationCanceledException or IOException)
        {
            // The host is gone, or was killed with the answer on its lips: the client cannot know and sends again.
            return false;
        }
    }
}
