using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Alerts;
using Portal.Domain.Forecasting;
using Portal.Domain.Invoicing;
using Portal.Domain.Limits;
using Portal.Domain.Rating;
using Portal.Domain.Storage;

namespace Portal.Domain.Tests.Invoicing;

public sealed class ForecastReaderTests
{
    [Fact]
    public async Task Steady_usage_is_expected_to_go_on_and_is_priced_as_the_invoice_is()
    {
        await using var system = await BillingSystem.Start("2026-01-10T00:00:00Z");
        var tiers = new GraduatedRate([new Tier(200, 1), new Tier(null, 0.5m)]);
        var customer = await system.Subscribe([BillingSystem.PerToken("1") with { Terms = new PriceTerms(tiers) }, BillingSystem.Fee("7")], "2026-01-10T00:00:00Z", anchorDay: 1);
        await UseDaily(system, customer, 10, "2026-01-10", "2026-02-15");

        var forecast = (await Read(system, customer)).Forecast!;
        Assert.Equal(14, forecast.Day);

        // 28 days of 10, and half of today's is still to come: 200 at a dollar, 85 at half of it, and the fee.
        Assert.Equal(249.5m, forecast.Expected.Amount);
        Assert.Equal(249.5m, forecast.Capped.Amount);
        Assert.InRange(forecast.Low.Amount, 200, 249);
        Assert.InRange(forecast.High.Amount, 250, 300);
        Assert.Equal(BandSource.Shipped, forecast.Source);
        Assert.InRange(forecast.ErrorPercent, 0.1m, 50);
        Assert.Null(forecast.BreachAt);
    }

    [Fact]
    public async Task A_cap_clips_what_would_be_billed_and_the_day_it_is_reached_is_named()
    {
        await using var system = await BillingSystem.Start("2026-01-10T00:00:00Z");
        var customer = await system.Subscribe([BillingSystem.PerToken("1")], "2026-01-10T00:00:00Z", anchorDay: 1);
        await system.Get<LimitWriter>().Set(Actor.System, customer.Key, new LimitTerms(200), CancellationToken.None);
        await UseDaily(system, customer, 10, "2026-01-10", "2026-02-15");

        var answer = await Read(system, customer);
        var forecast = answer.Forecast!;
        Assert.Equal((285, 200), (forecast.Expected.Amount, forecast.Capped.Amount));
        Assert.InRange(forecast.BreachAt!.Value, BillingSystem.Instant("2026-02-20T12:00:00Z"), BillingSystem.Instant("2026-02-21T12:00:00Z"));

        Assert.Equal(28, answer.Path.Count);
        Assert.Equal(10, answer.Path[0].Actual);
        Assert.Equal(140, answer.Path[13].Actual);
        Assert.Equal(285, answer.Path[^1].Expected);
        Assert.Equal((forecast.Low.Amount, forecast.High.Amount), (answer.Path[^1].Low, answer.Path[^1].High));
        Assert.All(answer.Path.Skip(15), day => Assert.Null(day.Actual));
    }

    [Fact]
    public async Task A_number_that_would_come_too_early_is_a_sentence()
    {
        await using var system = await BillingSystem.Start("2026-01-31T00:00:00Z");
        var customer = await system.Subscribe([BillingSystem.PerToken("1")], "2026-01-31T00:00:00Z", anchorDay: 1);
        await system.Use(customer, 5);
        system.MoveTo("2026-02-03T10:00:00Z");
        Assert.Equal("Forecast starts after 3 full days.", (await Read(system, customer)).Unavailable);
        system.MoveTo("2026-02-06T10:00:00Z");
        Assert.Equal("Forecast starts after a week of usage.", (await Read(system, customer)).Unavailable);
        system.MoveTo("2026-02-08T10:00:00Z");
        Assert.NotNull((await Read(system, customer)).Forecast);
    }

