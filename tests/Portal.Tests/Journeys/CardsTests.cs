using Microsoft.Playwright;
using Portal.Tests.Browser;

namespace Portal.Tests.Journeys;

/// <summary>What a customer's people do about their cards: save one and a backup, pay, let them change places, remove one.</summary>
[Collection(BrowserTests.Name)]
public sealed class CardsTests(RunningPortal portal, Chromium chromium)
{
    [Fact]
    public async Task A_backup_card_pays_what_the_default_one_declines_then_they_change_places_and_one_is_removed()
    {
        var owner = await Given.Customer(portal.Api, "payer", "Payer Ltd");
        var number = (await portal.Api.Post("/v1/customers/payer/invoices", """{"lines":[{"description":"Onboarding","amount":"250.00"}]}"""))["number"]!.GetValue<string>();
        await using var visitor = await chromium.Visit(portal);
        await visitor.SignIn(owner);
        await visitor.Open("/payment");
        await Save(visitor.Page, "Save a card…", "Is declined", "Save card");
        await Expect(visitor.Page, "Invoices are charged to the Visa ending in 0002.");
        await Save(visitor.Page, "Save a backup…", "Pays", "Save backup card");
        await Expect(visitor.Page, "Where it is declined, the Visa ending in 4242 is charged at once.");

        await Press(visitor.Page, $"Pay {number}…", "Pay $250.00 now");
        await Expect(visitor.Page, "All invoices are settled.");
        await Press(visitor.Page, "Make it the default…", "Make it the default");
        await Expect(visitor.Page, "Invoices are charged to the Visa ending in 4242.");
        await visitor.Page.GetByRole(AriaRole.Listitem).Filter(new() { HasText = "ending in 0002" }).GetByRole(AriaRole.Button, new() { Name = "Remove…" }).ClickAsync();
        await Expect(visitor.Page, "Where the Visa ending in 4242 is declined, nothing else is charged at once any more");
        await visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Remove card" }).ClickAsync();
        await Expect(visitor.Page, "No backup");
        await Assertions.Expect(visitor.Page.GetByText("ending in 0002")).ToHaveCountAsync(0);

        await visitor.Open($"/invoices/{number}");
        await Expect(visitor.Page, "Visa ending in 4242, backup");
        Assert.Empty(visitor.Errors);
    }

    [Fact]
    public async Task The_last_card_is_not_removed_while_an_automatic_top_up_needs_it_and_the_page_says_what_to_do()
    {
        var owner = await Given.Customer(portal.Api, "keeper", "Keeper Ltd");
        await portal.Api.Put("/v1/customers/keeper/payment-method", """{"card":"4242424242424242"}""");
        await portal.Api.Post("/v1/customers/keeper/credits", """{"amount":"100","kind":"prepaid"}""");
        await portal.Api.Put("/v1/customers/keeper/auto-topup", """{"below":"1","amount":"10","monthlyMax":"20"}""");
        await using var visitor = await chromium.Visit(portal);
        await visitor.SignIn(owner);
        await visitor.Open("/payment");
        await Press(visitor.Page, "Remove…", "Remove card");

        await Expect(visitor.Page, "The Visa ending in 4242 is the only card, and credits are bought with it by themselves. Remove the automatic top-up, or save another card first.");
        Assert.Single((await portal.Api.Get("/v1/customers/keeper/payment-methods"))["items"]!.AsArray());
    }

    private static async Task Save(IPage page, string open, string card, string confirm)
    {
        await page.GetByRole(AriaRole.Button, new() { Name = open, Exact = true }).ClickAsync();
        await page.Locator("label.choice").Filter(new() { HasText = card }).First.ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = confirm, Exact = true }).ClickAsync();
    }

    private static async Task Press(IPage page, string open, string confirm)
    {
        await page.GetByRole(AriaRole.Button, new() { Name = open, Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = confirm, Exact = true }).ClickAsync();
    }

    private static Task Expect(IPage page, string text) => Assertions.Expect(page.GetByText(text).First).ToBeVisibleAsync();
}
