using System.Diagnostics;
using Microsoft.Playwright;
using Portal.Tests.Browser;
using Xunit.Abstractions;

namespace Portal.Tests.Journeys;

/// <summary>What a customer's people do about their cap, and who may.</summary>
[Collection(BrowserTests.Name)]
public sealed class CapTests(RunningPortal portal, Chromium chromium, ITestOutputHelper output)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task A_cap_that_is_set_on_the_page_holds_and_a_raised_one_opens_access()
    {
        var owner = await Given.Customer(portal.Api, "capper", "Capper Ltd");
        await using var visitor = await chromium.Visit(portal);
        await visitor.SignIn(owner);
        await visitor.Open("/limits");

        await Set(visitor.Page, "Set cap…", "10", "Set the cap to $10.00");
        Assert.True((await portal.Api.Get("/v1/customers/capper/access"))["allowed"]!.GetValue<bool>());

        await portal.Api.Events(Given.Tokens("capper", "cross-1", 5_000_000));
        output.WriteLine($"acknowledged event beyond the cap → access refused, ms: {await Until("capper", allowed: false)}");
        await Assertions.Expect(visitor.Page.GetByText("Your cap of $10.00 is reached.")).ToBeVisibleAsync();

        await Set(visitor.Page, "Change cap…", "25.50", "Set the cap to $25.50");
        output.WriteLine($"cap raised on the page → access open, ms: {await Until("capper", allowed: true)}");
        await Assertions.Expect(visitor.Page.GetByText("39 % of your cap is used.")).ToBeVisibleAsync();
        Assert.Empty(visitor.Errors);
    }

    [Fact]
    public async Task A_cap_below_what_is_used_says_that_it_blocks_before_it_does()
    {
        var owner = await Given.Customer(portal.Api, "lower", "Lower Ltd");
        await portal.Api.Events(Given.Tokens("lower", "low-1", 5_000_000));
        await using var visitor = await chromium.Visit(portal);
        await visitor.SignIn(owner);
        await visitor.Open("/limits");
        await visitor.Page.Locator("#cap-amount").FillAsync("4");
        await visitor.Page.Locator("#cap-amount").BlurAsync();
        await visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Set cap…" }).ClickAsync();
        await Assertions.Expect(visitor.Page.GetByText("This blocks usage now: $10.00 is used, and usage stops at $4.00.")).ToBeVisibleAsync();
        Assert.True((await portal.Api.Get("/v1/customers/lower/access"))["allowed"]!.GetValue<bool>());

        await visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Set the cap to $4.00 and block usage" }).ClickAsync();
        await Until("lower", allowed: false);
    }

    [Fact]
    public async Task Raising_a_cap_above_a_thousand_asks_for_the_password_again()
    {
        var owner = await Given.Customer(portal.Api, "raiser", "Raiser Ltd");
        await portal.Api.Put("/v1/customers/raiser/limit", """{"amount":"50"}""");
        await using var visitor = await chromium.Visit(portal);
        await visitor.SignIn(owner);
        await visitor.Open("/limits");
        await visitor.Page.Locator("#cap-amount").FillAsync("5000");
        await visitor.Page.Locator("#cap-amount").BlurAsync();
        await visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Change cap…" }).ClickAsync();
        await visitor.Page.Locator("#cap-password").FillAsync("a guess");
        await visitor.Page.Locator("#cap-password").BlurAsync();
        await visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Set the cap to $5,000.00" }).ClickAsync();
        await Assertions.Expect(visitor.Page.GetByText("This is not your password. Nothing was changed.")).ToBeVisibleAsync();

        await visitor.Page.Locator("#cap-password").FillAsync(OperatorApi.Password);
        await visitor.Page.Locator("#cap-password").BlurAsync();
        await visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Set the cap to $5,000.00" }).ClickAsync();
        await Assertions.Expect(visitor.Page.GetByText("The cap is $5,000.00 now.")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task A_limit_on_a_part_says_that_it_stops_it_before_it_does_and_leaves_the_rest_open()
    {
        var owner = await Given.Customer(portal.Api, "parts", "Parts Ltd");
        await portal.Api.Events(Given.Tokens("parts", "part-1", 5_000_000));
        await using var visitor = await chromium.Visit(portal);
        await visitor.SignIn(owner);
        await visitor.Open("/limits");
        await visitor.Page.Locator("#part-most").FillAsync("4");
        await visitor.Page.Locator("#part-most").BlurAsync();
        await visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Set limit…" }).ClickAsync();
        await Assertions.Expect(visitor.Page.GetByText("$10.00 is used in this period, and it stops at $4.00.")).ToBeVisibleAsync();
        await visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Set it and stop this part now" }).ClickAsync();

        await Assertions.Expect(visitor.Page.GetByText("Stopped at $4.00, until the period ends or the limit is raised")).ToBeVisibleAsync();
        await Assertions.Expect(visitor.Page.GetByText("$6.00 above it, not billed")).ToBeVisibleAsync();
        Assert.True((await portal.Api.Get("/v1/customers/parts/access"))["allowed"]!.GetValue<bool>());
        var limit = (await portal.Api.Get("/v1/customers/parts/limits"))["items"]![0]!;
        Assert.False((await portal.Api.Get($"/v1/customers/parts/access?meter={limit["meter"]}"))["allowed"]!.GetValue<bool>());
        Assert.Empty(visitor.Errors);
    }

    [Fact]
    public async Task Whoever_is_demoted_in_an_open_page_loses_the_right_with_the_next_action()
    {
        await Given.Customer(portal.Api, "demoted", "Demoted Ltd");
        var email = await Given.Member(portal.Api, "demoted", "bill@demoted.example", "billing");
        await using var visitor = await chromium.Visit(portal);
        await visitor.SignIn(email);
        await visitor.Open("/limits");
        await visitor.Page.Locator("#cap-amount").FillAsync("10");
        await visitor.Page.Locator("#cap-amount").BlurAsync();
        await visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Set cap…" }).ClickAsync();

        var members = await portal.Api.Get("/v1/customers/demoted/members");
        var id = members["items"]!.AsArray().Single(member => member!["email"]!.GetValue<string>() == email)!["id"]!.GetValue<string>();
        await portal.Api.Put($"/v1/customers/demoted/members/{id}", """{"role":"viewer"}""");
        await visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Set the cap to $10.00" }).ClickAsync();

        await Assertions.Expect(visitor.Page.GetByText("Your role does not allow this (changing limits).")).ToBeVisibleAsync();
        Assert.Null((await portal.Api.Get("/v1/customers/demoted/access"))["limit"]);
    }

    [Fact]
    public async Task A_pause_on_the_page_stops_access_and_resuming_opens_it()
    {
        var owner = await Given.Customer(portal.Api, "pauser", "Pauser Ltd");
        await using var visitor = await chromium.Visit(portal);
        await visitor.SignIn(owner);
        await visitor.Open("/limits");
        await visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Pause now…" }).ClickAsync();
        await visitor.Page.Locator("#pause-reason").FillAsync("A loop in the importer");
        await visitor.Page.Locator("#pause-reason").BlurAsync();
        await visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Pause and refuse all requests" }).ClickAsync();
        await Until("pauser", allowed: false);
        await Assertions.Expect(visitor.Page.GetByText($"{owner} has paused access.")).ToBeVisibleAsync();

        await visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Resume…" }).ClickAsync();
        await visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Resume access" }).ClickAsync();
        await Until("pauser", allowed: true);
    }

    private static async Task Set(IPage page, string open, string amount, string confirm)
    {
        await page.Locator("#cap-amount").FillAsync(amount);
        await page.Locator("#cap-amount").BlurAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = open }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = confirm }).ClickAsync();
        await Assertions.Expect(page.GetByText("Done.")).ToBeVisibleAsync();
    }

    /// <summary>Asks until access is as expected; the milliseconds that it took.</summary>
    private async Task<long> Until(string customer, bool allowed)
    {
        var watch = Stopwatch.StartNew();
        while ((await portal.Api.Get($"/v1/customers/{customer}/access"))["allowed"]!.GetValue<bool>() != allowed)
        {
            Assert.True(watch.Elapsed < s_patience, $"Access of {customer} was not {(allowed ? "open" : "refused")} within {s_patience.TotalSeconds:0} s.");
            await Task.Delay(20);
        }

        return watch.ElapsedMilliseconds;
    }
}
