using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Catalog;
using Portal.Domain.Credits;
using Portal.Domain.Invoicing;
using Portal.Domain.Limits;
using Portal.Domain.Payments;

namespace Portal.Api.Tests.Security;

/// <summary>T-52: whatever a stored thing has beyond what its endpoint takes cannot be set by sending it.</summary>
public sealed class MassAssignmentTests(ApiApplication api) : IClassFixture<ApiApplication>
{
    private static readonly string[] s_usualSuspects =
        ["id", "tenantId", "customerId", "role", "status", "amount", "creditBalance", "paused", "usageVersion", "restrictedAt", "isAdmin", "operatorRole", "permissions"];

    [Theory]
    [InlineData(typeof(Meter), "PUT", "/v1/meters/mass", """{"name":"n","eventType":"t","aggregation":"count"}""", "value groupBy filter unit unitCost key createdAt eventTypes countsFrom backfilledAt")]
    [InlineData(typeof(Customer), "PUT", "/v1/customers/{0}", """{"name":"n","email":"a@b.example","currency":"USD"}""", "timeZone country taxId taxExempt address locale billing key createdAt")]
    [InlineData(typeof(Customer), "PUT", "/v1/customers/{0}/billing-details", "{}", "legalName poNumber invoiceEmails address country taxId locale")]
    [InlineData(typeof(RateCard), "PUT", "/v1/rate-cards/mass", """{"name":"n","currency":"USD"}""", "interval prices features trialDays billing key versions isDraft draftSavedAt retiredAt")]
    [InlineData(typeof(RateCardVersion), "POST", "/v1/rate-cards/mass/publish", "{}", "effectiveFrom")]
    [InlineData(typeof(Subscription), "PUT", "/v1/customers/{0}/subscription", """{"rateCard":"mass"}""", "startsAt anchorDay interval trialEndsAt endsAt phases status")]
    [InlineData(typeof(SpendingLimit), "PUT", "/v1/customers/{0}/limit", """{"amount":"10"}""", "kind softPercent alerts enforced forecastAlert")]
    [InlineData(typeof(UsageLimit), "PUT", "/v1/customers/{0}/limits/mass", """{"meter":"mass","amount":"10"}""", "feature match quantity kind softPercent alerts key")]
    [InlineData(typeof(CreditGrant), "POST", "/v1/customers/{0}/credits", """{"amount":"10","kind":"prepaid"}""", "priority expiresAt appliesTo name rolloverPercent rolloverDays")]
    [InlineData(typeof(Outage), "POST", "/v1/outages", """{"key":"mass","name":"n","from":"2026-01-01T00:00:00Z","to":"2026-01-01T01:00:00Z","percent":"10"}""", "all customers")]
    [InlineData(typeof(CreditTopup), "POST", "/v1/customers/{0}/credits/topups", """{"amount":"10"}""", "")]
    [InlineData(typeof(PaymentMethod), "PUT", "/v1/customers/{0}/payment-method", """{"card":"4242424242424242"}""", "")]
    [InlineData(typeof(PaymentMethod), "POST", "/v1/customers/{0}/payment-methods", """{"card":"4242424242424242","use":"backup"}""", "")]
    [InlineData(typeof(PaymentMethod), "PUT", "/v1/customers/{0}/payment-methods/00000000-0000-0000-0000-000000000001", """{"use":"default"}""", "")]
    [InlineData(typeof(AutoTopup), "PUT", "/v1/customers/{0}/auto-topup", """{"below":"1","amount":"10","monthlyMax":"20"}""", "pausedAt pausedFor")]
    [InlineData(typeof(ApiKey), "POST", "/v1/customers/{0}/keys", """{"name":"n","scopes":["usage:read"]}""", "")]
    [InlineData(typeof(ApiKey), "POST", "/v1/keys", """{"name":"n","scopes":["usage:read"]}""", "")]
    [InlineData(typeof(PortalUser), "POST", "/v1/customers/{0}/members", """{"email":"a@b.example","role":"viewer"}""", "")]
    [InlineData(typeof(PortalSession), "POST", "/v1/customers/{0}/portal-session", """{"role":"viewer"}""", "")]
    [InlineData(typeof(Invoice), "POST", "/v1/invoices/batch", """{"action":"void","invoices":["INV-999999"]}""", "")]
    [InlineData(typeof(BillingPark), "POST", "/v1/customers/{0}/billing/hold", """{"reason":"r"}""", "")]
    [InlineData(typeof(CompanyDetails), "PUT", "/v1/company", """{"name":"n"}""", "address taxId bankDetails branding")]
    public async Task A_field_that_an_endpoint_does_not_take_is_refused_and_nothing_is_written(Type stored, string method, string address, string body, string alsoTaken)
    {
        using var client = api.Operator();
        var customer = await api.MakeCustomer();
        var sent = JsonNode.Parse(body)!.AsObject();
        var taken = sent.Select(field => field.Key).Concat(alsoTaken.Split(' ')).ToHashSet(StringComparer.Ordinal);
        var hidden = stored.GetProperties().Select(property => JsonNamingPolicy.CamelCase.ConvertName(property.Name)).Concat(s_usualSuspects)
            .Distinct().Where(name => !taken.Contains(name)).ToList();
        hidden.ForEach(name => sent[name] = "7");
        var before = await Rows();

        var answer = await client.Send(new HttpMethod(method), string.Format(null, address, customer), sent.ToJsonString());

        Assert.Equal(hidden.Order(), answer.Is(HttpStatusCode.UnprocessableEntity).Paths.Order());
        Assert.Equal(before, await Rows());
    }

