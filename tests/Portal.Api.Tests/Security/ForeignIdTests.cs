using System.Net;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Portal.Api.Tests.Security;

/// <summary>T-49: every endpoint that names something is asked for another customer's. The list of endpoints is the host's own, so a new one without a case fails.</summary>
public sealed class ForeignIdTests(ApiApplication api) : IClassFixture<ApiApplication>, IAsyncLifetime
{
    private const HttpStatusCode Unseen = HttpStatusCode.NotFound;

    // The operator's alone: refused before anything is looked up.
    private const HttpStatusCode Operators = HttpStatusCode.Forbidden;

    private static readonly Dictionary<string, (string? Body, HttpStatusCode Status)> s_cases = new()
    {
        ["PUT /v1/customers/{customer}"] = ("""{"name":"n","email":"a@b.example","currency":"USD"}""", Unseen),
        ["GET /v1/customers/{customer}"] = (null, Unseen),
        ["POST /v1/customers/{customer}/keys"] = ("""{"name":"n","scopes":["usage:read"]}""", Unseen),
        ["GET /v1/customers/{customer}/keys"] = (null, Unseen),
        ["DELETE /v1/customers/{customer}/keys/{id:guid}"] = (null, Unseen),
        ["POST /v1/customers/{customer}/members"] = ("""{"email":"a@b.example","role":"owner"}""", Unseen),
        ["GET /v1/customers/{customer}/members"] = (null, Unseen),
        ["PUT /v1/customers/{customer}/members/{id:guid}"] = ("""{"role":"owner"}""", Unseen),
        ["DELETE /v1/customers/{customer}/members/{id:guid}"] = (null, Unseen),
        ["POST /v1/customers/{customer}/portal-session"] = (null, Unseen),
        ["PUT /v1/customers/{customer}/subscription"] = ("""{"rateCard":"card"}""", Unseen),
        ["POST /v1/customers/{customer}/subscription/preview"] = ("""{"rateCard":"card"}""", Unseen),
        ["GET /v1/customers/{customer}/subscription"] = (null, Unseen),
        ["POST /v1/customers/{customer}/subscription/cancel"] = (null, Unseen),
        ["POST /v1/customers/{customer}/subscription/reactivate"] = (null, Unseen),
        ["GET /v1/customers/{customer}/usage"] = (null, Unseen),
        ["GET /v1/customers/{customer}/events"] = (null, Unseen),
        ["GET /v1/customers/{customer}/spend"] = (null, Unseen),
        ["GET /v1/customers/{customer}/access"] = (null, Unseen),
        ["PUT /v1/customers/{customer}/limit"] = ("""{"amount":"10"}""", Unseen),
        ["GET /v1/customers/{customer}/limit"] = (null, Unseen),
        ["PUT /v1/customers/{customer}/spike-rule"] = ("""{"percent":"300"}""", Unseen),
        ["GET /v1/customers/{customer}/spike-rule"] = (null, Unseen),
        ["DELETE /v1/customers/{customer}/limit"] = (null, Unseen),
        ["PUT /v1/customers/{customer}/limits/{limit}"] = ("""{"meter":"tokens","amount":"10"}""", Unseen),
        ["GET /v1/customers/{customer}/limits"] = (null, Unseen),
        ["GET /v1/customers/{customer}/limits/{limit}"] = (null, Unseen),
        ["DELETE /v1/customers/{customer}/limits/{limit}"] = (null, Unseen),
        ["POST /v1/customers/{customer}/one-off-lines"] = ("""{"description":"d","amount":"1"}""", Unseen),
        ["GET /v1/customers/{customer}/one-off-lines"] = (null, Unseen),
        ["DELETE /v1/customers/{customer}/one-off-lines/{id:guid}"] = (null, Unseen),
        ["POST /v1/customers/{customer}/invoices"] = ("""{"lines":[{"description":"d","amount":"1"}]}""", Unseen),
        ["PUT /v1/customers/{customer}/threshold"] = ("""{"amount":"50"}""", Unseen),
        ["GET /v1/customers/{customer}/threshold"] = (null, Unseen),
        ["DELETE /v1/customers/{customer}/threshold"] = (null, Unseen),
        ["POST /v1/customers/{customer}/credits/topups"] = ("""{"amount":"10"}""", Unseen),
        ["PUT /v1/customers/{customer}/auto-topup"] = ("""{"below":"1","amount":"10","monthlyMax":"20"}""", Unseen),
        ["GET /v1/customers/{customer}/auto-topup"] = (null, Unseen),
        ["DELETE /v1/customers/{customer}/auto-topup"] = (null, Unseen),
        ["POST /v1/customers/{customer}/credits"] = ("""{"amount":"1","kind":"prepaid"}""", Unseen),
        ["GET /v1/customers/{customer}/credits"] = (null, Unseen),
        ["PUT /v1/customers/{customer}/billing-details"] = ("{}", Unseen),
        ["GET /v1/customers/{customer}/billing-details"] = (null, Unseen),
        ["PUT /v1/customers/{customer}/payment-method"] = ("""{"card":"4242424242424242"}""", Unseen),
        ["GET /v1/customers/{customer}/payment-method"] = (null, Unseen),
        ["POST /v1/customers/{customer}/payment-method/session"] = (null, Unseen),
        ["GET /v1/customers/{customer}/payment-methods"] = (null, Unseen),
        ["POST /v1/customers/{customer}/payment-methods"] = ("""{"card":"4242424242424242","use":"backup"}""", Unseen),
        ["PUT /v1/customers/{customer}/payment-methods/{id:guid}"] = ("""{"use":"default"}""", Unseen),
        ["DELETE /v1/customers/{customer}/payment-methods/{id:guid}"] = (null, Unseen),
        ["GET /v1/invoices/{invoice}/attempts"] = (null, Unseen),
        ["PUT /v1/invoices/{invoice}/promise"] = ("""{"until":"2099-01-01T00:00:00Z"}""", Operators),
        ["DELETE /v1/invoices/{invoice}/promise"] = (null, Operators),
        ["POST /v1/customers/{customer}/pause"] = (null, Unseen),
        ["POST /v1/customers/{customer}/resume"] = (null, Unseen),
        ["POST /v1/customers/{customer}/invoices/preview"] = (null, Unseen),
        ["GET /v1/invoices/{invoice}"] = (null, Unseen),
        ["GET /v1/invoices/{invoice}.html"] = (null, Unseen),
        ["GET /v1/invoices/{invoice}.pdf"] = (null, Unseen),
        ["GET /v1/invoices/{invoice}.csv"] = (null, Unseen),
        ["GET /v1/invoices/{invoice}/lines/{n:int}/events"] = (null, Unseen),
        ["POST /v1/invoices/{invoice}/pay"] = (null, Unseen),
        ["POST /v1/invoices/{invoice}/finalize"] = (null, Operators),
        ["POST /v1/invoices/{invoice}/void"] = (null, Operators),
        ["POST /v1/invoices/{invoice}/resend"] = (null, Operators),
        ["POST /v1/invoices/{invoice}/write-off"] = (null, Operators),
        ["GET /v1/invoices/{invoice}/disputes"] = (null, Unseen),
        ["POST /v1/invoices/{invoice}/disputes"] = ("""{"line":1,"text":"What is this?"}""", Unseen),
        ["POST /v1/invoices/{invoice}/disputes/close"] = ("""{"line":1}""", Unseen),
        ["POST /v1/stray-charges/{charge}/confirm"] = (null, Operators),
        ["POST /v1/invoices/{invoice}/credit-notes"] = ("""{"amount":"1"}""", Operators),
        ["POST /v1/invoices/{invoice}/refunds"] = ("""{"amount":"1"}""", Operators),
        ["GET /v1/invoices/{invoice}/refunds"] = (null, Unseen),
        ["POST /v1/invoices/{invoice}/payments"] = ("""{"amount":"1"}""", Operators),
        ["POST /v1/alarms/{alarm:long}/clear"] = (null, Operators),
        ["GET /v1/meters/{meter}"] = (null, Unseen),
        ["PUT /v1/meters/{meter}"] = ("""{"name":"n","eventType":"t","aggregation":"count"}""", Operators),
        ["POST /v1/meters/{meter}/backfill"] = (null, Operators),
        ["GET /v1/meters/{meter}/backfill"] = (null, Operators),
        ["GET /v1/rate-cards/{card}"] = (null, Unseen),
        ["GET /v1/rate-cards/{card}/versions/{version:int}"] = (null, Unseen),
        ["PUT /v1/rate-cards/{card}"] = ("""{"name":"n","currency":"USD"}""", Operators),
        ["POST /v1/rate-cards/{card}/publish"] = (null, Operators),
        ["POST /v1/rate-cards/{card}/simulate"] = (null, Operators),
        ["PUT /v1/rate-cards/{card}/retirement"] = (null, Operators),
        ["DELETE /v1/rate-cards/{card}/retirement"] = (null, Operators),
        ["DELETE /v1/keys/{id:guid}"] = (null, Operators),
        ["GET /v1/customers/{customer}/billing"] = (null, Unseen),
        ["POST /v1/customers/{customer}/billing/hold"] = ("""{"reason":"r"}""", Unseen),
        ["POST /v1/customers/{customer}/billing/release"] = (null, Unseen),
        ["GET /v1/reservations/{reservation:guid}"] = (null, Unseen),
        ["POST /v1/reservations/{reservation:guid}/commit"] = (null, Unseen),
        ["POST /v1/reservations/{reservation:guid}/release"] = (null, Unseen),
        ["GET /v1/webhooks/{webhook}"] = (null, Operators),
        ["PUT /v1/webhooks/{webhook}"] = ("""{"url":"https://example.com/x","events":["alert.raised"]}""", Operators),
        ["DELETE /v1/webhooks/{webhook}"] = (null, Operators),
        ["POST /v1/webhooks/{webhook}/rotate"] = (null, Operators),
        ["POST /v1/webhooks/{webhook}/test"] = (null, Operators),
        ["GET /v1/webhooks/{webhook}/deliveries"] = (null, Operators),
        ["POST /v1/webhooks/{webhook}/deliveries/{id:guid}/replay"] = (null, Operators),
        ["GET /v1/customers/{customer}/webhooks"] = (null, Unseen),
        ["GET /v1/customers/{customer}/webhooks/{webhook}"] = (null, Unseen),
        ["PUT /v1/customers/{customer}/webhooks/{webhook}"] = ("""{"url":"https://example.com/x","events":["alert.raised"]}""", Unseen),
        ["DELETE /v1/customers/{customer}/webhooks/{webhook}"] = (null, Unseen),
        ["POST /v1/customers/{customer}/webhooks/{webhook}/rotate"] = (null, Unseen),
        ["POST /v1/customers/{customer}/webhooks/{webhook}/test"] = (null, Unseen),
        ["GET /v1/customers/{customer}/webhooks/{webhook}/deliveries"] = (null, Unseen),
        ["POST /v1/customers/{customer}/webhooks/{webhook}/deliveries/{id:guid}/replay"] = (null, Unseen),
    };

