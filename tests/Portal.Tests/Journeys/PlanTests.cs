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

    private async Task Plan(string key, string name, string fee)
    {
        await portal.Api.Put($"/v1/rate-cards/{key}", $$"""
            {"name":"{{name}}","currency":"USD","interval":"month","selfService":true,"prices":[
            {"key":"base","name":"Base fee","recurring":"advance","rate":{"model":"flat","amount":"{{fee}}"} }]}
            """);
        await portal.Api.Post($"/v1/rate-cards/{key}/publish", "{}");
    }
}
