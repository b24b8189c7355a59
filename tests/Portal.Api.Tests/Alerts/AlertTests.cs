using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json;
using Portal.Api.Tests.Limits;
using Portal.Api.Tests.Smtp;

namespace Portal.Api.Tests.Alerts;

public sealed class AlertTests(LimitsApi system) : IClassFixture<LimitsApi>
{
    [Fact]
    public async Task A_jump_over_both_thresholds_is_two_alerts_and_one_mail_that_any_reader_opens()
    {
        var customer = await system.Customer();
        await system.Operator.Put($"/v1/customers/{customer}/limit", """{"amount":"100"}""");
        await system.Use(customer, "70");
        await system.Use(customer, "60");
        var alerts = await AlertsOf(customer, alerts => alerts.Any(alert => alert.GetProperty("sentAt").ValueKind == JsonValueKind.String));

        Assert.Equal([100, 80], alerts.Select(alert => alert.GetProperty("threshold").GetInt32()));
        var (sent, recorded) = (alerts[0], alerts[1]);
        Assert.Equal(($"{customer}@example.com", "sent", "limit", "cap"), (Text(sent, "to"), Text(sent, "mail"), Text(sent, "kind"), Text(sent, "scope")));
        Assert.Equal(("2026-02-01T00:00:00Z", "100", "130"), (Text(sent, "periodStart"), Text(sent, "limit"), Text(sent, "used")));
        Assert.Equal((null, null, null), (Text(recorded, "to"), Text(recorded, "mail"), Text(recorded, "messageId")));

        var mails = await MailsTo($"{customer}@example.com");
        var mail = Assert.Single(mails);
        Assert.Empty(mail.Defects);
        Assert.Equal(("limit", Text(sent, "messageId")), (mail.Headers["Portal-Alert"], mail.Headers["Message-ID"]));
        Assert.Equal("Limit reached: $130.00 of $100.00 used, usage is stopped", mail.Headers["Subject"]);
        Assert.Equal(
            DateTimeOffset.Parse(Text(sent, "crossedAt")!, CultureInfo.InvariantCulture).ToString("ddd, dd MMM yyyy HH:mm:ss '+0000'", CultureInfo.InvariantCulture),
            mail.Headers["Date"]);
        Assert.Contains($"/limits?customer={customer}", mail.Text, StringComparison.Ordinal);
        Assert.Contains($"/limits?customer={customer}\"", mail.Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Alerts_are_listed_in_pages_for_the_operator_and_for_their_own_customer_alone()
    {
        var (customer, other) = (await system.Customer(), await system.Customer());
        foreach (var each in new[] { customer, other })
        {
            await system.Operator.Put($"/v1/customers/{each}/limit", """{"amount":"10","alerts":[50,80,100]}""");
            await system.Use(each, "10");
            await AlertsOf(each, alerts => alerts.Count == 3);
        }

        using var own = system.Api.With(await system.Api.MakeKey(customer, "billing:read"));
        var first = (await own.Get("/v1/alerts?limit=2")).Is(HttpStatusCode.OK).Json;
        var second = (await own.Get($"/v1/alerts?limit=2&after={first.GetProperty("next").GetString()}")).Is(HttpStatusCode.OK).Json;
        Assert.Equal([100, 80, 50], Items(first).Concat(Items(second)).Select(alert => alert.GetProperty("threshold").GetInt32()));
        Assert.Equal(JsonValueKind.Null, second.GetProperty("next").ValueKind);
        (await own.Get($"/v1/alerts?customer={other}")).Is(HttpStatusCode.NotFound);
        (await system.Operator.Get("/v1/alerts?customer=nobody")).Is(HttpStatusCode.NotFound);
        Assert.Contains(other, Items((await system.Operator.Get("/v1/alerts")).Is(HttpStatusCode.OK).Json).Select(alert => Text(alert, "customer")));

        using var without = system.Api.With(await system.Api.MakeKey(customer, "usage:read"));
        (await without.Get("/v1/alerts")).Is(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task A_move_of_the_clock_answers_when_alerts_and_mails_are_out()
    {
        var customer = await system.Customer();
        await system.Operator.Put($"/v1/customers/{customer}/limit", """{"amount":"100"}""");
        await system.Use(customer, "85");
        (await system.Operator.Post("/v1/sandbox/clock", """{"now":"2026-02-06T00:00:00Z"}""")).Is(HttpStatusCode.OK);

        var alert = Assert.Single(Items((await system.Operator.Get($"/v1/alerts?customer={customer}")).Json));
        Assert.Equal("sent", Text(alert, "mail"));
        Assert.Single(await MailsTo($"{customer}@example.com"));
    }

    private async Task<List<JsonElement>> AlertsOf(string customer, Func<List<JsonElement>, bool> expected)
    {
        for (var watch = Stopwatch.StartNew(); ; await Task.Delay(20))
        {
            var alerts = Items((await system.Operator.Get($"/v1/alerts?customer={customer}")).Is(HttpStatusCode.OK).Json);
            if (expected(alerts))
            {
                return alerts;
            }

            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(60), string.Join('\n', alerts));
        }
    }

    private async Task<List<ParsedMail>> MailsTo(string address)
    {
        var mails = await Task.WhenAll(Directory.GetFiles(Path.Combine(system.Api.DataFolder, "mail"), "*.eml").Select(async file => await ParsedMail.Of(await File.ReadAllBytesAsync(file))));
        return [.. mails.Where(mail => mail.Headers["To"] == address)];
    }

    private static List<JsonElement> Items(JsonElement list) => [.. list.GetProperty("items").EnumerateArray()];

    private static string? Text(JsonElement item, string field) => item.GetProperty(field).GetString();
}
