using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Portal.Domain.Accounts;
using Portal.Domain.Metering;
using Portal.Domain.Values;
using static Portal.Api.Tests.Metering.MeteringApi;

namespace Portal.Api.Tests.Metering;

/// <summary>T-45: types that no meter reads, customers that do not exist, keys that were deleted. Each is answered for, counted and shown to the operator.</summary>
public sealed class UnknownTests(MeteringApi metering) : IClassFixture<MeteringApi>
{
    [Fact]
    public async Task T45_an_unknown_type_waits_is_told_of_and_is_counted_once_a_meter_reads_it()
    {
        using var client = metering.Api.Operator();
        var customer = await metering.Api.MakeCustomer();
        var body = $"[{Event(customer, "a", "2")},{Event(customer, "b", "3", model: "x")}]".Replace("\"llm\"", "\"video\"", StringComparison.Ordinal);
        for (var times = 0; times < 2; times++)
        {
            var rejected = (await metering.Post(body)).Is(HttpStatusCode.UnprocessableEntity).Json.GetProperty("rejected").EnumerateArray();
            Assert.Equal(["unknown_type", "unknown_type"], rejected.Select(item => item.GetProperty("code").GetString()));
        }

        var (reader, replay) = (Get<UnknownEventReader>(), Get<UnknownEventReplay>());
        await Get<UnknownNames>().Write(CancellationToken.None);
        var waiting = (await reader.Types(Actor.System, CancellationToken.None)).Single(type => type.Type == "video");
        Assert.Equal((2, 1, false), (waiting.Events, waiting.Customers, waiting.HasMeter));
        Assert.Contains("'video'", await Alarm("events.unknown_type"), StringComparison.Ordinal);
        Assert.Equal("no_meter", (await Assert.ThrowsAsync<Refusal>(() => replay.Run(Actor.System, "video", CancellationToken.None))).Code);

        (await client.Put("/v1/meters/video", """{"name":"Video","eventType":"video","aggregation":"sum","value":"tokens"}""")).Is(HttpStatusCode.Created);
        Assert.Equal(2, (await replay.Run(Actor.System, "video", CancellationToken.None)).Counted);
        Assert.Equal(0, (await replay.Run(Actor.System, "video", CancellationToken.None)).Counted);
        Assert.DoesNotContain(await reader.Types(Actor.System, CancellationToken.None), type => type.Type == "video");
        Assert.Equal("5", (await client.Get($"/v1/customers/{customer}/usage?meter=video")).Json.GetProperty("items")[0].GetProperty("quantity").GetString());
        Assert.Equal(2, (await client.Get($"/v1/customers/{customer}/events")).Json.GetProperty("items").GetArrayLength());
    }

    [Fact]
    public async Task T45_an_unknown_customer_is_rejected_counted_and_shown_by_name()
    {
        var (customer, names) = (await metering.Api.MakeCustomer(), Get<UnknownNames>());
        (await metering.Post($"[{Event("acmee", "a")},{Event("acmee", "b")},{Event(customer, "a")}]")).Is(HttpStatusCode.OK);
        (await metering.Post($"{Event("acmee", "c")}\n{Event("no\\u0000body", "d")}", "application/x-ndjson")).Is(HttpStatusCode.UnprocessableEntity);
        await names.Write(CancellationToken.None);
        (await metering.Post(Event("acmee", "c"))).Is(HttpStatusCode.UnprocessableEntity);
        (await metering.Post(Event(new string('x', 300), "e"))).Is(HttpStatusCode.UnprocessableEntity);
        await names.Write(CancellationToken.None);

        // What a customer's key calls others is no concern of the operator's.
        var key = await metering.MakeKey(customer, Scopes.EventsWrite);
        (await metering.Post(Event("foreign", "a"), key: key)).Is(HttpStatusCode.UnprocessableEntity);
        await names.Write(CancellationToken.None);

        var unknown = await Get<UnknownEventReader>().Customers(Actor.System, CancellationToken.None);
        Assert.Equal(
            ["acmee 4 False", "no\ufffdbody 1 False", $"{new string('x', 64)}… 1 False"],
            unknown.Select(row => $"{row.Customer.Key} {row.Customer.Events} {row.Exists}").Order(StringComparer.Ordinal));
        Assert.Contains("xxx", await Alarm("events.unknown_customer"), StringComparison.Ordinal);

        using var client = metering.Api.Operator();
        (await client.Put("/v1/customers/acmee", """{"name":"A","email":"a@example.com","currency":"USD"}""")).Is(HttpStatusCode.Created);
        Assert.True((await Get<UnknownEventReader>().Customers(Actor.System, CancellationToken.None)).Single(row => row.Customer.Key == "acmee").Exists);
        Assert.NotEqual(0, await Get<InboxPruneRun>().Run(metering.Api.Clock.GetUtcNow().AddDays(8), CancellationToken.None));
        Assert.Empty(await Get<UnknownEventReader>().Customers(Actor.System, CancellationToken.None));
    }

    [Fact]
    public async Task T45_made_up_names_fill_neither_the_memory_nor_the_table()
    {
        await metering.Post($"[{string.Join(',', Enumerable.Range(0, 5_000).Select(n => Event($"made-up-{n}", "a")))}]");
        await Get<UnknownNames>().Write(CancellationToken.None);
        Assert.Equal(100, await Scalar("SELECT count(*) FROM unknown_customers WHERE key LIKE 'made-up-%'"));
        await Scalar("DELETE FROM unknown_customers WHERE key LIKE 'made-up-%' RETURNING events");
    }

    [Fact]
    public async Task T45_a_deleted_key_is_refused_at_once()
    {
        using var client = metering.Api.Operator();
        var customer = await metering.Api.MakeCustomer();
        var made = (await client.Post($"/v1/customers/{customer}/keys", """{"name":"k","scopes":["events:write"]}""")).Is(HttpStatusCode.Created).Json;
        var secret = made.GetProperty("secret").GetString();
        (await metering.Post(Event(customer, "a"), key: secret)).Is(HttpStatusCode.OK);
        (await client.Delete($"/v1/customers/{customer}/keys/{made.GetProperty("id")}")).Is(HttpStatusCode.OK);
        (await metering.Post(Event(customer, "b"), key: secret)).Is(HttpStatusCode.Unauthorized);
        Assert.Equal(1, (await client.Get($"/v1/customers/{customer}/events")).Json.GetProperty("items").GetArrayLength());
    }

    private T Get<T>()
        where T : notnull => metering.Api.Services.GetRequiredService<T>();

    private async Task<string> Alarm(string key)
    {
        using var client = metering.Api.Operator();
        return (await client.Get("/v1/alarms?limit=1000")).Is(HttpStatusCode.OK).Json.GetProperty("items").EnumerateArray()
            .Single(alarm => alarm.GetProperty("key").GetString() == key).GetProperty("text").GetString()!;
    }

    private async Task<long> Scalar(string sql)
    {
        await using var command = metering.Api.Database.Source.CreateCommand(sql);
        return (long)(await command.ExecuteScalarAsync())!;
    }
}
