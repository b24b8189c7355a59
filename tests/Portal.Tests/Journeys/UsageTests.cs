using System.Globalization;
using Microsoft.Playwright;
using Portal.Tests.Browser;

namespace Portal.Tests.Journeys;

/// <summary>From a column of the usage chart down to one event, and out as a file.</summary>
[Collection(BrowserTests.Name)]
public sealed class UsageTests(RunningPortal portal, Chromium chromium)
{
    [Fact]
    public async Task A_day_opens_into_its_hours_an_hour_into_its_events_and_an_event_is_found_by_its_id()
    {
        var owner = await Given.Customer(portal.Api, "explorer", "Explorer Ltd");
        await portal.Api.Events(Given.Tokens("explorer", "first-event", 1_200), Given.Tokens("explorer", "second-event", 34));
        await using var visitor = await chromium.Visit(portal);
        await visitor.SignIn(owner);

        await visitor.Open("/usage?meter=input-tokens&compare=true&window=day");
        await Assertions.Expect(visitor.Page.Locator(".big")).ToContainTextAsync("1,234 tokens");
        await visitor.Page.Locator("section[aria-labelledby=windows] tbody a").First.ClickAsync();
        await Assertions.Expect(visitor.Page.Locator("#windows")).ToHaveTextAsync("Hour by hour");
        await visitor.Page.Locator("section[aria-labelledby=windows] tbody a").First.ClickAsync();
        await Assertions.Expect(visitor.Page.Locator("tbody tr")).ToHaveCountAsync(2);

        await visitor.Open("/events?id=second-event&from=2020-01-01T00:00&to=2020-01-02T00:00");
        await Assertions.Expect(visitor.Page.Locator("tbody tr")).ToHaveCountAsync(1);
        await visitor.Page.Locator("tbody summary").ClickAsync();
        await Assertions.Expect(visitor.Page.Locator("tbody pre")).ToContainTextAsync("\"id\": \"second-event\"");

        // The chart's columns lead to the same place as the links below it.
        await visitor.Open("/usage?meter=input-tokens&window=day");
        await visitor.Page.Locator("g.opens").Last.ClickAsync();
        await Assertions.Expect(visitor.Page.Locator("#windows")).ToHaveTextAsync("Hour by hour");
        Assert.Empty(visitor.Errors);
    }

    [Fact]
    public async Task Usage_is_counted_anew_by_a_button_that_says_how_it_went()
    {
        await Given.Customer(portal.Api, "recounted", "Recounted Ltd");
        await portal.Api.Events(Given.Tokens("recounted", "one", 5), Given.Tokens("recounted", "two", 7));
        await using var visitor = await chromium.Visit(portal);
        await visitor.SignIn(OperatorApi.AdminEmail);
        await visitor.Open("/admin/customers/recounted");
        await visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Count usage anew…" }).ClickAsync();
        await visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Count anew now" }).ClickAsync();
        await Assertions.Expect(visitor.Page.GetByText("eing counted anew since").Or(visitor.Page.GetByText("and every figure was right")).First).ToBeVisibleAsync();
        await Assertions.Expect(visitor.Page.GetByText("and every figure was right")).ToBeVisibleAsync(new() { Timeout = 30_000 });
        Assert.Empty(visitor.Errors);
    }

    [Fact]
    public async Task Files_hold_numbers_times_with_an_offset_and_no_formulas_and_only_ones_own()
    {
        var owner = await Given.Customer(portal.Api, "filer", "Filer Ltd");
        await portal.Api.Events(new { id = "=1+1", customer = "filer", type = "llm.completion", properties = new { model = "@large", input_tokens = 12, output_tokens = 3 } });
        await using var visitor = await chromium.Visit(portal);
        await visitor.SignIn(owner);

        var usage = await Lines("/usage.csv?meter=input-tokens&window=day");
        Assert.Equal("start,end,meter,model,quantity,unit,events", usage[0]);
        var cells = usage[1].Split(',');
        Assert.Equal(["input-tokens", "'@large", "12", "token", "1"], cells[2..]);
        Assert.True(DateTimeOffset.TryParseExact(cells[0], "yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture, DateTimeStyles.None, out _), cells[0]);

        var events = await Lines("/events.csv");
        Assert.Equal("time,received,id,type,quantity,billable,takenBack,invoiceLine,properties", events[0]);
        Assert.Contains(",'=1+1,llm.completion,,true,,,", events[1], StringComparison.Ordinal);

        await Given.Customer(portal.Api, "neighbour", "Neighbour Ltd");
        Assert.Equal(404, (await visitor.Page.Context.APIRequest.GetAsync("/events.csv?customer=neighbour")).Status);
        Assert.Equal(404, (await visitor.Page.Context.APIRequest.GetAsync("/usage.csv?customer=nobody")).Status);

        async Task<string[]> Lines(string address)
        {
            var answer = await visitor.Page.Context.APIRequest.GetAsync(address);
            Assert.Equal((200, "text/csv; charset=utf-8"), (answer.Status, answer.Headers["content-type"]));
            return (await answer.TextAsync()).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        }
    }
}
