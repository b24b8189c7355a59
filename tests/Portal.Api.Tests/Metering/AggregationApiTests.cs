using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Portal.Domain.Values;

namespace Portal.Api.Tests.Metering;

/// <summary>What the other aggregations, several types in one meter, and an outcome come to, from outside.</summary>
public sealed class AggregationApiTests(ApiApplication api) : IClassFixture<ApiApplication>
{
    [Fact]
    public async Task Distinct_users_seats_credits_and_outcomes_are_counted_as_they_were_put()
    {
        using var client = api.Operator();
        (await client.Put("/v1/customers/aggregates", """{"name":"A","email":"a@example.com","currency":"USD","timeZone":"UTC"}""")).Is(HttpStatusCode.Created);
        await Put("users", """{"name":"Users","eventType":"login","aggregation":"unique","value":"user"}""");
        await Put("seats", """{"name":"Seats","eventType":"seat","aggregation":"weighted_sum","value":"change"}""");
        var credits = await Put("credits", """{"name":"Credits","eventTypes":[{"type":"query.simple"},{"type":"job.complex","weight":"10"}],"aggregation":"count","unit":"credit"}""");
        await Put("resolved", """{"name":"Resolved tickets","eventType":"ticket.closed","aggregation":"count","filter":{"outcome":["resolved"]}}""");
        Assert.Equal(("query.simple", "10"), (credits.Json.GetProperty("eventType").GetString(), credits.Json.GetProperty("eventTypes")[1].GetProperty("weight").GetString()));
        Assert.Equal(credits.Text, (await client.Put("/v1/meters/credits", credits.Text)).Is(HttpStatusCode.OK).Text);

        var day = api.Services.GetRequiredService<BusinessClock>().GetUtcNow().UtcDateTime.Date.AddDays(-2);
        string At(int hour) => day.AddHours(hour).ToString("yyyy-MM-ddTHH:mm:ssZ", System.Globalization.CultureInfo.InvariantCulture);
        string Event(string id, string type, int hour, string properties) => $$$"""{"id":"{{{id}}}","customer":"aggregates","type":"{{{type}}}","time":"{{{At(hour)}}}","properties":{{{properties}}}}""";
        var sent = (await client.Post("/v1/events", $"[{string.Join(',', [
            Event("l1", "login", 1, """{"user":"ann"}"""), Event("l2", "login", 9, """{"user":"ann"}"""), Event("l3", "login", 2, """{"user":"ben"}"""),
            Event("s1", "seat", 0, """{"change":4}"""), Event("s2", "seat", 12, """{"change":-2}"""),
            Event("q1", "query.simple", 3, "{}"), Event("q2", "query.simple", 4, "{}"), Event("j1", "job.complex", 5, "{}"),
            Event("t1", "ticket.closed", 6, """{"outcome":"resolved"}"""), Event("t2", "ticket.closed", 7, """{"outcome":"abandoned"}"""), Event("t3", "ticket.closed", 7, "{}"),
        ])}]")).Is(HttpStatusCode.OK);
        Assert.Equal(11, sent.Json.GetProperty("accepted").GetInt32());

        Assert.Equal("2", await Quantity("users"));
        Assert.Equal("3", await Quantity("seats"));
        Assert.Equal("12", await Quantity("credits"));
        Assert.Equal("1", await Quantity("resolved"));

        (await client.Post("/v1/events/void", """{"customer":"aggregates","id":"l3"}""")).Is(HttpStatusCode.OK);
        Assert.Equal("1", await Quantity("users"));
        var events = await client.Get($"/v1/customers/aggregates/events?meter=credits&from={At(0)}&to={day.AddDays(1):yyyy-MM-dd}T00:00:00Z");
        Assert.Equal(["10", "1", "1"], events.Json.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("value").GetString()!));

        async Task<Answer> Put(string key, string body) => (await client.Put($"/v1/meters/{key}", body)).Is(HttpStatusCode.Created);

        async Task<string> Quantity(string meter)
        {
            var rows = await client.Get($"/v1/customers/aggregates/usage?meter={meter}&from={At(0)}&to={day.AddDays(1):yyyy-MM-dd}T00:00:00Z&window=day");
            return Assert.Single(rows.Json.GetProperty("items").EnumerateArray()).GetProperty("quantity").GetString()!;
        }
    }
}
