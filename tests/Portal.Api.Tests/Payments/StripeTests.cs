using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Portal.Domain.Payments;

namespace Portal.Api.Tests.Payments;

/// <summary>T-14 and T-55 for Stripe, played by <see cref="StripeStandIn"/>: charged once and paid in the end, whatever goes wrong; forged messages have no effect.</summary>
public sealed class StripeTests : IAsyncLifetime
{
    private const string Secret = "whsec_test_secret";
    private static int s_made;

    private readonly ApiApplication _api = new();
    private StripeStandIn _stripe = null!;
    private HttpClient _operator = null!;

    public async Task InitializeAsync()
    {
        _stripe = await StripeStandIn.Start();
        _api.Settings["Portal:Payments:Gateway"] = "stripe";
        _api.Settings["Portal:Payments:Stripe:SecretKey"] = StripeStandIn.SecretKey;
        _api.Settings["Portal:Payments:Stripe:WebhookSecret"] = $"whsec_next_secret,{Secret}";
        _api.Settings["Portal:Payments:Stripe:Url"] = _stripe.Address;
        _api.Settings["Portal:Payments:Stripe:TimeoutSeconds"] = "2";
        await _api.InitializeAsync();
        _operator = _api.Operator();
    }

    public async Task DisposeAsync()
    {
        _operator.Dispose();
        await ((IAsyncLifetime)_api).DisposeAsync();
        await _stripe.DisposeAsync();
    }