    [Fact]
    public async Task What_an_answer_shows_and_no_one_may_set_is_ignored_when_it_is_sent_back_changed()
    {
        using var client = api.Operator();
        var key = await api.MakeCustomer();
        var customer = JsonNode.Parse((await client.Get($"/v1/customers/{key}")).Text)!.AsObject();
        (customer["key"], customer["createdAt"]) = ("stolen", "2001-01-01T00:00:00Z");
        (await client.Put($"/v1/customers/{key}", customer.ToJsonString())).Is(HttpStatusCode.OK);
        await client.Put("/v1/rate-cards/shown", """{"name":"n","currency":"USD"}""");
        await client.Post("/v1/rate-cards/shown/publish");
        (await client.Put("/v1/rate-cards/shown", """
            {"name":"n","currency":"USD","key":"stolen","isDraft":false,"draftSavedAt":null,"retiredAt":"2001-01-01T00:00:00Z","versions":[{"version":9,"effectiveFrom":"2001-01-01T00:00:00Z","publishedAt":"2001-01-01T00:00:00Z"}]}
            """)).Is(HttpStatusCode.OK);
        (await client.Put($"/v1/customers/{key}/subscription", """
            {"rateCard":"shown","interval":"year","endsAt":"2001-01-01T00:00:00Z","status":"ended","period":null,"phases":[]}
            """)).Is(HttpStatusCode.Created);

        await using var db = api.Database.CreateDbContext();
        Assert.True((await db.Customers.SingleAsync(candidate => candidate.Key == key)).CreatedAt.Year > 2001);
        Assert.False(await db.Customers.AnyAsync(candidate => candidate.Key == "stolen"));
        var card = await db.RateCards.Include(candidate => candidate.Versions).SingleAsync(candidate => candidate.Key == "shown");
        Assert.NotNull(card.Draft);
        Assert.Null(card.RetiredAt);
        Assert.Equal([1], card.Versions.Select(version => version.Number));
        var subscription = await db.Subscriptions.SingleAsync(candidate => candidate.Customer.Key == key);
        Assert.Equal("Month", subscription.Interval.ToString());
        Assert.Null(subscription.EndsAt);
    }

    private async Task<string> Rows()
    {
        await using var db = api.Database.CreateDbContext();
        int[] counts =
        [
            await db.Customers.CountAsync(), await db.Meters.CountAsync(), await db.RateCards.CountAsync(), await db.Subscriptions.CountAsync(), await db.ApiKeys.CountAsync(),
            await db.Memberships.CountAsync(), await db.Users.CountAsync(), await db.PortalSessions.CountAsync(), await db.Companies.CountAsync(), await db.PaymentMethods.CountAsync(), await db.AuditEntries.CountAsync(),
        ];
        return string.Join(' ', counts);
    }
}
