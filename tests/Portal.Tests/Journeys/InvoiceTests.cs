using System.Text.Json.Nodes;
using Microsoft.Playwright;
using Portal.Tests.Browser;

namespace Portal.Tests.Journeys;

/// <summary>From the overview to the invoice and down to the events: the same figures everywhere.</summary>
[Collection(BrowserTests.Name)]
public sealed class InvoiceTests(RunningPortal portal, Chromium chromium)
{
    [Fact]
    public async Task The_invoice_says_what_the_overview_said_and_opens_into_the_same_events()
    {
        var owner = await Given.Customer(portal.Api, "billed", "Billed Ltd");
        await portal.Api.Events(
            [.. Enumerable.Range(0, 7).Select(n => Given.Tokens("billed", $"bill-{n}", 1_234_567)), .. Enumerable.Range(0, 120).Select(n => Given.Image("billed", $"image-{n}"))]);
        await using var visitor = await chromium.Visit(portal);
        await visitor.SignIn(owner);
        await visitor.Open("/overview");
        var figure = visitor.Page.Locator("[data-figure=subtotal] .amount");

        // 7 × 1,234,567 tokens less the million included at $2.50 a million, and 100 × $0.04 + 20 × $0.03.
        await Assertions.Expect(figure).ToHaveTextAsync("$23.70");
        var spend = await portal.Api.Get("/v1/customers/billed/spend");
        Assert.Equal("23.70", spend["subtotal"]!.GetValue<string>());

        var end = DateTimeOffset.Parse(spend["period"]!["end"]!.GetValue<string>(), System.Globalization.CultureInfo.InvariantCulture);
        await portal.Api.MoveClock(end.AddHours(2));
        var invoice = (await portal.Api.Get("/v1/invoices?customer=billed"))["items"]![0]!;
        var number = invoice["number"]!.GetValue<string>();
        Assert.Equal("23.70", invoice["total"]!.GetValue<string>());

        await visitor.Open("/invoices");
        var list = await visitor.Page.Context.APIRequest.GetAsync("/invoices.csv?customer=billed");
        Assert.Contains($"{number},period,finalized,billed,Billed Ltd,", await list.TextAsync(), StringComparison.Ordinal);
        var lines = (await (await visitor.Page.Context.APIRequest.GetAsync($"/invoices/{number}.csv")).TextAsync()).Split("\r\n");
        Assert.Contains($"{number},line,1,", lines[1], StringComparison.Ordinal);
        Assert.Contains($"{number},total,,Total to pay,,,,,,23.70,USD,", lines[^2], StringComparison.Ordinal);
        Assert.Equal(404, (await visitor.Page.Context.APIRequest.GetAsync("/invoices/INV-999999.csv")).Status);
        Assert.Equal(403, (await visitor.Page.Context.APIRequest.GetAsync($"/admin/invoices/{number}.csv")).Status);
        await visitor.Page.GetByRole(AriaRole.Link, new() { Name = number, Exact = true }).ClickAsync();
        await Assertions.Expect(visitor.Page.Locator("[data-figure=total] .amount")).ToHaveTextAsync("$23.70");
        await OpensIntoItsEvents(visitor, invoice);
        Assert.Empty(visitor.Errors);
    }

    private static async Task OpensIntoItsEvents(Visitor visitor, JsonNode invoice)
    {
        Assert.Equal(2, invoice["lines"]!.AsArray().Count);
        await visitor.Page.Locator("summary").First.ClickAsync();
        await Assertions.Expect(visitor.Page.GetByText("7,641,969 × $2.50 ÷ 1,000,000")).ToBeVisibleAsync();
        await visitor.Page.GetByRole(AriaRole.Link, new() { Name = "Events behind this line" }).First.ClickAsync();
        await Assertions.Expect(visitor.Page.GetByText("7 events behind this line, 8,641,969 tokens in all.")).ToBeVisibleAsync();
        await Assertions.Expect(visitor.Page.GetByText("it is what was billed")).ToBeVisibleAsync();
        await Assertions.Expect(visitor.Page.GetByRole(AriaRole.Region, new() { Name = "Events" }).Locator("tbody tr")).ToHaveCountAsync(7);
    }
}
