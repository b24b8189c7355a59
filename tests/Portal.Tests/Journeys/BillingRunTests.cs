using System.Globalization;
using Microsoft.Playwright;
using Portal.Tests.Browser;

namespace Portal.Tests.Journeys;

/// <summary>An operator sees what billing will do, chooses drafts and issues them: over what was said before.</summary>
[Collection(BrowserTests.Name)]
public sealed class BillingRunTests(RunningPortal portal, Chromium chromium)
{
    [Fact]
    public async Task What_is_previewed_is_what_is_confirmed_and_what_is_issued()
    {
        await Given.Customer(portal.Api, "batched", "Batched Ltd");
        await portal.Api.Post("/v1/customers/batched/credits", """{"amount":"3.50","kind":"promotional"}""");
        await portal.Api.Events(Given.Tokens("batched", "batch-1", 5_000_000));
        var spend = await portal.Api.Get("/v1/customers/batched/spend");
        var end = DateTimeOffset.Parse(spend["period"]!["end"]!.GetValue<string>(), CultureInfo.InvariantCulture);
        await portal.Api.MoveClock(end.AddMinutes(10));
        await using var visitor = await chromium.Visit(portal);
        await visitor.SignIn(OperatorApi.AdminEmail);

        // 4 million tokens at $2.50 a million, less the credits.
        await visitor.Open("/admin/billing-preview?ahead=now");
        var row = visitor.Page.GetByRole(AriaRole.Row).Filter(new() { HasText = "Batched Ltd" });
        await Assertions.Expect(row).ToContainTextAsync("Waits for late events");
        await Assertions.Expect(row).ToContainTextAsync("$6.50");
        var file = await (await visitor.Page.Context.APIRequest.GetAsync("/admin/billing-preview.csv?ahead=now")).TextAsync();
        Assert.Contains("batched,Batched Ltd,period,grace,", file, StringComparison.Ordinal);
        Assert.Contains(",USD,10.00,3.50,0.00,6.50,", file, StringComparison.Ordinal);

        await visitor.Open("/admin/invoices?customer=batched&status=draft");
        await visitor.Page.GetByLabel("Choose Draft invoice of Batched Ltd").CheckAsync();
        await visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Finalize now…" }).ClickAsync();
        await visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Issue and mail 1 invoice, $6.50" }).ClickAsync();
        await Assertions.Expect(visitor.Page.GetByText("1 invoice issued, $6.50: INV-")).ToBeVisibleAsync();

        var issued = (await portal.Api.Get("/v1/invoices?customer=batched"))["items"]![0]!;
        Assert.Equal(("finalized", "6.50"), (issued["status"]!.GetValue<string>(), issued["total"]!.GetValue<string>()));
        Assert.Empty(visitor.Errors);
    }
}