    // Read with the scope admin, which a customer's key never has; a line of an invoice without any.
    private static readonly string[] s_notToBeHad =
    [
        "GET /v1/customers/{customer}/keys", "GET /v1/customers/{customer}/members", "GET /v1/invoices/{invoice}/lines/{n:int}/events",
        "GET /v1/webhooks/{webhook}", "GET /v1/webhooks/{webhook}/deliveries", "GET /v1/customers/{customer}/webhooks",
        "GET /v1/customers/{customer}/webhooks/{webhook}", "GET /v1/customers/{customer}/webhooks/{webhook}/deliveries", "GET /v1/customers/{customer}/billing", "GET /v1/meters/{meter}/backfill",
    ];

    private World _own = null!;
    private World _foreign = null!;
    private World _missing = null!;

    public async Task InitializeAsync()
    {
        _own = await World.Make(api);
        _foreign = await World.Make(api);
        _missing = new World("nobody", Guid.NewGuid(), Guid.NewGuid(), "nothing", "no-card", Guid.NewGuid().ToString(), "INV-999999", Guid.NewGuid());
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task What_is_anothers_is_answered_like_what_is_not_there()
    {
        foreach (var (name, (body, status)) in s_cases)
        {
            // A key of its own for each: one key has a rate, and a fast machine asks faster than that.
            using var client = api.With(await api.MakeKey(_own.Customer, World.CustomerScopes));
            var (method, pattern) = (new HttpMethod(name.Split(' ')[0]), name.Split(' ')[1]);
            foreach (var byNumber in pattern.Contains("{invoice}", StringComparison.Ordinal) ? new[] { false, true } : [false])
            {
                var foreign = await client.Send(method, _foreign.Address(pattern, byNumber), body);
                var missing = await client.Send(method, _missing.Address(pattern, byNumber), body);

                Assert.True(foreign.Status == status, $"{name} answered {foreign.Status} for what is another's: {foreign.Text}");
                Assert.Equal(missing.Status, foreign.Status);
                Assert.Equal(_missing.Blank(missing.Text), _foreign.Blank(foreign.Text));
            }
        }
    }

    [Fact]
    public async Task What_is_ones_own_is_answered()
    {
        foreach (var name in s_cases.Keys.Where(name => name.StartsWith("GET ", StringComparison.Ordinal)).Except(s_notToBeHad))
        {
            using var client = api.With(await api.MakeKey(_own.Customer, World.CustomerScopes));
            var answer = await client.Get(_own.Address(name[4..]));

            Assert.True(answer.Status == HttpStatusCode.OK, $"{name} answered {answer.Status}: {answer.Text}");
        }
    }

    [Fact]
    public void Every_endpoint_that_names_something_has_a_case_and_every_endpoint_says_what_it_needs()
    {
        var endpoints = api.Services.GetServices<EndpointDataSource>().SelectMany(source => source.Endpoints).OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.RoutePattern.RawText!.StartsWith("/v1", StringComparison.Ordinal))
            .ToList();

        Assert.All(endpoints, endpoint => Assert.NotNull(endpoint.Metadata.GetMetadata<NeededPermission>()));
        var named = endpoints.Where(endpoint => endpoint.RoutePattern.Parameters.Count > 0)
            .SelectMany(endpoint => endpoint.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods.Select(method => $"{method} {endpoint.RoutePattern.RawText!.TrimEnd('/')}"));
        Assert.Equal(named.Order(), s_cases.Keys.Order());
    }

