using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Mvc.Testing;
using Portal.Api.Hosting;
using Xunit.Abstractions;

namespace Portal.Api.Tests.Limits;

/// <summary>Two hosts over one database: what one of them is told holds at the other, and neither lets through what both together may not.</summary>
public sealed class TwoHostsTests(LimitsApi system, ITestOutputHelper output) : IClassFixture<LimitsApi>, IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("portal-second-host-").FullName;
    private WebApplicationFactory<StartUp> _second = null!;
    private HttpClient _other = null!;

    public Task InitializeAsync()
    {
        _second = system.Api.WithWebHostBuilder(builder => builder.UseSetting("Portal:DataFolder", _folder));
        _other = Caller(_second);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        _other.Dispose();
        await _second.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>T-26 on all nodes: lowered below use, raised while refused, removed.</summary>
    [Fact]
    public async Task T26_a_cap_that_is_changed_at_one_host_holds_at_the_other()
    {
        var customer = await system.Customer();
        await system.Use(customer, "50");
        await OtherSays(customer, null, "usage of the first host");

        await system.Operator.Put($"/v1/customers/{customer}/limit", """{"amount":"40"}""");
        await OtherSays(customer, "limit_reached", "a cap below use");
        await system.Operator.Put($"/v1/customers/{customer}/limit", """{"amount":"60"}""");
        await OtherSays(customer, null, "a raised cap");
        await system.Use(customer, "10");
        await OtherSays(customer, "limit_reached", "usage up to the cap");
        await system.Operator.Delete($"/v1/customers/{customer}/limit");
        await OtherSays(customer, null, "a removed cap");
    }

    [Fact]
    public async Task A_pause_a_key_and_a_price_of_one_host_hold_at_the_other()
    {
        var customer = await system.Customer();
        var secret = await system.Api.MakeKey(customer, "access:read");
        using var own = Caller(_second, secret);
        await Until("a new key", async () => (await own.Get($"/v1/customers/{customer}/access")).Status == HttpStatusCode.OK);

        (await system.Operator.Post($"/v1/customers/{customer}/pause")).Is(HttpStatusCode.OK);
        await OtherSays(customer, "paused_by_operator", "a pause");
        (await system.Operator.Post($"/v1/customers/{customer}/resume")).Is(HttpStatusCode.OK);
        await OtherSays(customer, null, "its end");

        var key = (await system.Operator.Get($"/v1/customers/{customer}/keys")).Json.GetProperty("items")[0].GetProperty("id").GetString();
        Assert.True((int)(await system.Operator.Delete($"/v1/customers/{customer}/keys/{key}")).Status < 300);
        await Until("a revoked key", async () => (await own.Get($"/v1/customers/{customer}/access")).Status == HttpStatusCode.Unauthorized);

        (await system.Operator.Put($"/v1/meters/of-{customer}", $$"""{"name":"Own","eventType":"own.{{customer}}","aggregation":"count"}""")).Is(HttpStatusCode.Created);
        var n = 0;
        await Until("a new meter", async () =>
            (await _other.Post("/v1/events", $$"""{"id":"own-{{n++}}","customer":"{{customer}}","type":"own.{{customer}}"}""")).Status == HttpStatusCode.OK);
    }

    [Fact]
    public async Task One_event_that_comes_to_both_at_once_is_stored_once()
    {
        var customer = await system.Customer();

        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(n =>
        {
            var body = string.Create(CultureInfo.InvariantCulture, $$"""{"id":"both-{{n / 2}}","customer":"{{customer}}","type":"llm","properties":{"tokens":1,"model":"small"} }""");
            return (n % 2 == 0 ? system.Operator : _other).Post("/v1/events", body);
        }));

        Assert.Equal((50, 50), (answers.Sum(answer => Count(answer, "accepted")), answers.Sum(answer => Count(answer, "duplicates"))));
        var spend = (await _other.Get($"/v1/customers/{customer}/spend")).Is(HttpStatusCode.OK).Json;
        Assert.Equal((await system.Operator.Get($"/v1/customers/{customer}/spend")).Json.GetProperty("total").GetString(), spend.GetProperty("total").GetString());

        static int Count(Answer answer, string what) => answer.Is(HttpStatusCode.OK).Json.GetProperty(what).GetInt32();
    }

    /// <summary>T-21 over two hosts.</summary>
    [Fact]
    public async Task T21_callers_of_both_hosts_that_reserve_never_exceed_the_cap()
    {
        var customer = await system.Customer();
        await system.Operator.Put($"/v1/customers/{customer}/limit", """{"amount":"60"}""");
        await OtherSays(customer, null, "a cap");
        var (done, tries) = (0, 0);

        await Task.WhenAll(Enumerable.Range(0, 64).Select(async n =>
        {
            using var caller = n % 2 == 0 ? system.Api.Operator() : Caller(_second);
            while (Interlocked.Increment(ref tries) <= 160)
            {
                var held = await caller.Post("/v1/reservations", $$"""{"customer":"{{customer}}","amount":"1"}""");
                if (held.Status == HttpStatusCode.Created)
                {
                    Interlocked.Increment(ref done);
                    (await caller.Post("/v1/events", $$$"""{"id":"{{{Guid.NewGuid()}}}","customer":"{{{customer}}}","type":"llm","properties":{"tokens":1,"model":"small"}}""")).Is(HttpStatusCode.OK);
                    (await caller.Post($"/v1/reservations/{held.Json.GetProperty("id").GetString()}/commit")).Is(HttpStatusCode.OK);
                }
            }
        }));

        Assert.Equal(60, done);
        foreach (var client in (HttpClient[])[system.Operator, _other])
        {
            var spend = (await client.Get($"/v1/customers/{customer}/spend")).Is(HttpStatusCode.OK).Json;
            Assert.Equal(("60.00", "0.00"), (spend.GetProperty("limit").GetProperty("used").GetString(), spend.GetProperty("notBilled").GetString()));
        }
    }

    private Task OtherSays(string customer, string? reason, string what) => Until(what, async () =>
        (await _other.Get($"/v1/customers/{customer}/access")).Is(HttpStatusCode.OK).Json.GetProperty("reason") is var said && said.GetString() == reason);

    // How long it took is printed; that it comes to pass is what is asserted.
    private async Task Until(string what, Func<Task<bool>> holds)
    {
        var watch = Stopwatch.StartNew();
        while (!await holds())
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(60), $"The other host never heard of {what}.");
            await Task.Delay(5);
        }

        output.WriteLine($"{what}: {watch.Elapsed.TotalMilliseconds:0} ms");
    }

    private static HttpClient Caller(WebApplicationFactory<StartUp> host, string secret = ApiApplication.OperatorKey)
    {
        var client = host.CreateClient(new WebApplicationFactoryClientOptions { AllowAutoRedirect = false });
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", secret);
        return client;
    }
}
