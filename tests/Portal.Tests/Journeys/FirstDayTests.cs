using Microsoft.Playwright;
using Portal.Tests.Browser;

namespace Portal.Tests.Journeys;

/// <summary>An administrator who has never seen it: from nothing to the first dollar, without an engineer.</summary>
[Collection(BrowserTests.Name)]
public sealed class FirstDayTests(RunningPortal portal, Chromium chromium)
{
    [Fact]
    public async Task A_meter_a_card_and_a_customer_are_made_on_the_pages_and_its_first_event_shows_as_money()
    {
        await Given.Catalog(portal.Api);
        await using var visitor = await chromium.Visit(portal);
        await visitor.SignIn(OperatorApi.AdminEmail);
        var page = visitor.Page;

        await visitor.Open("/admin/meters");
        await page.GetByRole(AriaRole.Link, new() { Name = "New meter" }).ClickAsync();
        await MakeMeter(visitor, "Speech minutes", "speech.transcribed", "minutes", "minute");
        await Assertions.Expect(page.GetByText("the sum of minutes of speech.transcribed events")).ToBeVisibleAsync();

        await visitor.Open("/admin/rate-cards");
        await page.GetByRole(AriaRole.Link, new() { Name = "New rate card" }).ClickAsync();
        await visitor.Settle();
        await Fill(page.GetByLabel("Name"), "Speech plan");
        await page.GetByRole(AriaRole.Button, new() { Name = "Create draft" }).ClickAsync();
        await PriceAndPublish(page);

        await visitor.Open("/admin/customers");
        await page.GetByRole(AriaRole.Link, new() { Name = "New customer" }).ClickAsync();
        await visitor.Settle();
        await Fill(page.GetByLabel("Name"), "Newcomer Ltd");
        await Fill(page.GetByLabel("E-mail"), "billing@newcomer.example");
        await page.GetByLabel("Rate card", new() { Exact = true }).SelectOptionAsync("speech-plan");
        await page.GetByRole(AriaRole.Button, new() { Name = "Create customer" }).ClickAsync();
        await Assertions.Expect(page.Locator("[data-figure=subtotal]")).ToHaveTextAsync("$0.00");

        await portal.Api.Events(new { id = "speech-1", customer = "newcomer-ltd", type = "speech.transcribed", properties = new { minutes = 123 } });
        await Assertions.Expect(page.Locator("[data-figure=subtotal]")).ToHaveTextAsync("$12.30");
        Assert.Empty(visitor.Errors);
    }

    [Fact]
    public async Task Events_of_an_unknown_type_wait_for_their_meter_and_are_counted_then()
    {
        await Given.Customer(portal.Api, "early", "Early Bird Inc");
        await portal.Api.Events(
            Given.Tokens("early", "known", 10),
            new { id = "unknown-1", customer = "early", type = "video.rendered", properties = new { seconds = 40, codec = "av1" } },
            new { id = "unknown-2", customer = "early", type = "video.rendered", properties = new { seconds = 2, codec = "av1" } });
        await using var visitor = await chromium.Visit(portal);
        await visitor.SignIn(OperatorApi.AdminEmail);
        var page = visitor.Page;

        await visitor.Open("/admin/meters");
        var waiting = page.GetByRole(AriaRole.Row).Filter(new() { HasText = "video.rendered" });
        await waiting.GetByRole(AriaRole.Link, new() { Name = "Make a meter" }).ClickAsync();
        await MakeMeter(visitor, "Video", null, "seconds", "second");

        await waiting.GetByRole(AriaRole.Button, new() { Name = "Count them" }).ClickAsync();
        await Assertions.Expect(page.GetByText("2 events of video.rendered counted.")).ToBeVisibleAsync();
        var usage = await portal.Api.Get("/v1/customers/early/usage?meter=video&from=2026-02-01T00:00:00Z&to=2026-12-01T00:00:00Z&window=month");
        Assert.Equal("42", usage["items"]!.AsArray().Single()!["quantity"]!.GetValue<string>());
        Assert.Empty(visitor.Errors);
    }

    private static async Task MakeMeter(Visitor visitor, string name, string? eventType, string value, string unit)
    {
        await visitor.Settle();
        var page = visitor.Page;
        await Fill(page.GetByLabel("Name"), name);
        if (eventType is not null)
        {
            await Fill(page.GetByLabel("Event type"), eventType);
        }

        await Fill(page.GetByLabel("Value", new() { Exact = true }), value);
        await Fill(page.GetByLabel("Unit"), unit);
        await page.GetByRole(AriaRole.Button, new() { Name = "Create meter" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Link, new() { Name = name })).ToBeVisibleAsync();
    }

    private static async Task PriceAndPublish(IPage page)
    {
        await page.GetByRole(AriaRole.Button, new() { Name = "Add the first price" }).ClickAsync();
        await page.GetByLabel("Price name").FillAsync("Speech");
        await page.GetByLabel("Meter, Speech").SelectOptionAsync("speech-minutes");

        // A comma is no point: said at the cell, with the button that would publish it closed.
        var publish = page.GetByRole(AriaRole.Button, new() { Name = "Publish…" });
        await page.GetByLabel("Amount, Speech").FillAsync("0,10");
        await Assertions.Expect(page.GetByText("Not a number: write it like 1250.50.")).ToBeVisibleAsync();
        await Assertions.Expect(publish).ToBeDisabledAsync();

        await page.GetByLabel("Amount, Speech").FillAsync("0.10");
        await publish.ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Publish version 1 now" }).ClickAsync();
        await Assertions.Expect(page.GetByText("Version 1 is published")).ToBeVisibleAsync();
    }

    // A field tells what stands in it when the person leaves it.
    private static async Task Fill(ILocator field, string text)
    {
        await field.FillAsync(text);
        await field.BlurAsync();
    }
}