    [Fact]
    public async Task Each_nights_forecast_is_kept_once_and_compared_when_its_period_is_over()
    {
        await using var system = await BillingSystem.Start("2026-01-10T00:00:00Z");
        var customer = await system.Subscribe([BillingSystem.PerToken("1")], "2026-01-10T00:00:00Z", anchorDay: 1);
        await UseDaily(system, customer, 10, "2026-01-10", "2026-02-10");
        var run = system.Get<ForecastRun>();
        Assert.Equal(1, (await run.Run(CancellationToken.None)).Done);
        Assert.Equal(0, (await run.Run(CancellationToken.None)).Done);

        // Usage doubles in the days that are left, and the clock goes beyond the end of the period.
        await UseDaily(system, customer, 20, "2026-02-11", "2026-02-28");
        system.MoveTo("2026-03-01T02:30:00Z");
        Assert.Equal(1, (await run.Run(CancellationToken.None)).Done);

        await using var db = system.Database.CreateDbContext();
        var kept = await db.Forecasts.Include(forecast => forecast.Quantities).SingleAsync();
        Assert.Equal((9, 285, 100 + 18 * 20), (kept.Day, kept.Expected, kept.Actual));
        var quantity = Assert.Single(kept.Quantities);
        Assert.Equal((90, 190, 10 + 18 * 20), (quantity.SoFar, quantity.Remaining, quantity.Actual));

        var quality = await system.Get<ForecastQualityReader>().Read(Actor.System, CancellationToken.None);
        Assert.Equal((1, 0), (quality.All.Scored, quality.Waiting));
        Assert.Equal(Math.Round(175m / 460 * 100, 6), Math.Round(quality.All.ErrorPercent, 6));
        Assert.False(quality.All.IsOff);
    }

    [Fact]
    public async Task Who_asked_for_it_hears_once_for_each_cap_that_the_forecast_lies_above_it()
    {
        await using var system = await BillingSystem.Start("2026-01-10T00:00:00Z");
        var customer = await system.Subscribe([BillingSystem.PerToken("1")], "2026-01-10T00:00:00Z", anchorDay: 1);
        var silent = await system.Subscribe([BillingSystem.PerToken("1")], "2026-01-10T00:00:00Z", anchorDay: 1);
        await UseDaily(system, customer, 10, "2026-01-10", "2026-02-12");
        await UseDaily(system, silent, 10, "2026-02-12", "2026-02-12");
        await Cap(silent, 50, null);
        await Cap(customer, 200, true);
        Assert.Equal(["200 of 280, holds"], await Night("2026-02-13T00:00:00Z"));
        await system.Use(customer, 10);
        Assert.Equal(["200 of 280, holds"], await Night("2026-02-14T00:00:00Z"));

        // What is not said stays: a raised cap is looked at anew, and one that is far away ends the warning.
        await system.Use(customer, 10);
        await Cap(customer, 250, null);
        Assert.Equal(["200 of 280, holds", "250 of 280, holds"], await Night("2026-02-15T00:00:00Z"));
        await system.Use(customer, 10);
        await Cap(customer, 1_000, null);
        Assert.Equal(["200 of 280, over", "250 of 280, over"], await Night("2026-02-16T00:00:00Z"));

        async Task<List<string>> Night(string at)
        {
            system.MoveTo(at);
            var run = system.Get<ForecastRun>();
            await run.Run(CancellationToken.None);
            await using var connection = await system.Database.Source.OpenConnectionAsync();
            Assert.Equal(BillingSystem.Instant(at).AddDays(1), (await DueQuestion.Ask(connection, [run.NextDue()], CancellationToken.None)).Single());
            await using var db = system.Database.CreateDbContext();
            var alerts = await db.Alerts.Where(alert => alert.Kind == Alert.ForecastKind).OrderBy(alert => alert.Id).ToListAsync();
            Assert.Equal(alerts.Count, await db.Outbox.CountAsync(mail => mail.AlertKind == Alert.ForecastKind));
            return alerts.ConvertAll(alert => string.Create(CultureInfo.InvariantCulture, $"{alert.Limit:0} of {alert.Used:0}, {(alert.RecoveredAt is null ? "holds" : "over")}"));
        }

        Task<SpendingLimit> Cap(Customer of, decimal amount, bool? forecast) =>
            system.Get<LimitWriter>().Set(Actor.System, of.Key, new LimitTerms(amount, ForecastAlert: forecast), CancellationToken.None);
    }

    private static async Task<ForecastAnswer> Read(BillingSystem system, Customer customer) =>
        (await system.Get<ForecastReader>().Current(system.Get<Register>().Now.ById[customer.Id], withPath: true, CancellationToken.None))!;

    /// <summary>The same usage at noon of each day; the clock stands at the last day's noon then.</summary>
    private static async Task UseDaily(BillingSystem system, Customer customer, decimal tokens, string from, string to)
    {
        var last = DateOnly.Parse(to, CultureInfo.InvariantCulture);
        for (var day = DateOnly.Parse(from, CultureInfo.InvariantCulture); day <= last; day = day.AddDays(1))
        {
            system.MoveTo($"{day:yyyy-MM-dd}T12:00:00Z");
            await system.Use(customer, tokens);
        }
    }
}
