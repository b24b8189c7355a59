using System.Diagnostics;
using System.Globalization;
using Microsoft.Playwright;
using Portal.Tests.Browser;
using Xunit.Abstractions;

namespace Portal.Tests.Journeys;

/// <summary>What a customer's people see without touching anything.</summary>
[Collection(BrowserTests.Name)]
public sealed class LiveTests(RunningPortal portal, Chromium chromium, ITestOutputHelper output)
{
    private const string Usage = "[data-figure=usage] .amount";

    [Fact]
    public async Task Signing_in_leads_to_the_overview()
    {
        var owner = await Given.Customer(portal.Api, "arrival", "Arrival Ltd");
        await using var visitor = await chromium.Visit(portal);
        await visitor.SignIn(owner);
        await visitor.Settle();

        Assert.Equal("/overview", new Uri(visitor.Page.Url).AbsolutePath);
        Assert.Equal("Overview", await visitor.Page.Locator("h1").InnerTextAsync());
    }

    [Fact]
    public async Task An_event_moves_the_bar_in_an_open_browser_by_itself()
    {
        var owner = await Given.Customer(portal.Api, "mover", "Mover Ltd");
        await portal.Api.Put("/v1/customers/mover/limit", """{"amount":"100.00","kind":"hard"}""");
        await using var visitor = await chromium.Visit(portal);
        await visitor.SignIn(owner);
        await visitor.Open("/overview");
        Assert.Equal("$0.00", await visitor.Page.Locator(Usage).InnerTextAsync());

        var times = new List<long>();
        for (var n = 1; n <= 10; n++)
        {
            // The first million is included; each event after it adds $2.50.
            var shown = (2.5m * (n - 1)).ToString("$0.00", CultureInfo.InvariantCulture);
            await portal.Api.Events(Given.Tokens("mover", $"move-{n}", 1_000_000));
            var watch = Stopwatch.StartNew();
            await Assertions.Expect(visitor.Page.Locator(Usage)).ToHaveTextAsync(shown, new() { Timeout = 10_000 });
            times.Add(watch.ElapsedMilliseconds);
        }

        times.Sort();
        output.WriteLine($"acknowledged event → figure on the screen, ms: {string.Join(", ", times)}; median {times[times.Count / 2]}, most {times[^1]}");
        Assert.Equal("22.5", await visitor.Page.GetByRole(AriaRole.Meter, new() { Name = "Usage against the cap" }).GetAttributeAsync("aria-valuenow"));
        Assert.Empty(visitor.Errors);
    }

    [Fact]
    public async Task The_first_event_turns_the_instructions_into_figures()
    {
        var owner = await Given.Customer(portal.Api, "newcomer", "Newcomer Ltd");
        await using var visitor = await chromium.Visit(portal);
        await visitor.SignIn(owner);
        await visitor.Open("/overview");
        await Assertions.Expect(visitor.Page.GetByText("Waiting for the first event")).ToBeVisibleAsync();

        // The command on the page, sent as it stands, is what is counted.
        var command = await visitor.Page.Locator("pre code").InnerTextAsync();
        await portal.Api.Post("/v1/events", command[(command.IndexOf("-d '", StringComparison.Ordinal) + 4)..command.LastIndexOf('\'')]);

        await Assertions.Expect(visitor.Page.GetByText("Waiting for the first event")).ToBeHiddenAsync(new() { Timeout = 10_000 });
        await Assertions.Expect(visitor.Page.GetByText("1 token").First).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Paused_figures_stand_still_until_they_go_on()
    {
        var owner = await Given.Customer(portal.Api, "stills", "Stills Ltd");
        await using var visitor = await chromium.Visit(portal);
        await visitor.SignIn(owner);
        await visitor.Open("/overview");
        await visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Pause", Exact = true }).ClickAsync();
        await Assertions.Expect(visitor.Page.GetByText("Paused. The figures stand still here")).ToBeVisibleAsync();

        await using var other = await chromium.Visit(portal);
        await other.SignIn(owner);
        await other.Open("/overview");
        await portal.Api.Events(Given.Tokens("stills", "still-1", 3_000_000));
        await Assertions.Expect(other.Page.Locator(Usage)).ToHaveTextAsync("$5.00", new() { Timeout = 10_000 });

        Assert.Equal("$0.00", await visitor.Page.Locator(Usage).InnerTextAsync());
        await visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Go on", Exact = true }).ClickAsync();
        await Assertions.Expect(visitor.Page.Locator(Usage)).ToHaveTextAsync("$5.00");
    }
}
