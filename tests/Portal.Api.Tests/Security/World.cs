using System.Net;
using System.Text.RegularExpressions;
using Portal.Domain.Accounts;
using Portal.Domain.Invoicing;

namespace Portal.Api.Tests.Security;

/// <summary>One customer with one of everything that an address can name.</summary>
internal sealed partial record World(string Customer, Guid Key, Guid Member, string Meter, string Card, string Invoice, string InvoiceNumber, Guid Reservation)
{
    private static int s_made;

    /// <summary>Every scope that a customer's key can have.</summary>
    public static readonly string[] CustomerScopes = [.. ScopeNames.All.Where(name => !Gate.IsOperatorsOwn(ScopeNames.Find(name)!.Value))];

    public static async Task<World> Make(ApiApplication api)
    {
        using var client = api.Operator();
        var n = Interlocked.Increment(ref s_made);
        var (meter, card) = ($"meter-{n}", $"card-{n}");
        var customer = await api.MakeCustomer();
        (await client.Put($"/v1/meters/{meter}", $$"""{"name":"n","eventType":"t{{n}}","aggregation":"count"}""")).Is(HttpStatusCode.Created);
        (await client.Put($"/v1/rate-cards/{card}", $$"""
            {"name":"n","currency":"USD","prices":[{"key":"p","meter":"{{meter}}","rate":{"model":"per_unit","amount":"1"} } ] }
            """)).Is(HttpStatusCode.Created);
        (await client.Post($"/v1/rate-cards/{card}/publish")).Is(HttpStatusCode.Created);
        (await client.Put($"/v1/customers/{customer}/subscription", $$"""{"rateCard":"{{card}}"}""")).Is(HttpStatusCode.Created);
        (await client.Put($"/v1/customers/{customer}/limit", """{"amount":"100"}""")).Is(HttpStatusCode.OK);
        (await client.Put($"/v1/customers/{customer}/auto-topup", """{"below":"1","amount":"10","monthlyMax":"20"}""")).Is(HttpStatusCode.OK);
        (await client.Put($"/v1/customers/{customer}/limits/calls", $$"""{"meter":"{{meter}}","quantity":"100"}""")).Is(HttpStatusCode.Created);
        var key = (await client.Post($"/v1/customers/{customer}/keys", """{"name":"n","scopes":["usage:read"]}""")).Is(HttpStatusCode.Created).Json;
        var member = (await client.Post($"/v1/customers/{customer}/members", $$"""
            {"email":"m@{{customer}}.example","role":"owner","password":"a good password"}
            """)).Is(HttpStatusCode.Created).Json;
        (await client.Put($"/v1/customers/{customer}/payment-method", """{"card":"4242424242424242"}""")).Is(HttpStatusCode.OK);
        var reservation = (await client.Post("/v1/reservations", $$"""{"customer":"{{customer}}","amount":"1"}""")).Is(HttpStatusCode.Created).Json;
        var invoice = await MakeInvoice(api, customer, $"INV-80000{n}");
        return new World(customer, key.GetProperty("id").GetGuid(), member.GetProperty("id").GetGuid(), meter, card, invoice.ToString(), $"INV-80000{n}", reservation.GetProperty("id").GetGuid());
    }

    /// <summary>The address of this customer's thing in a route.</summary>
    public string Address(string pattern, bool byNumber = false) => Parameter().Replace(pattern, found => found.Groups[1].Value switch
    {
        "customer" => Customer,
        "meter" => Meter,
        "card" => Card,
        "webhook" => "hook",
        "reservation" => Reservation.ToString(),
        "invoice" => byNumber ? InvoiceNumber : Invoice,
        "limit" => "calls",
        "charge" => "ch_stray",
        "n" or "version" or "alarm" => "1",
        "id" => (pattern.Contains("/members/", StringComparison.Ordinal) ? Member : Key).ToString(),
        var name => throw new InvalidOperationException($"The world has no '{name}' for {pattern}: add one."),
    });

    /// <summary>An answer without what differs from one thing to another by its name alone.</summary>
    public string Blank(string text)
    {
        foreach (var name in new[] { Customer, Key.ToString(), Member.ToString(), Meter, Card, Invoice, InvoiceNumber, Reservation.ToString() })
        {
            text = text.Replace(name, "…", StringComparison.Ordinal);
        }

        return TraceId().Replace(text, "");
    }

    private static async Task<Guid> MakeInvoice(ApiApplication api, string customer, string number)
    {
        await using var db = api.Database.CreateDbContext();
        var invoice = new Invoice
        {
            Number = number,
            Kind = InvoiceKind.Period,
            Status = InvoiceStatus.Finalized,
            CustomerId = db.Customers.Single(candidate => candidate.Key == customer).Id,
            Cut = 0,
            Currency = "USD",
            PeriodStart = api.Clock.GetUtcNow().AddMonths(-1),
            PeriodEnd = api.Clock.GetUtcNow(),
            UsageVersion = 0,
            Subtotal = 100,
            Total = 100,
            DraftedAt = api.Clock.GetUtcNow(),
            FinalizeAt = api.Clock.GetUtcNow(),
            IssuedAt = api.Clock.GetUtcNow(),
            DueAt = api.Clock.GetUtcNow().AddDays(14),
            Collection = "send",
            NetDays = 14,
        };
        db.Invoices.Add(invoice);
        await db.SaveChangesAsync();
        return invoice.Id;
    }

    [GeneratedRegex(@"\{(\w+)(?::\w+)?\}")]
    private static partial Regex Parameter();

    [GeneratedRegex("\"traceId\":\"[^\"]*\"")]
    private static partial Regex TraceId();
}
