using System.Globalization;
using System.Text.Json;
using Portal.Domain.Accounts;
using Portal.Domain.Invoicing;
using Portal.Domain.Metering;
using Portal.Domain.Storage;
using Portal.Domain.Values;
using static Portal.Domain.Tests.Invoicing.BillingSystem;

namespace Portal.Domain.Tests.Invoicing;

/// <summary>What usage cost over time comes to what was billed, whatever the prices and however time is cut: a failure names its seed.</summary>
public sealed class CostReaderTests
{
    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 6)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Windows_of_a_period_cost_what_its_charges_come_to_before_rounding(int seed)
    {
        var random = new Random(seed);
        await using var system = await Start("2026-02-01T00:00:00Z");
        var customer = await system.Subscribe(OneFigureTests.Card(random));
        system.MoveTo("2026-02-24T00:00:00Z");
        for (var n = random.Next(10, 40); n > 0; n--)
        {
            var time = string.Create(CultureInfo.InvariantCulture, $"2026-02-{random.Next(1, 24):00}T{random.Next(24):00}:{random.Next(60):00}:00Z");
            await system.Use(customer, random.Next(0, 2_000) / 100m, time, new[] { "large", "small", "tiny", "unlisted" }[random.Next(4)]);
        }

        await system.WalkTo("2026-03-02T00:00:00Z");
        var entry = system.Get<Register>().Now.ByKey[customer.Key];
        var period = new Period(Instant("2026-02-01T00:00:00Z"), Instant("2026-03-01T00:00:00Z"));
        var spend = await system.Get<SpendReader>().Of(entry, entry.Subscription!, period, default);
        foreach (var meter in spend.Charges.Where(charge => charge.Meter is not null).Select(charge => charge.Meter!).DistinctBy(meter => meter.Id))
        {
            foreach (var window in new[] { TimeWindow.Day, TimeWindow.Month })
            {
                var costs = await system.Get<CostReader>().Read(Actor.System, customer.Key, meter, [.. window.Covering(period, TimeZones.Find("UTC")!)], default);

                if (costs.Count == 0)
                {
                    // What an event's own value decides has no cost over time.
                    Assert.Contains(spend.Charges, charge => charge.Meter?.Id == meter.Id && charge.Price.Terms.AskForEachValue);
                    continue;
                }

                foreach (var price in spend.Charges.Where(charge => charge.Meter?.Id == meter.Id).GroupBy(charge => charge.Price.Key))
                {
                    Assert.Equal(price.Sum(charge => charge.Exact), costs.Single(cost => cost.PriceKey == price.Key).Costs.Sum());
                    Assert.Equal(price.Sum(charge => charge.Included), costs.Single(cost => cost.PriceKey == price.Key).Included.Sum());
                }
            }
        }
    }

    [Fact]
    public async Task The_last_days_add_up_all_prices_over_the_border_of_a_period_in_the_customers_zone()
    {
        await using var system = await Start("2026-01-20T00:00:00Z");
        var customer = await system.Subscribe([PerToken("3", "large", 0, ("model", "large")), PerToken("2")], zone: "America/New_York");
        system.MoveTo("2026-02-03T12:00:00Z");
        await system.Use(customer, 1, "2026-01-31T12:00:00Z");
        await system.Use(customer, 2, "2026-02-01T04:30:00Z");
        await system.Use(customer, 4, "2026-02-02T12:00:00Z");
        await system.Use(customer, 8, "2026-02-03T11:00:00Z", "large");

        var recent = (await system.Get<RecentCostReader>().Read(Actor.System, customer.Key, 4, default))!;

        Assert.Equal(Instant("2026-02-04T05:00:00Z"), recent.Days[^1].End);
        Assert.Equal([6m, 0, 8, 24], recent.Costs);
        Assert.Empty(recent.LeftOut);
    }

    [Fact]
    public async Task An_event_leads_to_the_line_that_counted_it_late_ones_to_the_line_that_came_later()
    {
        await using var system = await Start("2026-02-01T00:00:00Z");
        var customer = await system.Subscribe(OneFigureTests.Card(new Random(3)));
        system.MoveTo("2026-02-20T00:00:00Z");
        await system.Use(customer, 5, "2026-02-10T10:00:00Z", "large");
        await system.WalkTo("2026-03-02T00:00:00Z");
        await system.Use(customer, 7, "2026-02-11T10:00:00Z", "large");

        var (onTime, late) = await Lines();
        Assert.NotEmpty(onTime);
        Assert.Empty(late);

        await system.WalkTo("2026-04-02T00:00:00Z");
        var (stillOnTime, atLast) = await Lines();
        Assert.Equal(onTime, stillOnTime);
        Assert.All(atLast, line => Assert.NotEqual(onTime[0].Number, line.Number));

        // The same the other way round: the line's events are those that lead to it.
        foreach (var line in onTime)
        {
            var (_, proof) = await system.Get<LineEvents>().Read(Actor.System, line.Number, line.N, null, 10, default);
            Assert.Equal(5, JsonDocument.Parse(proof.Events.Items.Single().Properties).RootElement.GetProperty("tokens").GetDecimal());
        }

        async Task<(IReadOnlyList<EventLine> OnTime, IReadOnlyList<EventLine> Late)> Lines()
        {
            var query = new EventQuery(customer.Key, null, new Dictionary<string, string>(), new Period(Instant("2026-02-01T00:00:00Z"), Instant("2026-03-01T00:00:00Z")), null, 10);
            var page = await system.Get<EventReader>().Read(Actor.System, query, default);
            var lines = await system.Get<EventLines>().Of(Actor.System, customer.Key, page.Items, default);
            return (lines.GetValueOrDefault(page.Items[1].Id, []), lines.GetValueOrDefault(page.Items[0].Id, []));
        }
    }
}