    [Theory]
    [InlineData("DELETE", "/v1/customers/{0}/keys/{1}")]
    [InlineData("DELETE", "/v1/customers/{0}/members/{2}")]
    [InlineData("PUT", "/v1/customers/{0}/members/{2}")]
    public async Task One_customers_thing_is_not_reached_through_another(string method, string address)
    {
        using var client = api.Operator();

        var answer = await client.Send(
            new HttpMethod(method), string.Format(null, address, _own.Customer, _foreign.Key, _foreign.Member), method == "PUT" ? """{"role":"viewer"}""" : null);

        answer.Is(HttpStatusCode.NotFound);
    }

    [Theory]
    [InlineData("/v1/invoices?customer={0}")]
    [InlineData("/v1/alerts?customer={0}")]
    public async Task A_filter_does_not_reach_further_than_an_address(string address)
    {
        using var client = api.With(await api.MakeKey(_own.Customer, World.CustomerScopes));

        var foreign = await client.Get(string.Format(null, address, _foreign.Customer));
        var missing = await client.Get(string.Format(null, address, _missing.Customer));

        Assert.Equal(HttpStatusCode.NotFound, foreign.Status);
        Assert.Equal(_missing.Blank(missing.Text), _foreign.Blank(foreign.Text));
    }

    [Fact]
    public async Task Usage_cannot_be_sent_or_taken_back_for_another()
    {
        using var client = api.With(await api.MakeKey(_own.Customer, World.CustomerScopes));

        var foreign = (await client.Post("/v1/events", Event(_foreign.Customer))).Is(HttpStatusCode.UnprocessableEntity);
        var missing = (await client.Post("/v1/events", Event(_missing.Customer))).Is(HttpStatusCode.UnprocessableEntity);
        Assert.Equal(_missing.Blank(missing.Text), _foreign.Blank(foreign.Text));

        var foreignVoid = await client.Post("/v1/events/void", Void(_foreign.Customer));
        var missingVoid = await client.Post("/v1/events/void", Void(_missing.Customer));
        Assert.Equal(_missing.Blank(missingVoid.Text), _foreign.Blank(foreignVoid.Text));
        Assert.Equal(HttpStatusCode.NotFound, foreignVoid.Status);

        static string Event(string customer) => $$"""{"id":"e-1","customer":"{{customer}}","type":"t","properties":{} }""";
        static string Void(string customer) => $$"""{"customer":"{{customer}}","id":"e-1","reason":"r"}""";
    }
}