    [Fact]
    public async Task A_card_is_typed_on_the_processors_page_and_saved_when_it_says_so()
    {
        var customer = await _api.MakeCustomer();
        Assert.Equal("hosted_page", (await _operator.Put($"/v1/customers/{customer}/payment-method", """{"card":"4242424242424242"}""")).Is(HttpStatusCode.Conflict).Code);
        var session = await OpenPage(customer);
        await Tell("evt_1", "checkout.session.completed", new JsonObject { ["id"] = session, ["mode"] = "setup" });
        await Walk(TimeSpan.FromSeconds(1));
        (await _operator.Get($"/v1/customers/{customer}/payment-method")).Is(HttpStatusCode.NotFound);

        _stripe.TypeCard(session, "succeeded", "4242");
        await Tell("evt_2", "checkout.session.completed", new JsonObject { ["id"] = session, ["mode"] = "setup" });
        await Walk(TimeSpan.FromSeconds(1));

        var method = (await _operator.Get($"/v1/customers/{customer}/payment-method")).Is(HttpStatusCode.OK).Json;
        Assert.Equal(("stripe", "Visa", "4242", 8, 2030), (Text(method, "gateway"), Text(method, "brand"), Text(method, "last4"), method.GetProperty("expiryMonth").GetInt32(), method.GetProperty("expiryYear").GetInt32()));
        Assert.DoesNotContain("4242424242424242", string.Join('\n', _stripe.Heard), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_about_an_earlier_page_does_not_bring_the_earlier_card_back()
    {
        var customer = await _api.MakeCustomer();
        var (earlier, later) = (await OpenPage(customer), await OpenPage(customer));
        _stripe.TypeCard(earlier, "insufficient_funds", "9995");
        _stripe.TypeCard(later, "succeeded", "4242");
        await Tell("evt_later", "checkout.session.completed", new JsonObject { ["id"] = later, ["mode"] = "setup" });
        await Walk(TimeSpan.FromSeconds(1));
        await Tell("evt_earlier", "checkout.session.completed", new JsonObject { ["id"] = earlier, ["mode"] = "setup" });
        await Walk(TimeSpan.FromSeconds(1));

        Assert.Equal("4242", Text((await _operator.Get($"/v1/customers/{customer}/payment-method")).Json, "last4"));
    }

    [Theory]
    [InlineData]
    [InlineData(StripeFault.TimeoutAfterCharge)]
    [InlineData(StripeFault.ChargedThenError)]
    [InlineData(StripeFault.ServerError, StripeFault.RateLimited, StripeFault.KeyInUse)]
    [InlineData(StripeFault.KeyInUse, StripeFault.TimeoutAfterCharge)]
    public async Task An_invoice_is_charged_once_whatever_stripe_does(params StripeFault[] faults)
    {
        var customer = await Subscribed("succeeded", "4242");
        foreach (var fault in faults)
        {
            _stripe.Faults.Enqueue(fault);
        }

        await Walk(TimeSpan.FromDays(32));
        var invoice = (await _operator.Get($"/v1/invoices?customer={customer}")).Json.GetProperty("items").EnumerateArray().Single(item => Text(item, "number") is not null);
        Assert.Equal("paid", Text(invoice, "status"));
        var charged = Assert.Single(_stripe.Charged(Guid.Parse(Text(invoice, "id")!).ToString("N")));
        Assert.Equal((2000L, "usd"), ((long)charged["amount"]!, (string?)charged["currency"]));

        // What Stripe tells: in the wrong order, five times, and once more three days late.
        for (var n = 0; n < 5; n++)
        {
            await Tell("evt_succeeded", "payment_intent.succeeded", charged);
            await Tell("evt_created", "payment_intent.created", charged);
            await Walk(TimeSpan.FromSeconds(1));
        }

        await Walk(TimeSpan.FromDays(3));
        await Tell("evt_late", "payment_intent.succeeded", charged);
        await Walk(TimeSpan.FromSeconds(1));
        Assert.Single(_stripe.Charged(Guid.Parse(Text(invoice, "id")!).ToString("N")));
        Assert.Single((await _operator.Get($"/v1/invoices/{Text(invoice, "number")}")).Json.GetProperty("payments").EnumerateArray());
    }

    [Theory]
    [InlineData("insufficient_funds", "insufficient_funds")]
    [InlineData("generic_decline", "card_declined")]
    [InlineData("authentication_required", "authentication_required")]
    [InlineData("requires_action", "authentication_required")]
    public async Task A_decline_is_told_with_the_banks_own_reason_and_tried_again(string behaviour, string reason)
    {
        var customer = await Subscribed(behaviour, "0002");
        await Walk(TimeSpan.FromDays(33));
        var invoice = (await _operator.Get($"/v1/invoices?customer={customer}")).Json.GetProperty("items").EnumerateArray().Single(item => Text(item, "number") is not null);
        Assert.Equal("finalized", Text(invoice, "status"));
        var attempts = (await _operator.Get($"/v1/invoices/{Text(invoice, "number")}/attempts")).Json.GetProperty("items").EnumerateArray().ToList();

        // On days 0 and 1, and where the month was shorter on days 3 and 5.
        Assert.InRange(attempts.Count, 2, 4);
        Assert.All(attempts, attempt => Assert.Equal(("failed", reason), (Text(attempt, "state"), Text(attempt, "reason"))));
    }

    [Theory]
    [InlineData("generic_decline")]
    [InlineData("requires_action")]
    [InlineData("generic_decline", StripeFault.TimeoutAfterCharge)]
    public async Task A_backup_card_pays_what_the_default_one_declines_under_a_key_of_its_own(string behaviour, params StripeFault[] faults)
    {
        var customer = await Subscribed(behaviour, "0002");
        var session = await OpenPage(customer, """{"use":"backup"}""");
        _stripe.TypeCard(session, "succeeded", "4242");
        await Tell($"evt_backup_{customer}", "checkout.session.completed", new JsonObject { ["id"] = session, ["mode"] = "setup" });
        await Walk(TimeSpan.FromSeconds(1));
        var methods = (await _operator.Get($"/v1/customers/{customer}/payment-methods")).Is(HttpStatusCode.OK).Json.GetProperty("items").EnumerateArray();
        Assert.Equal([("default", "0002"), ("backup", "4242")], methods.Select(method => (Text(method, "use"), Text(method, "last4"))));

        foreach (var fault in faults)
        {
            _stripe.Faults.Enqueue(fault);
        }

        await Walk(TimeSpan.FromDays(32));
        var invoice = (await _operator.Get($"/v1/invoices?customer={customer}&status=paid")).Json.GetProperty("items")[0];
        Assert.Single(_stripe.Charged(Guid.Parse(Text(invoice, "id")!).ToString("N")));
        var attempts = (await _operator.Get($"/v1/invoices/{Text(invoice, "number")}/attempts")).Json.GetProperty("items").EnumerateArray();
        Assert.Equal([("failed", "default", "0002"), ("succeeded", "backup", "4242")], attempts.Select(attempt => (Text(attempt, "state"), Text(attempt, "use"), Text(attempt, "last4"))));
        Assert.Single((await _operator.Get($"/v1/invoices/{Text(invoice, "number")}")).Json.GetProperty("payments").EnumerateArray());
    }

    [Fact]
    public async Task Money_goes_back_once_under_a_key_and_never_more_than_was_taken()
    {
        var customer = await Subscribed("succeeded", "4242");
        await Walk(TimeSpan.FromDays(32));
        var invoice = (await _operator.Get($"/v1/invoices?customer={customer}&status=paid")).Json.GetProperty("items")[0];
        var gateway = _api.Services.GetRequiredService<IPaymentGateway>();
        var charge = Assert.Single(await gateway.Charges(DateTimeOffset.UnixEpoch, CancellationToken.None), known => known.Reference == Guid.Parse(Text(invoice, "id")!).ToString("N"));
        Assert.Equal((2000L, "USD"), (charge.Amount, charge.Currency));

        var order = new RefundOrder("refund-1", charge.Id, 1500, "USD");
        Assert.Null(await gateway.FindRefund(order, CancellationToken.None));
        var first = await gateway.Refund(order, CancellationToken.None);
        Assert.True(first.Succeeded);
        Assert.Equal(first, await gateway.Refund(order, CancellationToken.None));
        Assert.Equal(first, await gateway.FindRefund(order, CancellationToken.None));
        Assert.Equal("charge_already_refunded", (await gateway.Refund(order with { Key = "refund-2" }, CancellationToken.None)).Reason);
    }

    [Theory]
    [InlineData("unsigned")]
    [InlineData("other secret")]
    [InlineData("altered")]
    [InlineData("six minutes old")]
    [InlineData("six minutes ahead")]
    [InlineData("replayed")]
    public async Task A_message_that_is_not_stripes_own_is_refused_and_has_no_effect(string how)
    {
        var customer = await _api.MakeCustomer();
        var session = await OpenPage(customer);
        _stripe.TypeCard(session, "succeeded", "4242");
        var body = StripeObjects.Event($"evt_{how}", "checkout.session.completed", new JsonObject { ["id"] = how == "replayed" ? "cs_other" : session, ["mode"] = "setup" }).ToJsonString();
        var at = TimeProvider.System.GetUtcNow() + (how == "six minutes old" ? TimeSpan.FromMinutes(-6) : how == "six minutes ahead" ? TimeSpan.FromMinutes(6) : TimeSpan.Zero);
        var signature = how == "unsigned" ? null : Sign(body, at, how == "other secret" ? "whsec_somebody_elses" : Secret);
        if (how == "replayed")
        {
            Assert.Equal(HttpStatusCode.OK, await Post(body, signature));
        }

        Assert.Equal(HttpStatusCode.BadRequest, await Post(how == "altered" ? body.Replace("setup", "setup ", StringComparison.Ordinal) : body, signature));
        await using (var db = _api.Database.CreateDbContext())
        {
            Assert.Equal(how == "replayed" ? 1 : 0, db.PaymentWebhooks.Count());
        }

        await Walk(TimeSpan.FromSeconds(1));
        (await _operator.Get($"/v1/customers/{customer}/payment-method")).Is(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task While_stripe_is_away_a_page_is_refused_in_words_and_nothing_is_kept()
    {
        await _stripe.DisposeAsync();
        var refused = (await _operator.Post($"/v1/customers/{await _api.MakeCustomer()}/payment-method/session")).Is(HttpStatusCode.ServiceUnavailable);
        Assert.Equal("gateway_away", refused.Code);
        _stripe = await StripeStandIn.Start();
    }

    private async Task<string> OpenPage(string customer, string? body = null)
    {
        var url = Text((await _operator.Post($"/v1/customers/{customer}/payment-method/session", body)).Is(HttpStatusCode.Created).Json, "url")!;
        Assert.StartsWith("https://checkout.stripe.com/", url, StringComparison.Ordinal);
        return url[(url.LastIndexOf('/') + 1)..];
    }

    private async Task<string> Subscribed(string behaviour, string last4)
    {
        var (customer, card) = (await _api.MakeCustomer(), $"fee-{Interlocked.Increment(ref s_made)}");
        var session = await OpenPage(customer);
        _stripe.TypeCard(session, behaviour, last4);
        await Tell($"evt_{customer}", "checkout.session.completed", new JsonObject { ["id"] = session, ["mode"] = "setup" });
        (await _operator.Put($"/v1/rate-cards/{card}", """{"name":"Fee","currency":"USD","prices":[{"key":"fee","name":"Fee","recurring":"arrears","rate":{"model":"flat","amount":"20"}}]}""")).Is(HttpStatusCode.Created);
        (await _operator.Post($"/v1/rate-cards/{card}/publish")).Is(HttpStatusCode.Created);
        (await _operator.Put($"/v1/customers/{customer}/subscription", $$"""{"rateCard":"{{card}}"}""")).Is(HttpStatusCode.Created);
        return customer;
    }

    // Signed by the second, a moment apart: Stripe signs each sending anew.
    private async Task Tell(string id, string type, JsonObject subject)
    {
        var body = StripeObjects.Event(id, type, subject).ToJsonString();
        var status = await Post(body, Sign(body, TimeProvider.System.GetUtcNow().AddSeconds(-Interlocked.Increment(ref s_made)), Secret));
        Assert.Equal(HttpStatusCode.OK, status);
    }

    private async Task<HttpStatusCode> Post(string body, string? signature)
    {
        using var client = _api.With(null);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/webhooks/stripe") { Content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue("application/json")) };
        if (signature is not null)
        {
            request.Headers.Add("Stripe-Signature", signature);
        }

        using var answer = await client.SendAsync(request);
        return answer.StatusCode;
    }

    private static string Sign(string body, DateTimeOffset at, string secret)
    {
        var time = at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        return $"t={time},v1={Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes($"{time}.{body}")))},v0=old";
    }

    private async Task Walk(TimeSpan span) => (await _operator.Post("/v1/sandbox/clock", $$"""{"now":"{{_api.Clock.GetUtcNow() + span:O}}"}""")).Is(HttpStatusCode.OK);

    private static string? Text(JsonElement item, string name) => item.GetProperty(name).GetString();
}
