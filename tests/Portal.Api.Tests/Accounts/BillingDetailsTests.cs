using System.Net;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;

namespace Portal.Api.Tests.Accounts;

public sealed class BillingDetailsTests(ApiApplication api) : IClassFixture<ApiApplication>
{
    private const string Body = """
        {"legalName":"Acme Holding GmbH","poNumber":"PO-4711","invoiceEmails":["ap@acme.example","AP@acme.example"],"country":"DE","taxId":"DE123456789",
        "address":{"line1":"Weg 1","postalCode":"10115","city":"Berlin"},"locale":"de-DE"}
        """;

    [Fact]
    public async Task The_next_invoice_names_what_the_customer_said_and_goes_to_its_addresses_and_an_issued_one_stays()
    {
        using var client = api.Operator();
        var customer = await api.MakeCustomer();
        await Subscribe(client, customer);
        using var key = api.With(await api.MakeKey(customer, "billing:read", "billing:write"));
        var before = await Issue(client, customer);
        var said = (await key.Put($"/v1/customers/{customer}/billing-details", Body)).Is(HttpStatusCode.OK).Json;
        Assert.Equal(["ap@acme.example"], said.GetProperty("invoiceEmails").EnumerateArray().Select(email => email.GetString()!));
        var after = await Issue(client, customer);

        var page = (await client.Get($"/v1/invoices/{after}.html")).Text;
        Assert.Contains("Acme Holding GmbH", page, StringComparison.Ordinal);
        Assert.Contains("PO-4711", page, StringComparison.Ordinal);
        Assert.DoesNotContain("PO-4711", (await client.Get($"/v1/invoices/{before}.html")).Text, StringComparison.Ordinal);
        await using var db = api.Database.CreateDbContext();
        var mails = await db.Outbox.Where(mail => mail.Subject.Contains(after)).Select(mail => mail.To).ToListAsync();
        Assert.Equal(["ap@acme.example", $"{customer}@example.com"], mails.Order());
        var entry = await db.AuditEntries.SingleAsync(audit => audit.Action == "customer.billing_details" && audit.Subject == customer);
        Assert.Contains("PoNumber: – → PO-4711", entry.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_makes_no_sense_is_refused_by_field_and_a_reader_may_not_write()
    {
        var customer = await api.MakeCustomer();
        using var client = api.Operator();
        var refused = (await client.Put($"/v1/customers/{customer}/billing-details", """{"country":"Germany","locale":"xx-YY-zz","invoiceEmails":["nobody"]}""")).Is(HttpStatusCode.UnprocessableEntity);
        Assert.Equal(["country", "invoiceEmails", "locale"], refused.Paths.Order());
        using var reader = api.With(await api.MakeKey(customer, "billing:read"));
        (await reader.Put($"/v1/customers/{customer}/billing-details", Body)).Is(HttpStatusCode.Forbidden);
        (await reader.Get($"/v1/customers/{customer}/billing-details")).Is(HttpStatusCode.OK);
    }

    private static async Task Subscribe(HttpClient client, string customer)
    {
        (await client.Put("/v1/rate-cards/details", """{"name":"Fee","currency":"USD","prices":[{"key":"fee","name":"Fee","recurring":"arrears","rate":{"model":"flat","amount":"20"}}]}""")).Is(HttpStatusCode.Created);
        (await client.Post("/v1/rate-cards/details/publish")).Is(HttpStatusCode.Created);
        (await client.Put($"/v1/customers/{customer}/subscription", """{"rateCard":"details"}""")).Is(HttpStatusCode.Created);
    }

    private async Task<string> Issue(HttpClient client, string customer)
    {
        (await client.Post("/v1/sandbox/clock", $$"""{"now":"{{api.Clock.GetUtcNow().AddDays(32):O}}"}""")).Is(HttpStatusCode.OK);
        return (await client.Get($"/v1/invoices?customer={customer}")).Json.GetProperty("items").EnumerateArray()
            .Where(invoice => invoice.GetProperty("number").ValueKind == JsonValueKind.String).Select(invoice => invoice.GetProperty("number").GetString()!).Max()!;
    }
}
