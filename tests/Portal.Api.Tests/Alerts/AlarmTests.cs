using System.Net;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.EntityFrameworkCore;
using Portal.Domain.Alerts;

namespace Portal.Api.Tests.Alerts;

public sealed class AlarmTests(ApiApplication api) : IClassFixture<ApiApplication>
{
    private AlarmWriter Writer => api.Services.GetRequiredService<AlarmWriter>();

    [Fact]
    public async Task An_alarm_is_counted_up_while_it_is_open_and_is_a_new_one_after_somebody_saw_to_it()
    {
        using var client = api.Operator();
        await Writer.Raise("test.count", "A test was raised.", "First.");
        await Writer.Raise("test.count", "A test was raised.", "Second.");
        var open = await Open(client, "test.count");

        Assert.Equal((2, "Second."), (open.GetProperty("count").GetInt32(), open.GetProperty("text").GetString()));
        var cleared = (await client.Post($"/v1/alarms/{open.GetProperty("id").GetInt64()}/clear")).Is(HttpStatusCode.OK).Json;
        Assert.NotNull(cleared.GetProperty("clearedBy").GetString());
        var again = (await client.Post($"/v1/alarms/{open.GetProperty("id").GetInt64()}/clear")).Is(HttpStatusCode.OK).Json;
        Assert.Equal(cleared.GetProperty("clearedAt").GetString(), again.GetProperty("clearedAt").GetString());

        await Writer.Raise("test.count", "A test was raised.", "Third.");
        var next = await Open(client, "test.count");
        Assert.Equal(1, next.GetProperty("count").GetInt32());
        Assert.NotEqual(open.GetProperty("id").GetInt64(), next.GetProperty("id").GetInt64());
        var all = (await client.Get("/v1/alarms?cleared=true&limit=1000")).Is(HttpStatusCode.OK).Json.GetProperty("items").EnumerateArray();
        Assert.Equal(2, all.Count(alarm => alarm.GetProperty("key").GetString() == "test.count"));
        await using var db = api.Database.CreateDbContext();
        Assert.Equal(1, await db.AuditEntries.CountAsync(entry => entry.Action == "alarm.cleared" && entry.Subject == "test.count"));
    }

    [Fact]
    public async Task Alarms_raised_at_once_are_one_alarm()
    {
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Writer.Raise("test.race", "A race was raised.", "Look.")));
        await Writer.Write(CancellationToken.None);

        using var client = api.Operator();
        Assert.Equal(20, (await Open(client, "test.race")).GetProperty("count").GetInt32());
    }

    [Fact]
    public async Task Alarms_are_the_operators_own()
    {
        var customer = await api.MakeCustomer();
        using var client = api.With(await api.MakeKey(customer, "billing:read"));
        (await client.Get("/v1/alarms")).Is(HttpStatusCode.Forbidden);

        using var support = api.Operator();
        (await support.Post("/v1/alarms/999999/clear")).Is(HttpStatusCode.NotFound);
    }

    private static async Task<JsonElement> Open(HttpClient client, string key) =>
        (await client.Get("/v1/alarms?limit=1000")).Is(HttpStatusCode.OK).Json.GetProperty("items").EnumerateArray()
            .Single(alarm => alarm.GetProperty("key").GetString() == key);
}
