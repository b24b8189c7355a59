using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Portal.Domain.Alerts;

namespace Portal.Api.Tests.Alerts;

/// <summary>Webhooks as their receiver sees them.</summary>
public sealed class WebhookTests(ApiApplication api) : IClassFixture<ApiApplication>
{
    [Fact]
    public async Task What_happens_arrives_signed_once_with_the_figures()
    {
        await using var receiver = await HookReceiver.Start();
        using var client = api.Operator();
        var customer = await api.MakeCustomer();
        var made = (await client.Put($"/v1/customers/{customer}/webhooks/mine", Body(receiver, "limit.changed", "customer.paused"))).Is(HttpStatusCode.Created).Json;
        var secret = made.GetProperty("secret").GetString()!;

        (await client.Put($"/v1/customers/{customer}/limit", """{"amount":"25.50"}""")).Is(HttpStatusCode.OK);
        (await client.Post($"/v1/customers/{customer}/resume")).Is(HttpStatusCode.OK);
        await Pump();

        var hook = Assert.Single(receiver.Got);
        var sent = JsonDocument.Parse(hook.Body).RootElement;
        Assert.Equal("limit.changed", sent.GetProperty("type").GetString());
        Assert.Equal(customer, sent.GetProperty("customer").GetString());
        Assert.Equal("25.5", sent.GetProperty("data").GetProperty("amount").GetString());
        Assert.Equal(sent.GetProperty("id").GetString(), hook.Headers["Portal-Event-Id"]);
        MustBeSigned(hook, secret);
        var row = (await client.Get($"/v1/customers/{customer}/webhooks/mine/deliveries")).Is(HttpStatusCode.OK).Json.GetProperty("items").EnumerateArray().Single();
        Assert.Equal("delivered", row.GetProperty("state").GetString());
        Assert.Equal(200, row.GetProperty("lastStatus").GetInt32());
    }

    [Fact]
    public async Task A_customers_endpoint_hears_of_it_alone_and_the_operators_of_all()
    {
        await using var receiver = await HookReceiver.Start();
        using var client = api.Operator();
        var (one, other) = (await api.MakeCustomer(), await api.MakeCustomer());
        (await client.Put($"/v1/customers/{one}/webhooks/own", Body(receiver, "limit.changed", path: "one"))).Is(HttpStatusCode.Created);
        (await client.Put("/v1/webhooks/all", Body(receiver, "limit.changed", path: "all"))).Is(HttpStatusCode.Created);

        await client.Put($"/v1/customers/{one}/limit", """{"amount":"1"}""");
        await client.Put($"/v1/customers/{other}/limit", """{"amount":"2"}""");
        await Pump();

        Assert.Equal([one], receiver.Got.Where(hook => hook.Path == "/one").Select(CustomerOf));
        Assert.Equal([one, other], receiver.Got.Where(hook => hook.Path == "/all").Select(CustomerOf).Order());
        (await client.Delete("/v1/webhooks/all")).Is(HttpStatusCode.NoContent);
    }

    [Fact]
    public async Task What_is_not_taken_is_tried_again_with_the_same_event_and_can_be_replayed()
    {
        await using var receiver = await HookReceiver.Start();
        receiver.Status = 500;
        using var client = api.Operator();
        var customer = await api.MakeCustomer();
        var hooks = $"/v1/customers/{customer}/webhooks/flaky";
        (await client.Put(hooks, Body(receiver, "limit.changed"))).Is(HttpStatusCode.Created);
        await client.Put($"/v1/customers/{customer}/limit", """{"amount":"1"}""");

        await Pump();
        await Pump();
        var pending = (await client.Get($"{hooks}/deliveries")).Json.GetProperty("items").EnumerateArray().Single();
        Assert.Equal(("pending", 1), (pending.GetProperty("state").GetString(), pending.GetProperty("attempts").GetInt32()));
        Assert.Contains("500", pending.GetProperty("lastError").GetString(), StringComparison.Ordinal);

        receiver.Status = 204;
        (await client.Post($"{hooks}/deliveries/{pending.GetProperty("id").GetString()}/replay")).Is(HttpStatusCode.Accepted);
        await Pump();

        Assert.Equal(2, receiver.Got.Count);
        Assert.Single(receiver.Got.Select(hook => hook.Headers["Portal-Event-Id"]).Distinct());
        Assert.Equal("delivered", (await client.Get($"{hooks}/deliveries")).Json.GetProperty("items").EnumerateArray().Single().GetProperty("state").GetString());
    }

