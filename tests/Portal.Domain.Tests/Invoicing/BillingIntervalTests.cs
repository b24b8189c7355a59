using Portal.Domain.Catalog;
using Portal.Domain.Values;
using static Portal.Domain.Tests.Invoicing.BillingSystem;

namespace Portal.Domain.Tests.Invoicing;

/// <summary>Cards by the week, month, quarter and year: what is billed when, and by when it is to be paid.</summary>
public sealed class BillingIntervalTests
{
    [Theory]
    [InlineData(BillingInterval.Week, 1, 14, "2026-10-11T22:00:00Z", "2026-10-27T12:00:00Z",
        "12.10.26-19.10.26 issued 12.10.26 due 26.10.26", "12.10.26-19.10.26 issued 19.10.26 due 02.11.26", "19.10.26-26.10.26 issued 26.10.26 due 09.11.26")]
    [InlineData(BillingInterval.Month, 31, 14, "2026-01-30T23:00:00Z", "2026-04-01T12:00:00Z",
        "31.01.26-28.02.26 issued 31.01.26 due 14.02.26", "31.01.26-28.02.26 issued 28.02.26 due 14.03.26", "28.02.26-31.03.26 issued 31.03.26 due 14.04.26")]
    [InlineData(BillingInterval.Quarter, 31, 60, "2026-08-30T22:00:00Z", "2027-03-01T12:00:00Z",
        "31.08.26-30.11.26 issued 31.08.26 due 30.10.26", "31.08.26-30.11.26 issued 30.11.26 due 29.01.27", "30.11.26-28.02.27 issued 28.02.27 due 29.04.27")]
    [InlineData(BillingInterval.Year, 29, 30, "2026-02-27T23:00:00Z", "2028-03-01T12:00:00Z",
        "28.02.26-28.02.27 issued 28.02.26 due 30.03.26", "28.02.26-28.02.27 issued 28.02.27 due 30.03.27", "28.02.27-29.02.28 issued 29.02.28 due 30.03.28")]
    public async Task A_card_bills_its_periods_on_their_days_and_net_days_are_days_of_the_customer(
        BillingInterval interval, int anchorDay, int netDays, string from, string to, params string[] expected)
    {
        await using var system = await BillingSystem.Start(from);
        var customer = await system.Subscribe(
            [Fee("12", "advance"), PerToken("1")], zone: "Europe/Berlin", currency: "EUR", anchorDay: anchorDay, interval: interval,
            terms: new BillingTerms(null, BillingTerms.Send, netDays));
        await system.WalkTo(to);

        var zone = TimeZones.Find("Europe/Berlin")!;
        string Day(DateTimeOffset? at) => $"{zone.DateAt(at!.Value).ToDateOnly():dd.MM.yy}";
        var invoices = await system.Invoices(customer);
        Assert.Equal(
            expected,
            invoices.Select(invoice => $"{Day(invoice.PeriodStart)}-{Day(invoice.PeriodEnd)} issued {Day(invoice.IssuedAt)} due {Day(invoice.DueAt)}"));
        Assert.All(invoices, invoice => Assert.Equal(1_200, invoice.Total));
        await StandingRules.Hold(system);
    }
}
