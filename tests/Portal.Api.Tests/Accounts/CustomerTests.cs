using System.Net;
using Portal.Domain.Accounts;
using Portal.Domain.Invoicing;

namespace Portal.Api.Tests.Accounts;

public sealed class CustomerTests(ApiApplication api) : IClassFixture<ApiApplication>
{
    private const string Least = """{"name":"n","email":"a@b.example","currency":"USD"}""";

    [Fact]
    public async Task A_customer_reads_back_as_it_was_put()
    {
        using var client = api.Operator();
        const string body = """
            {"name":"Kupfer & Söhne","email":"billing@kupfer.example","currency":"EUR","timeZone":"Europe/Berlin","country":"DE","taxId":"DE123456789",
            "address":{"line1":"Weg 1","postalCode":"10115","city":"Berlin"},"locale":"de-DE","billing":{"threshold":"50","collection":"send","netDays":30}}
            """;

        var created = (await client.Put("/v1/customers/kupfer", body)).Is(HttpStatusCode.Created);
        var replaced = (await client.Put("/v1/customers/kupfer", created.Text)).Is(HttpStatusCode.OK);
        var read = (await client.Get("/v1/customers/kupfer")).Is(HttpStatusCode.OK);

        Assert.Equal(created.Text, replaced.Text);
        Assert.Equal(created.Text, read.Text);
        Assert.Equal("Kupfer & Söhne", read.Json.GetProperty("name").GetString());
        Assert.Equal("50", read.Json.GetProperty("billing").GetProperty("threshold").GetString());
    }

    [Fact]
    public async Task What_is_left_out_has_its_default_also_when_it_was_there_before()
    {
        using var client = api.Operator();
        await client.Put("/v1/customers/defaults", """{"name":"n","email":"a@b.example","currency":"USD","timeZone":"Asia/Tokyo","country":"JP","locale":"ja-JP"}""");

        var replaced = (await client.Put("/v1/customers/defaults", Least)).Is(HttpStatusCode.OK).Json;

        Assert.Equal("UTC", replaced.GetProperty("timeZone").GetString());
        Assert.Equal("en-US", replaced.GetProperty("locale").GetString());
        Assert.Equal(System.Text.Json.JsonValueKind.Null, replaced.GetProperty("country").ValueKind);
    }

    [Theory]
    [InlineData("""{"email":"a@b.example","currency":"USD"}""", "name")]
    [InlineData("""{"name":"n","currency":"USD"}""", "email")]
    [InlineData("""{"name":"n","email":"a@b.example"}""", "currency")]
    [InlineData("""{"name":"n","email":"a@b.example","currency":"usd"}""", "currency")]
    [InlineData("""{"name":"n","email":"a@b.example","currency":"XXX"}""", "currency")]
    [InlineData("""{"name":"n","email":"nobody","currency":"USD"}""", "email")]
    [InlineData("""{"name":"n","email":"Ada <a@b.example>","currency":"USD"}""", "email")]
    [InlineData("""{"name":"n","email":"a@b.example\nBcc: c@d.example","currency":"USD"}""", "email")]
    [InlineData("""{"name":"n\u0000","email":"a@b.example","currency":"USD"}""", "name")]
    [InlineData("""{"name":7,"email":"a@b.example","currency":"USD"}""", "name")]
    [InlineData("""{"name":"n","email":"a@b.example","currency":"USD","timeZone":"Berlin"}""", "timeZone")]
    [InlineData("""{"name":"n","email":"a@b.example","currency":"USD","timezone":"UTC"}""", "timezone")]
    [InlineData("""{"name":"n","email":"a@b.example","currency":"USD","country":"DEU"}""", "country")]
    [InlineData("""{"name":"n","email":"a@b.example","currency":"USD","country":"ZZ"}""", "country")]
    [InlineData("""{"name":"n","email":"a@b.example","currency":"USD","locale":"klingon"}""", "locale")]
    [InlineData("""{"name":"n","email":"a@b.example","currency":"USD","address":"Weg 1"}""", "address")]
    [InlineData("""{"name":"n","email":"a@b.example","currency":"USD","address":{"street":"Weg 1"}}""", "address.street")]
    [InlineData("""{"name":"n","email":"a@b.example","currency":"USD","billing":{"netDays":-1}}""", "billing.netDays")]
    [InlineData("""{"name":"n","email":"a@b.example","currency":"USD","billing":{"netDays":"soon"}}""", "billing.netDays")]
    [InlineData("""{"name":"n","email":"a@b.example","currency":"USD","billing":{"threshold":"1,5"}}""", "billing.threshold")]
    public async Task A_customer_that_makes_no_sense_is_refused_with_the_field(string body, string path)
    {
        using var client = api.Operator();

        Assert.Equal([path], (await client.Put("/v1/customers/refused", body)).Is(HttpStatusCode.UnprocessableEntity).Paths);
        (await client.Get("/v1/customers/refused")).Is(HttpStatusCode.NotFound);
    }

