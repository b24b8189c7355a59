using Microsoft.Playwright;
using Portal.Tests.Browser;

namespace Portal.Tests.Journeys;

/// <summary>A customer changes its plan by itself, and an operator agrees on terms: the money is shown first.</summary>
[Collection(BrowserTests.Name)]
public sealed class PlanTests(RunningPortal portal, Chromium chromium)
{
    [Fact]
    public async Task An_owner_sees_what_a_plan_would_cost_before_it_is_changed_and_is_invoiced_that()
    {
        await Given.Catalog(portal.Api);
        await Plan("hobby", "Hobby", "10");
        await Plan("studio", "Studio", "90");
        var owner = await Given.Customer(portal.Api, "planner", "Planner Ltd");
        await portal.Api.Put("/v1/customers/planner/subscription", """{"rateCard":"hobby"}""");
        await using var visitor = await chromium.Visit(portal);
        await visitor.SignIn(owner);
        await visitor.Open("/pricing");
        await visitor.Page.GetByRole(AriaRole.Link, new() { Name = "See what Studio would cost" }).ClickAsync();
        var due = await visitor.Page.Locator("[data-figure=due-now]").TextContentAsync();
        Assert.Equal("hobby", (await portal.Api.Get("/v1/customers/planner/subscription"))["rateCard"]!.GetValue<string>());

        await visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Change to Studio…" }).ClickAsync();
        await visitor.Page.GetByRole(AriaRole.Button, new() { Name = $"Change and be invoiced {due}" }).ClickAsync();
        await Assertions.Expect(visitor.Page.GetByText("The plan is changed.")).ToBeVisibleAsync();
        Assert.Equal("studio", (await portal.Api.Get("/v1/customers/planner/subscription"))["rateCard"]!.GetValue<string>());
        Assert.Empty(visitor.Errors);
    }

    [Fact]
    public async Task An_operator_agrees_on_a_discount_and_a_commitment_and_sees_the_money_first()
    {
        await Given.Customer(portal.Api, "agreed", "Agreed Ltd");
        await using var visitor = await chromium.Visit(portal);
        await visitor.SignIn(OperatorApi.AdminEmail);
        await visitor.Open("/admin/customers/agreed/subscription");
        var page = visitor.Page;
        await page.Locator("#commitment").FillAsync("500");
        await page.Locator("#commitment").BlurAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Add discount" }).ClickAsync();
        await page.Locator("#discount-0").FillAsync("20");
        await page.Locator("#discount-0").BlurAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Show the money" }).ClickAsync();
        await Assertions.Expect(page.Locator("[data-figure=next-total]")).ToHaveTextAsync(new System.Text.RegularExpressions.Regex("\\$"));
        await page.GetByRole(AriaRole.Button, new() { Name = "Change subscription" }).ClickAsync();
        await Assertions.Expect(page.GetByText("Commitment: at least $500.00 a month")).ToBeVisibleAsync();

        var stored = await portal.Api.Get("/v1/customers/agreed/subscription");
        Assert.Equal(("500", "20"), (stored["commitment"]!["amount"]!.GetValue<string>(), stored["discounts"]![0]!["percent"]!.GetValue<string>()));
        Assert.Empty(visitor.Errors);
    }

    [Fact]
    public async Task An_operator_gives_a_customer_a_price_of_its_own_and_sees_the_money_first()
    {
        await Given.Catalog(portal.Api);
        await Plan("listed", "Listed", "10", """{"key":"tokens","name":"Tokens","meter":"input-tokens","rate":{"model":"per_unit","amount":"2","per":"1000000"} }""");
        await portal.Api.Put("/v1/customers/bargain", """{"name":"Bargain Ltd","email":"billing@bargain.example","currency":"USD","timeZone":"UTC"}""");
        await portal.Api.Put("/v1/customers/bargain/subscription", """
            {"rateCard":"listed","overrides":[{"key":"tokens","name":"Tokens","meter":"input-tokens","rate":{"model":"per_unit","amount":"1.50","per":"1000000"} }]}
            """);
        var before = (await portal.Api.Get("/v1/customers/bargain/subscription"))["overrides"]![0]!.ToJsonString();
        await using var visitor = await chromium.Visit(portal);
        await visitor.SignIn(OperatorApi.AdminEmail);
        await visitor.Open("/admin/customers/bargain/subscription");
        var page = visitor.Page;
        var amount = page.GetByLabel("Amount, Base fee");
        var show = page.GetByRole(AriaRole.Button, new() { Name = "Show the money" });
        await page.GetByRole(AriaRole.Button, new() { Name = "Give an own price, Base fee" }).ClickAsync();
        await Assertions.Expect(amount).ToHaveValueAsync("10");
        await amount.FillAsync("ninety");
        await Assertions.Expect(page.GetByText("Not a number: write it like 1250.50.")).ToBeVisibleAsync();
        await show.ClickAsync();
        await Assertions.Expect(page.GetByText("One field cannot be taken as it is.")).ToBeVisibleAsync();
        await Assertions.Expect(page.Locator("[data-part=change-money]")).ToHaveCountAsync(0);

        await amount.FillAsync("90");
        await show.ClickAsync();
        await Assertions.Expect(page.Locator("[data-figure=next-total] .amount")).ToHaveTextAsync("$90.00");
        await Assertions.Expect(page.Locator("[data-part=change-money]")).ToContainTextAsync("$10.00");
        Assert.Single((await portal.Api.Get("/v1/customers/bargain/subscription"))["overrides"]!.AsArray());
        await page.GetByRole(AriaRole.Button, new() { Name = "Change subscription" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Bargain Ltd", Exact = true })).ToBeVisibleAsync();

        var stored = (await portal.Api.Get("/v1/customers/bargain/subscription"))["overrides"]!.AsArray();
        Assert.Equal(before, stored[0]!.ToJsonString());
        Assert.Equal(("base", "90"), (stored[1]!["key"]!.GetValue<string>(), stored[1]!["rate"]!["amount"]!.GetValue<string>()));
        await portal.Api.Events(Given.Tokens("bargain", "bargain-1", 2_000_000));
        var spend = await portal.Api.Get("/v1/customers/bargain/spend");
        Assert.Contains("3.00", spend["lines"]!.AsArray().Select(line => line!["amount"]!.GetValue<string>()));
        Assert.Empty(visitor.Errors);
    }

    private async Task Plan(string key, string name, string fee, params string[] more)
    {
        await portal.Api.Put($"/v1/rate-cards/{key}", $$"""
            {"name":"{{name}}","currency":"USD","interval":"month","selfService":true,"prices":[
            {"key":"base","name":"Base fee","recurring":"advance","rate":{"model":"flat","amount":"{{fee}}"} }{{string.Concat(more.Select(price => "," + price))}}]}
            """);
        await portal.Api.Post($"/v1/rate-cards/{key}/publish", "{}");
    }
}
