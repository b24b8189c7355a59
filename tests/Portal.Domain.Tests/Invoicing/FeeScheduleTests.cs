using Portal.Domain.Accounts;
using Portal.Domain.Catalog;
using Portal.Domain.Values;
using static Portal.Domain.Tests.Invoicing.BillingSystem;

namespace Portal.Domain.Tests.Invoicing;

/// <summary>Fees whose interval is not the card's, walked through by the clock.</summary>
public sealed class FeeScheduleTests
{
    [Fact]
    public async Task A_yearly_fee_in_advance_is_billed_once_a_year_on_a_monthly_card()
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        var customer = await system.Subscribe([Fee("20", "advance"), Own("120", "advance", BillingInterval.Year)]);
        await system.WalkTo("2026-03-10T00:00:00Z");
        Assert.Equal(14_000, (await system.Spend(customer)).Net.Minor);
        await system.WalkTo("2026-04-10T00:00:00Z");
        Assert.Equal(2_000, (await system.Spend(customer)).Net.Minor);
        await system.WalkTo("2027-04-02T00:00:00Z");

        Assert.Equal(
            [14_000L, 2_000, 2_000, 2_000, 2_000, 2_000, 2_000, 2_000, 2_000, 2_000, 2_000, 2_000, 14_000, 2_000],
            (await system.Invoices(customer)).Select(invoice => invoice.Total));
        await StandingRules.Hold(system);
    }

    [Fact]
    public async Task A_quarterly_fee_in_arrears_is_billed_when_its_quarter_ends_and_by_its_share_before_the_anchor()
    {
        await using var system = await BillingSystem.Start("2026-03-16T12:00:00Z");
        var customer = await system.Subscribe([PerToken("1"), Own("92", "arrears", BillingInterval.Quarter)], anchorDay: 1);
        await system.WalkTo("2026-07-02T00:00:00Z");

        // The quarter before 1 April has 90 days, of which 15.5 are used: 92 × 15.5 / 90.
        Assert.Equal([1_584L, 9_200], (await system.Invoices(customer)).Where(invoice => invoice.Number is not null).Select(invoice => invoice.Total));
    }

    [Fact]
    public async Task A_monthly_fee_in_advance_on_a_quarterly_card_is_invoiced_month_by_month()
    {
        await using var system = await BillingSystem.Start("2026-04-01T00:00:00Z");
        var customer = await system.Subscribe([PerToken("1"), Own("30", "advance", BillingInterval.Month)]);
        await system.Change(customer, (db, subscription) => db.Entry(subscription).Property(changed => changed.Interval).CurrentValue = BillingInterval.Quarter);
        await system.WalkTo("2026-06-15T00:00:00Z");
        await system.Use(customer, 7);
        Assert.Equal(9_700, (await system.Spend(customer)).Net.Minor);
        await system.WalkTo("2026-07-02T00:00:00Z");

        Assert.Equal(
            [("2026-04-01", 3_000L), ("2026-05-01", 3_000), ("2026-06-01", 3_000), ("2026-07-01", 3_700)],
            (await system.Invoices(customer)).Select(invoice => ($"{invoice.IssuedAt:yyyy-MM-dd}", invoice.Total)));
        await StandingRules.Hold(system);
    }

    [Fact]
    public async Task A_change_and_an_end_inside_the_year_give_back_what_is_unused()
    {
        await using var system = await BillingSystem.Start("2026-01-01T00:00:00Z");
        var customer = await system.Subscribe([Own("365", "advance", BillingInterval.Year)]);
        await system.WalkTo("2026-01-11T00:00:00Z");
        await system.Change(customer, (_, subscription) =>
        {
            subscription.Phases.Add(new SubscriptionPhase
            {
                From = system.Clock.GetUtcNow(), RateCardId = subscription.Phases[0].RateCardId, Overrides = [Own("730", "advance", BillingInterval.Year)],
            });
            subscription.BillAt = null;
        });
        await system.WalkTo("2026-03-01T12:00:00Z");
        await system.Get<CancellationWriter>().Cancel(Actor.System, customer.Key, SubscriptionTime.PeriodEnd, CancellationToken.None);
        await system.WalkTo("2026-04-02T00:00:00Z");

        // 10 days at 1.00 and 80 at 2.00 were used: 170.00 of 365.00 + 355.00.
        var invoices = await system.Invoices(customer);
        Assert.Equal([36_500L, 35_500, -55_000], invoices.Where(invoice => invoice.Number is not null).Select(invoice => invoice.Total));
        Assert.Equal("support, unused time", invoices[^1].Lines[0].Description);
        await StandingRules.Hold(system);
    }

    private static Price Own(string amount, string when, BillingInterval interval) => Fee(amount, when, "support") with { Interval = interval };
}