    [Fact]
    public async Task After_three_days_without_success_it_is_given_up_and_the_endpoint_switched_off_with_a_mail()
    {
        await using var receiver = await HookReceiver.Start();
        receiver.Status = 302;
        using var client = api.Operator();
        var customer = await api.MakeCustomer();
        var hooks = $"/v1/customers/{customer}/webhooks/dead";
        (await client.Put(hooks, Body(receiver, "limit.changed"))).Is(HttpStatusCode.Created);
        await client.Put($"/v1/customers/{customer}/limit", """{"amount":"1"}""");
        await Pump();

        // The three days pass: the next attempt is due, and it is the last.
        await using (var db = api.Database.CreateDbContext())
        {
            var past = DateTimeOffset.UnixEpoch;
            await db.WebhookDeliveries.Where(delivery => delivery.State == DeliveryState.Pending)
                .ExecuteUpdateAsync(change => change.SetProperty(delivery => delivery.Attempts, 0).SetProperty(delivery => delivery.NextAttemptAt, past).SetProperty(delivery => delivery.GiveUpAt, past));
        }

        await Pump();

        Assert.Equal(2, receiver.Got.Count);
        Assert.DoesNotContain(receiver.Got, hook => hook.Path == "/elsewhere");
        Assert.NotEqual(JsonValueKind.Null, (await client.Get(hooks)).Json.GetProperty("disabledAt").ValueKind);
        await using (var db = api.Database.CreateDbContext())
        {
            Assert.Single(db.Outbox.Where(mail => mail.To == $"{customer}@example.com" && mail.Subject == "Webhook dead is switched off"));
        }

        (await client.Put(hooks, Body(receiver, "limit.changed"))).Is(HttpStatusCode.OK);
        Assert.Equal(JsonValueKind.Null, (await client.Get(hooks)).Json.GetProperty("disabledAt").ValueKind);
    }

    [Fact]
    public async Task During_a_rotation_both_secrets_sign()
    {
        await using var receiver = await HookReceiver.Start();
        using var client = api.Operator();
        var customer = await api.MakeCustomer();
        var hooks = $"/v1/customers/{customer}/webhooks/turning";
        var old = (await client.Put(hooks, Body(receiver, "limit.changed"))).Json.GetProperty("secret").GetString()!;
        var next = (await client.Post($"{hooks}/rotate")).Is(HttpStatusCode.OK).Json.GetProperty("secret").GetString()!;

        (await client.Post($"{hooks}/test")).Is(HttpStatusCode.Accepted);
        await Pump();

        var hook = Assert.Single(receiver.Got);
        Assert.NotEqual(old, next);
        MustBeSigned(hook, old);
        MustBeSigned(hook, next);
    }

    [Fact]
    public async Task No_secret_lies_open_in_the_database_or_is_told_twice()
    {
        using var client = api.Operator();
        var customer = await api.MakeCustomer();
        var body = """{"url":"https://example.com/x","events":["alert.raised"]}""";
        var secret = (await client.Put($"/v1/customers/{customer}/webhooks/quiet", body)).Json.GetProperty("secret").GetString()!;

        Assert.DoesNotContain("secret\"", (await client.Put($"/v1/customers/{customer}/webhooks/quiet", body)).Is(HttpStatusCode.OK).Text, StringComparison.Ordinal);
        await using var db = api.Database.CreateDbContext();
        var stored = await db.WebhookEndpoints.SingleAsync(endpoint => endpoint.Key == "quiet");
        Assert.DoesNotContain(secret, stored.SealedSecret, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"url":"nonsense","events":["alert.raised"]}""", "url")]
    [InlineData("""{"url":"https://example.com/x","events":[]}""", "events")]
    [InlineData("""{"url":"https://example.com/x","events":["alert.raised","alert.raised"]}""", "events[1]")]
    [InlineData("""{"url":"https://example.com/x","events":["everything"]}""", "events[0]")]
    public async Task What_makes_no_sense_is_refused_at_its_field(string body, string path)
    {
        using var client = api.Operator();

        Assert.Equal([path], (await client.Put("/v1/webhooks/bad", body)).Is(HttpStatusCode.UnprocessableEntity).Paths);
    }

    // The host's own pump may be at it: what it has claimed is waited for.
    private async Task Pump()
    {
        await api.Services.GetRequiredService<WebhookRun>().Run(CancellationToken.None);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await using var db = api.Database.CreateDbContext();
        while (await db.WebhookEvents.AnyAsync(happened => happened.SpreadAt == null, patience.Token)
            || await db.WebhookDeliveries.AnyAsync(delivery => delivery.State == DeliveryState.Pending && delivery.Attempts == 0, patience.Token))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), patience.Token);
        }
    }

    private static string Body(HookReceiver receiver, params string[] events) => Body(receiver, string.Join("\",\"", events), "hook");

    private static string Body(HookReceiver receiver, string events, string path) => $$"""{"url":"{{receiver.Address}}/{{path}}","events":["{{events}}"]}""";

    private static string CustomerOf(Hook hook) => JsonDocument.Parse(hook.Body).RootElement.GetProperty("customer").GetString()!;

    private static void MustBeSigned(Hook hook, string secret)
    {
        var parts = hook.Headers["Portal-Signature"].Split(',');
        var signed = Encoding.UTF8.GetBytes($"{parts[0][2..]}.{hook.Body}");
        Assert.Contains($"v1={Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), signed))}", parts);
    }
}
