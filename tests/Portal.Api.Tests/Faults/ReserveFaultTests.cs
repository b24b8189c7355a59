using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Xunit.Abstractions;

namespace Portal.Api.Tests.Faults;

/// <summary>T-22: the database is stopped while customers run towards their caps. What each uses above its cap is at most the reserve, and all figures are whole afterwards.</summary>
public sealed class ReserveFaultTests(FaultSystem system, ITestOutputHelper output) : IClassFixture<FaultSystem>
{
    private const decimal Cap = 10;
    private const decimal Reserve = 1;
    private const decimal Known = 6;

    [Fact]
    public async Task T22_with_the_database_away_a_cap_holds_within_its_reserve_and_is_reckoned_up_after()
    {
        foreach (var customer in new[] { "alone", "crowd", "again" })
        {
            await Prepare(customer);
        }

        using var stream = new HttpClient { BaseAddress = system.Address, Timeout = Timeout.InfiniteTimeSpan };
        stream.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "sk_demo_operator_key");
        var heard = new ConcurrentQueue<(string Customer, bool Allowed)>();
        using var leaving = new CancellationTokenSource();
        var listening = Listen(stream, heard, leaving.Token);

        await system.Postgres.Stop();
        await system.HealthIs("degraded");

        // One caller that asks before each ten cents, and eight at once that do.
        await UseUntilRefused("alone", "0.1");
        await Task.WhenAll(Enumerable.Range(0, 8).Select(n => UseUntilRefused("crowd", "0.05", n)));

        // What is sent again counts twice until the database says that it knows it.
        await Send("again", "first", "6", HttpStatusCode.Accepted);
        Assert.False((await Access("again")).GetProperty("allowed").GetBoolean());

        var refused = await Access("alone");
        Assert.Equal(("limit_reached", Cap + Reserve, 0m), (refused.GetProperty("reason").GetString(), Number(refused, "used"), Number(refused, "remaining")));
        Assert.Contains("waits on this host's disk", refused.GetProperty("note").GetString(), StringComparison.Ordinal);
        await system.Until(() => Task.FromResult(heard.Contains(("alone", false)) && heard.Contains(("crowd", false)) && heard.Contains(("again", false))), "the stream tells who is refused");

        var waiting = Number(refused, "used");
        var seen = new ConcurrentBag<decimal>();
        using var watched = new CancellationTokenSource();
        var watching = Watch("alone", seen, watched.Token);
        await system.Postgres.Start();
        await system.Settled();
        await system.Until(async () => !(await Access("alone")).TryGetProperty("note", out _) && (await Access("again")).GetProperty("allowed").GetBoolean(), "the figures are the database's again");
        await watched.CancelAsync();
        await watching;

        // Neither a gap nor anything counted twice at any time on the way back.
        Assert.All(seen, used => Assert.Equal(waiting, used));
        await system.Until(() => Task.FromResult(heard.Contains(("again", true))), "the stream tells who is let through again");
        await leaving.CancelAsync();
        await listening;

        await Overshoot("alone", Reserve);
        await Overshoot("crowd", Reserve + (8 * 0.05m));
        Assert.Equal((Known, true), (Number(await Access("again"), "used"), (await Access("again")).GetProperty("allowed").GetBoolean()));
        (await system.Send(HttpMethod.Put, "/v1/customers/alone/limit", """{"amount":"20"}""")).EnsureSuccessStatusCode();
        await system.Until(async () => (await Access("alone")).GetProperty("allowed").GetBoolean(), "a raised cap opens access");
    }

    private async Task Prepare(string customer)
    {
        (await system.Send(HttpMethod.Put, $"/v1/customers/{customer}", $$"""{"name":"{{customer}}","email":"{{customer}}@example.com","currency":"USD"}""")).EnsureSuccessStatusCode();
        (await system.Send(HttpMethod.Put, "/v1/rate-cards/payg", """{"name":"Payg","currency":"USD","interval":"month","prices":[{"key":"v","name":"V","meter":"m","rate":{"model":"per_unit","amount":"1"}}]}""")).EnsureSuccessStatusCode();
        if (customer == "alone")
        {
            (await system.Send(HttpMethod.Post, "/v1/rate-cards/payg/publish", "{}")).EnsureSuccessStatusCode();
        }

        (await system.Send(HttpMethod.Put, $"/v1/customers/{customer}/subscription", """{"rateCard":"payg"}""")).EnsureSuccessStatusCode();
        (await system.Send(HttpMethod.Put, $"/v1/customers/{customer}/limit", """{"amount":"10"}""")).EnsureSuccessStatusCode();
        await Send(customer, "first", "6", HttpStatusCode.OK);
        await system.Until(async () => Number(await Access(customer), "used") == Known, "what was used is known");
    }

    private async Task UseUntilRefused(string customer, string value, int caller = 0)
    {
        for (var n = 0; (await Access(customer)).GetProperty("allowed").GetBoolean(); n++)
        {
            Assert.True(n < 1_000, "Access never ended.");
            await Send(customer, string.Create(CultureInfo.InvariantCulture, $"{caller}-{n}"), value, HttpStatusCode.Accepted);
        }
    }

    private async Task Send(string customer, string id, string value, HttpStatusCode expected)
    {
        using var answer = await system.Send(HttpMethod.Post, "/v1/events", $$"""{"id":"{{id}}","customer":"{{customer}}","type":"t","properties":{"v":"{{value}}"} }""");
        Assert.Equal(expected, answer.StatusCode);
    }

    private async Task<JsonElement> Access(string customer)
    {
        using var answer = await system.Send(HttpMethod.Get, $"/v1/customers/{customer}/access");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        using var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        return json.RootElement.Clone();
    }

    private async Task Watch(string customer, ConcurrentBag<decimal> seen, CancellationToken watched)
    {
        while (!watched.IsCancellationRequested)
        {
            seen.Add(Number(await Access(customer), "used"));
        }
    }

    private async Task Overshoot(string customer, decimal bound)
    {
        using var answer = await system.Send(HttpMethod.Get, $"/v1/customers/{customer}/spend");
        using var spend = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        var (used, notBilled) = (Number(spend.RootElement.GetProperty("limit"), "used"), -Number(spend.RootElement, "notBilled"));
        output.WriteLine($"{customer}: ${used} used under a cap of ${Cap}, ${notBilled} above it and not billed; the reserve is ${Reserve}");
        Assert.Equal(used - Cap, notBilled);
        Assert.InRange(notBilled, 0, bound);
        Assert.Equal(used, Number(await Access(customer), "used"));
        Assert.False((await Access(customer)).GetProperty("allowed").GetBoolean());
    }

    private static async Task Listen(HttpClient client, ConcurrentQueue<(string Customer, bool Allowed)> heard, CancellationToken leaving)
    {
        try
        {
            using var reader = new StreamReader(await client.GetStreamAsync("/v1/access/stream", leaving));
            while (await reader.ReadLineAsync(leaving) is { } line)
            {
                if (line.StartsWith("data: ", StringComparison.Ordinal))
                {
                    using var change = JsonDocument.Parse(line[6..]);
                    heard.Enqueue((change.RootElement.GetProperty("customer").GetString()!, change.RootElement.GetProperty("allowed").GetBoolean()));
                }
            }
        }
        catch (OperationCanceledException) when (leaving.IsCancellationRequested)
        {
            // Enough was heard.
        }
    }

    private static decimal Number(JsonElement answer, string name) => decimal.Parse(answer.GetProperty(name).GetString()!, CultureInfo.InvariantCulture);
}