    [Theory]
    [InlineData("{", HttpStatusCode.BadRequest)]
    [InlineData("", HttpStatusCode.BadRequest)]
    [InlineData("[]", HttpStatusCode.UnprocessableEntity)]
    [InlineData("null", HttpStatusCode.UnprocessableEntity)]
    public async Task A_body_that_is_no_object_is_a_problem_and_no_fault_of_ours(string body, HttpStatusCode status)
    {
        using var client = api.Operator();

        var answer = (await client.Put("/v1/customers/refused", body)).Is(status);

        Assert.Equal("application/problem+json", answer.Type);
    }

    [Fact]
    public async Task The_currency_stays_while_a_subscription_runs_and_the_change_is_not_half_done()
    {
        using var client = api.Operator();
        await client.Put("/v1/rate-cards/locked", """{"name":"n","currency":"USD"}""");
        await client.Post("/v1/rate-cards/locked/publish");
        await client.Put("/v1/customers/locked", Least);
        (await client.Put("/v1/customers/locked/subscription", """{"rateCard":"locked"}""")).Is(HttpStatusCode.Created);

        var refused = await client.Put("/v1/customers/locked", """{"name":"new","email":"a@b.example","currency":"EUR"}""");

        Assert.Equal("currency_in_use", refused.Is(HttpStatusCode.Conflict).Code);
        Assert.Equal("n", (await client.Get("/v1/customers/locked")).Json.GetProperty("name").GetString());
    }

    [Fact]
    public async Task The_currency_stays_once_an_invoice_was_issued()
    {
        using var client = api.Operator();
        await client.Put("/v1/customers/invoiced", Least);
        await using (var db = api.Database.CreateDbContext())
        {
            db.Invoices.Add(new Invoice
            {
                Number = "INV-900001",
                Kind = InvoiceKind.Period,
                Status = InvoiceStatus.Finalized,
                CustomerId = db.Customers.Single(customer => customer.Key == "invoiced").Id,
                Cut = 0,
                Currency = "USD",
                PeriodStart = api.Clock.GetUtcNow().AddMonths(-1),
                PeriodEnd = api.Clock.GetUtcNow(),
                UsageVersion = 0,
                Subtotal = 0,
                Total = 0,
                DraftedAt = api.Clock.GetUtcNow(),
                FinalizeAt = api.Clock.GetUtcNow(),
                Collection = "send",
                NetDays = 14,
            });
            await db.SaveChangesAsync();
        }

        var refused = await client.Put("/v1/customers/invoiced", """{"name":"n","email":"a@b.example","currency":"EUR"}""");

        Assert.Equal("currency_locked", refused.Is(HttpStatusCode.Conflict).Code);
    }

    [Fact]
    public async Task Each_change_leaves_an_audit_row_that_says_who_and_what_and_a_repeat_leaves_none()
    {
        using var client = api.Operator();
        await client.Put("/v1/customers/audited", Least);
        await client.Put("/v1/customers/audited", """{"name":"Acme","email":"a@b.example","currency":"USD"}""");
        await client.Put("/v1/customers/audited", """{"name":"Acme","email":"a@b.example","currency":"USD"}""");

        await using var db = api.Database.CreateDbContext();
        var entries = db.AuditEntries.Where(entry => entry.Subject == "audited").OrderBy(entry => entry.Id).ToList();

        Assert.Equal(["customer.created", "customer.changed"], entries.Select(entry => entry.Action));
        Assert.Equal("Name: n → Acme", entries[1].Detail);
        Assert.Equal("Bootstrap (sk_test…)", entries[1].Actor);
        Assert.All(entries, entry => Assert.NotNull(entry.CustomerId));
    }

    [Fact]
    public void An_address_prints_the_lines_that_it_has() =>
        Assert.Equal(["Weg 1", "10115 Berlin", "DE"], new PostalAddress("Weg 1", " ", "10115", "Berlin", null, "DE").Lines());
}
