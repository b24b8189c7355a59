using System.Diagnostics;
using System.Net;
using System.Text.Json;

namespace Portal.Api.Tests.Invoicing;

public sealed class InvoiceTests(ApiApplication api) : IClassFixture<ApiApplication>, IAsyncLifetime
{
    public async Task InitializeAsync()
    {
        using var client = api.Operator();
        await client.Put("/v1/meters/tokens", """{"name":"Tokens","eventType":"llm","aggregation":"sum","value":"tokens","groupBy":["model"],"unit":"token"}""");
        await client.Put("/v1/company", """
            {"name":"Atlas <AI> GmbH","address":{"line1":"Werkstraße 7","postalCode":"10119","city":"Berlin","country":"DE"},"taxId":"DE123456789",
            "bankDetails":{"IBAN":"DE02120300000000202051"},"branding":{"footer":"Thank you."}}
            """);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task An_invoice_is_answered_in_the_shape_of_the_paper_by_number_and_by_id()
    {
        using var client = api.Operator();
        var customer = await Invoiced(client, 1_250);

        var listed = Assert.Single((await client.Get($"/v1/invoices?customer={customer}")).Is(HttpStatusCode.OK).Json.GetProperty("items").EnumerateArray());
        var number = listed.GetProperty("number").GetString()!;
        var byNumber = (await client.Get($"/v1/invoices/{number}")).Is(HttpStatusCode.OK);
        var byId = (await client.Get($"/v1/invoices/{listed.GetProperty("id").GetString()}")).Is(HttpStatusCode.OK);

        Assert.Equal(byNumber.Text, byId.Text);
        Assert.Equal(listed.ToString(), byId.Json.ToString());
        Assert.Superset(
            new HashSet<string>
            {
                "id", "number", "kind", "status", "customer", "currency", "period", "lines", "subtotal", "discounts", "credits", "taxes", "total", "prepaid", "due",
                "issuedAt", "dueAt",
            },
            listed.EnumerateObject().Select(property => property.Name).ToHashSet());
        Assert.Matches("^INV-[0-9]{6}$", number);
        Assert.Equal(("period", "finalized", customer, "USD"), (Text(listed, "kind"), Text(listed, "status"), Text(listed, "customer"), Text(listed, "currency")));
        Assert.Equal(("12.50", "0.00", "0.00", "12.50", "0.00", "12.50"),
            (Text(listed, "subtotal"), Text(listed, "discounts"), Text(listed, "credits"), Text(listed, "total"), Text(listed, "prepaid"), Text(listed, "due")));
        Assert.Empty(listed.GetProperty("taxes").EnumerateArray());

        var line = Assert.Single(listed.GetProperty("lines").EnumerateArray());
        Assert.Superset(
            new HashSet<string> { "n", "price", "meter", "group", "description", "quantity", "amount", "steps", "period" },
            line.EnumerateObject().Select(property => property.Name).ToHashSet());
        Assert.Equal(("tokens", "tokens", "1250", "12.50"), (Text(line, "price"), Text(line, "meter"), Text(line, "quantity"), Text(line, "amount")));
        Assert.Equal("12.5", Text(Assert.Single(line.GetProperty("steps").EnumerateArray()), "amount"));
    }

    [Fact]
    public async Task A_line_opens_into_its_events_with_the_same_count_and_quantity()
    {
        using var client = api.Operator();
        var customer = await Invoiced(client, 100, 20, 3);
        var number = await NumberOf(client, customer);

        var first = (await client.Get($"/v1/invoices/{number}/lines/1/events?limit=2")).Is(HttpStatusCode.OK).Json;
        var second = (await client.Get($"/v1/invoices/{number}/lines/1/events?limit=2&after={Text(first, "next")}")).Is(HttpStatusCode.OK).Json;

        Assert.Equal((3, "123", "123"), (first.GetProperty("count").GetInt32(), Text(first, "quantity"), Text(first, "lineQuantity")));
        Assert.Equal(["3", "20", "100"], first.GetProperty("items").EnumerateArray().Concat(second.GetProperty("items").EnumerateArray()).Select(item => Text(item, "value")));
        Assert.Equal(JsonValueKind.Null, second.GetProperty("next").ValueKind);
        (await client.Get($"/v1/invoices/{number}/lines/2/events")).Is(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Money_comes_in_by_bank_in_parts_and_paying_what_is_paid_does_nothing()
    {
        using var client = api.Operator();
        var number = await NumberOf(client, await Invoiced(client, 1_000));

        var refused = (await client.Post($"/v1/invoices/{number}/pay")).Is(HttpStatusCode.Conflict);
        Assert.Contains("bank transfer", refused.Json.GetProperty("detail").GetString()!, StringComparison.Ordinal);
        Assert.Equal(["amount"], (await client.Post($"/v1/invoices/{number}/payments", """{"amount":"10.01"}""")).Is(HttpStatusCode.UnprocessableEntity).Paths);
        var part = (await client.Post($"/v1/invoices/{number}/payments", """{"amount":"4","reference":"ACME 1"}""")).Is(HttpStatusCode.OK).Json;
        var full = (await client.Post($"/v1/invoices/{number}/payments")).Is(HttpStatusCode.OK).Json;

        Assert.Equal(("finalized", "6.00"), (Text(part, "status"), Text(part, "due")));
        Assert.Equal(("paid", "0.00"), (Text(full, "status"), Text(full, "due")));
        Assert.Equal("paid", Text((await client.Post($"/v1/invoices/{number}/pay")).Is(HttpStatusCode.OK).Json, "status"));
        Assert.Equal("already_paid", (await client.Post($"/v1/invoices/{number}/payments")).Is(HttpStatusCode.Conflict).Code);
        (await client.Post($"/v1/invoices/{number}/void")).Is(HttpStatusCode.Conflict);
    }

    [Fact]
    public async Task The_preview_is_the_invoice_that_comes_and_lists_are_filtered_by_kind_and_status()
    {
        using var client = api.Operator();
        var customer = await Subscribed(client);
        await Use(client, customer, 77);

        var preview = (await client.Post($"/v1/customers/{customer}/invoices/preview")).Is(HttpStatusCode.OK).Json;
        await Walk(client, TimeSpan.FromDays(32));
        var invoice = (await client.Get($"/v1/invoices/{await NumberOf(client, customer)}")).Json;

        Assert.Equal((JsonValueKind.Null, "draft"), (preview.GetProperty("id").ValueKind, Text(preview, "status")));
        Assert.Equal(preview.GetProperty("lines").ToString(), invoice.GetProperty("lines").ToString());
        Assert.Single((await client.Get($"/v1/invoices?customer={customer}&kind=period&status=finalized")).Json.GetProperty("items").EnumerateArray());
        Assert.Empty((await client.Get($"/v1/invoices?customer={customer}&kind=credit_note")).Json.GetProperty("items").EnumerateArray());
        Assert.Equal(["status"], (await client.Get("/v1/invoices?status=open")).Is(HttpStatusCode.UnprocessableEntity).Paths);
    }

    [Fact]
    public async Task A_customers_key_sees_its_own_invoices_and_settles_none()
    {
        using var client = api.Operator();
        var (mine, other) = (await Invoiced(client, 5), await Invoiced(client, 5));
        using var key = api.With(await api.MakeKey(mine, "billing:read", "billing:write"));
        var theirs = await NumberOf(client, other);

        Assert.All((await key.Get("/v1/invoices")).Is(HttpStatusCode.OK).Json.GetProperty("items").EnumerateArray(), invoice => Assert.Equal(mine, Text(invoice, "customer")));
        (await key.Get($"/v1/invoices?customer={other}")).Is(HttpStatusCode.NotFound);
        foreach (var address in new[] { theirs, $"{theirs}.pdf", $"{theirs}.html", $"{theirs}/lines/1/events" })
        {
            (await key.Get($"/v1/invoices/{address}")).Is(HttpStatusCode.NotFound);
        }

        (await key.Post($"/v1/invoices/{theirs}/pay")).Is(HttpStatusCode.NotFound);
        (await key.Post($"/v1/invoices/{await NumberOf(client, mine)}/payments")).Is(HttpStatusCode.Forbidden);
    }

    [FactWithPrinter]
    public async Task The_PDF_has_both_parties_the_lines_and_the_total_and_stays_the_same()
    {
        using var client = api.Operator();
        var number = await NumberOf(client, await Invoiced(client, 1_250));

        var pdf = await client.GetByteArrayAsync($"/v1/invoices/{number}.pdf");
        await client.Post($"/v1/invoices/{number}/payments");
        await client.Put("/v1/company", """{"name":"Another name"}""");
        var again = await client.GetByteArrayAsync($"/v1/invoices/{number}.pdf");
        await InitializeAsync();

        var text = await TextOf(pdf);
        foreach (var part in new[] { number, "Atlas <AI> GmbH", "Werkstraße 7", "DE123456789", "1,250 tokens", "$12.50", "DE02120300000000202051" })
        {
            Assert.Contains(part, text, StringComparison.Ordinal);
        }

        Assert.Matches(@"Page\s+1\s+of\s+1\s*$", text.TrimEnd());
        Assert.Equal(pdf, again);
    }

    [Fact]
    public async Task Without_a_printer_the_PDF_says_what_to_install_and_the_page_works()
    {
        using var client = api.Operator();
        var number = await NumberOf(client, await Invoiced(client, 1));
        await using var without = api.WithWebHostBuilder(builder => builder.UseSetting("Portal:PdfProgram", "/nowhere/chromium"));
        using var other = without.CreateClient();
        other.DefaultRequestHeaders.Authorization = client.DefaultRequestHeaders.Authorization;

        var refused = (await other.Get($"/v1/invoices/{number}.pdf")).Is(HttpStatusCode.ServiceUnavailable);
        var page = (await other.Get($"/v1/invoices/{number}.html")).Is(HttpStatusCode.OK);

        Assert.Equal("pdf_renderer_missing", refused.Code);
        Assert.Equal("text/html", page.Type);
        Assert.Contains("Atlas &lt;AI&gt; GmbH", page.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page.Text, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task The_clock_is_moved_forward_only_and_only_in_the_sandbox()
    {
        using var client = api.Operator();
        var now = (await client.Get("/v1/sandbox/clock")).Is(HttpStatusCode.OK).Json.GetProperty("now").GetDateTimeOffset();

        Assert.Equal("clock_backward", (await client.Post("/v1/sandbox/clock", Body(now.AddMinutes(-1)))).Is(HttpStatusCode.Conflict).Code);
        Assert.Equal(["now"], (await client.Post("/v1/sandbox/clock", "{}")).Is(HttpStatusCode.UnprocessableEntity).Paths);
        var moved = (await client.Post("/v1/sandbox/clock", Body(now.AddHours(1)))).Is(HttpStatusCode.OK).Json.GetProperty("now").GetDateTimeOffset();
        Assert.True(moved >= now.AddHours(1));

        await using var real = api.WithWebHostBuilder(builder => builder.UseSetting("Portal:Sandbox", "false"));
        using var other = real.CreateClient();
        other.DefaultRequestHeaders.Authorization = client.DefaultRequestHeaders.Authorization;
        (await other.Post("/v1/sandbox/clock", Body(now.AddHours(2)))).Is(HttpStatusCode.NotFound);
    }

    /// <summary>A customer with one issued invoice for these events.</summary>
    private async Task<string> Invoiced(HttpClient client, params int[] tokens)
    {
        var customer = await Subscribed(client);
        foreach (var amount in tokens)
        {
            await Use(client, customer, amount);
        }

        await Walk(client, TimeSpan.FromDays(32));
        return customer;
    }

    private async Task<string> Subscribed(HttpClient client)
    {
        var customer = await api.MakeCustomer();
        (await client.Put($"/v1/rate-cards/{customer}", """
            {"name":"Pay as you go","currency":"USD","interval":"month","prices":[{"key":"tokens","name":"Tokens","meter":"tokens","rate":{"model":"per_unit","amount":"0.01"}}],
            "billing":{"collection":"send","netDays":14}}
            """)).Is(HttpStatusCode.Created);
        (await client.Post($"/v1/rate-cards/{customer}/publish", "{}")).Is(HttpStatusCode.Created);
        (await client.Put($"/v1/customers/{customer}/subscription", JsonSerializer.Serialize(new { rateCard = customer }))).Is(HttpStatusCode.Created);
        return customer;
    }

    private static async Task Use(HttpClient client, string customer, int tokens) =>
        (await client.Post("/v1/events", JsonSerializer.Serialize(new
        {
            id = Guid.NewGuid().ToString(),
            customer,
            type = "llm",
            properties = new { tokens, model = "m" },
        }))).Is(HttpStatusCode.OK);

    private async Task Walk(HttpClient client, TimeSpan span) =>
        (await client.Post("/v1/sandbox/clock", Body(api.Clock.GetUtcNow() + span))).Is(HttpStatusCode.OK);

    private static string Body(DateTimeOffset now) => $$"""{"now":"{{Instants.Format(now)}}"}""";

    private static async Task<string> NumberOf(HttpClient client, string customer) =>
        Text((await client.Get($"/v1/invoices?customer={customer}&status=finalized")).Json.GetProperty("items")[0], "number");

    private static string Text(JsonElement element, string property) => element.GetProperty(property).GetString()!;

    internal static async Task<string> TextOf(byte[] pdf)
    {
        var file = Path.GetTempFileName();
        await File.WriteAllBytesAsync(file, pdf);
        using var process = Process.Start(new ProcessStartInfo("pdftotext", ["-layout", file, "-"]) { RedirectStandardOutput = true })!;
        var text = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        File.Delete(file);
        return text;
    }
}

/// <summary>A test of the printed PDF, which needs Chromium and poppler.</summary>
public sealed class FactWithPrinterAttribute : FactAttribute
{
    public FactWithPrinterAttribute()
    {
        if (!File.Exists("/usr/bin/chromium") || !File.Exists("/usr/bin/pdftotext"))
        {
            Skip = "Chromium or pdftotext is missing (Debian packages chromium and poppler-utils): the printed PDF is not tested.";
        }
    }
}
