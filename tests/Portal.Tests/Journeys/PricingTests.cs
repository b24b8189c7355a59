using System.Globalization;
using Microsoft.Playwright;
using Portal.Tests.Browser;

namespace Portal.Tests.Journeys;

/// <summary>What an administrator does who has never seen the portal: changes a price, sees what it would have meant, publishes it; the customer pays it from then on.</summary>
[Collection(BrowserTests.Name)]
public sealed class PricingTests(RunningPortal portal, Chromium chromium)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task A_price_is_changed_simulated_and_published_and_the_next_usage_costs_it()
    {
        await Card("pricing");
        var owner = await Customer("priced", "pricing");
        await portal.Api.Events(Given.Tokens("priced", "before-1", 4_000_000));
        await using var visitor = await chromium.Visit(portal);
        var page = visitor.Page;
        await visitor.SignIn(OperatorApi.AdminEmail);

        // From the start page by what the links say, as one who has never been here.
        await page.GetByRole(AriaRole.Link, new() { Name = "Rate cards" }).ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Journey pricing" }).ClickAsync();
        await visitor.Settle();
        await page.GetByLabel("Amount, Input").FillAsync("3.00");
        await Assertions.Expect(page.GetByText("Input: $2.00 per 1,000,000 tokens → $3.00 per 1,000,000 tokens.")).ToBeVisibleAsync();
        await Assertions.Expect(page.Locator("[aria-labelledby=preview]")).ToContainTextAsync("$8.00 → $12.00, up 50 %");

        await page.GetByRole(AriaRole.Button, new() { Name = "Save and simulate" }).ClickAsync();
        await Assertions.Expect(page.GetByText("Up $4.00, 50 %")).ToBeVisibleAsync(new() { Timeout = (float)s_patience.TotalMilliseconds });
        await Assertions.Expect(page.GetByRole(AriaRole.Row).Filter(new() { HasText = "Priced Ltd" })).ToContainTextAsync("+$4.00");
        var download = await page.RunAndWaitForDownloadAsync(() => page.GetByRole(AriaRole.Link, new() { Name = "Download as CSV" }).ClickAsync());
        Assert.Contains("priced,Priced Ltd,USD,8.00,12.00,4.00,50", await File.ReadAllTextAsync(await download.PathAsync()), StringComparison.Ordinal);

        await page.GetByRole(AriaRole.Link, new() { Name = "Back to the card" }).ClickAsync();
        await visitor.Settle();
        await page.GetByRole(AriaRole.Button, new() { Name = "Publish…" }).ClickAsync();
        await Assertions.Expect(page.GetByText("Priced Ltd pays by it from that moment on.")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Publish version 2 now" }).ClickAsync();
        await Assertions.Expect(page.GetByText("Version 2 is published")).ToBeVisibleAsync();
        Assert.Empty(visitor.Errors);

        // What was used before keeps its price; what comes now costs the new one, on the customer's own page.
        await portal.Api.Events(Given.Tokens("priced", "after-1", 1_000_000));
        await using var customer = await chromium.Visit(portal);
        await customer.SignIn(owner);
        await customer.Open("/overview");
        await Assertions.Expect(customer.Page.GetByText("$11.00").First).ToBeVisibleAsync(new() { Timeout = (float)s_patience.TotalMilliseconds });
        var spend = await portal.Api.Get("/v1/customers/priced/spend");
        Assert.Equal(["8.00", "3.00"], spend["lines"]!.AsArray().Select(line => line!["amount"]!.GetValue<string>()));
    }

    [Fact]
    public async Task A_price_list_from_a_spreadsheet_is_previewed_and_put_on_the_sheet()
    {
        await Card("pasted");
        await using var visitor = await chromium.Visit(portal);
        var page = visitor.Page;
        await visitor.SignInAgain(OperatorApi.AdminEmail);
        await visitor.Open("/admin/rate-cards/pasted");
        await page.GetByRole(AriaRole.Button, new() { Name = "Paste table" }).ClickAsync();
        var list = string.Join('\n', Enumerable.Range(1, 40).Select(n => string.Create(CultureInfo.InvariantCulture, $"model-{n}\t{n}.50")).Prepend("model\tInput tokens"));
        await page.Locator("#table").FillAsync(list);
        await Assertions.Expect(page.GetByText("40 prices in the table.")).ToBeVisibleAsync();

        await page.GetByRole(AriaRole.Button, new() { Name = "Put 40 prices on the sheet" }).ClickAsync();
        await Assertions.Expect(page.GetByText("1 – 25 of 41 prices")).ToBeVisibleAsync();
        await page.Locator("#find-price").FillAsync("model-37");
        await Assertions.Expect(page.GetByLabel("Amount, model-37, Input tokens")).ToHaveValueAsync("37.50");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save draft" }).ClickAsync();
        await Assertions.Expect(page.GetByText("Draft saved. Nobody pays by it yet.")).ToBeVisibleAsync();
        Assert.Equal(41, (await portal.Api.Get("/v1/rate-cards/pasted"))["prices"]!.AsArray().Count);
        Assert.Empty(visitor.Errors);
    }

    [Fact]
    public async Task Two_who_edit_one_card_do_not_overwrite_each_other_unless_one_says_so()
    {
        await Card("shared");
        await using var visitor = await chromium.Visit(portal);
        var page = visitor.Page;
        await visitor.SignInAgain(OperatorApi.AdminEmail);
        await visitor.Open("/admin/rate-cards/shared");
        await page.GetByLabel("Amount, Input").FillAsync("5.00");

        await portal.Api.Put("/v1/rate-cards/shared", Body("shared", "4.00"));
        await page.GetByRole(AriaRole.Button, new() { Name = "Save draft" }).ClickAsync();
        await Assertions.Expect(page.GetByText("after you opened it. Load it again to see what is there now, or overwrite it.")).ToBeVisibleAsync();
        Assert.Equal("4.00", await Amount());

        await page.GetByRole(AriaRole.Button, new() { Name = "Overwrite" }).ClickAsync();
        await Assertions.Expect(page.GetByText("Draft saved. Nobody pays by it yet.")).ToBeVisibleAsync();
        Assert.Equal("5.00", await Amount());

        async Task<string> Amount() => (await portal.Api.Get("/v1/rate-cards/shared"))["prices"]![0]!["rate"]!["amount"]!.GetValue<string>();
    }

    private async Task Card(string key)
    {
        await Given.Catalog(portal.Api);
        await portal.Api.Put($"/v1/rate-cards/{key}", Body(key, "2.00"));
        await portal.Api.Post($"/v1/rate-cards/{key}/publish", "{}");
    }

    private async Task<string> Customer(string key, string card)
    {
        await portal.Api.Put($"/v1/customers/{key}", $$"""{"name":"Priced Ltd","email":"billing@{{key}}.example","currency":"USD","timeZone":"UTC"}""");
        await portal.Api.Put($"/v1/customers/{key}/subscription", $$"""{"rateCard":"{{card}}","anchorDay":1}""");
        return await Given.Member(portal.Api, key, $"owner@{key}.example", "owner");
    }

    private static string Body(string key, string amount) => $$$"""
        {"name":"Journey {{{key}}}","currency":"USD","prices":[{"key":"in","name":"Input","meter":"input-tokens","rate":{"model":"per_unit","amount":"{{{amount}}}","per":"1000000"}}]}
        """;
}
