using Portal.Accounts;
using Portal.Domain.Accounts;
using Portal.Domain.Alerts;
using Portal.Domain.Catalog;
using Portal.Domain.Credits;
using Portal.Domain.Invoicing;
using Portal.Domain.Limits;
using Portal.Domain.Payments;
using Portal.Domain.Storage;
using Portal.Domain.Values;
using Portal.Payments;

namespace Portal.Invoicing;

/// <summary>Reads what the overview shows, each part from the reader that the API asks too.</summary>
public sealed class OverviewReader(
    Register register, SpendReader spends, ForecastReader forecasts, AccessBook access, AlertReader alerts, InvoiceReader invoices, CreditBalanceReader credits, PaymentReader payments, RecentCostReader recent,
    BusinessClock clock)
{
    private const int AlertsShown = 5;
    private const int RecentDays = 30;

    // Thirty days move slowly: a page that is read again at every event reads them once a minute.
    private static readonly TimeSpan s_recentFor = TimeSpan.FromMinutes(1);
    private (string Key, DateTimeOffset ReadAt, RecentCosts? Costs)? _recent;

    /// <summary>Reads it for a member of the customer's team.</summary>
    /// <exception cref="Refusal">Where the caller may not see it.</exception>
    public async Task<OverviewView> Read(CustomerCaller caller, CancellationToken cancellation)
    {
        var (actor, key) = (caller.Actor, caller.Key);
        var state = register.Now;
        var entry = state.Customer(actor, Permission.ReadUsage, key);
        var now = clock.GetUtcNow();
        var spend = await spends.Current(entry, cancellation);
        var newest = await invoices.List(actor, new InvoiceQuery(key, null, null, Guid.Empty, 3), cancellation);
        var mailed = await alerts.List(actor, key, null, AlertsShown, cancellation);
        return new OverviewView(
            caller,
            entry,
            access.Answer(actor, key, null),
            spend,
            await forecasts.Current(entry, withPath: true, cancellation),
            spend is null ? 0 : BillingPeriods.DaysLeft(entry.Customer, entry.Subscription!, spend.Period, now),
            spend is null ? [] : [.. Included(entry, spend, state, now)],
            spend is null ? [] : [.. mailed.Where(alert => alert.PeriodStart == spend.Period.Start)],
            newest.FirstOrDefault(invoice => invoice.Status is not (InvoiceStatus.Draft or InvoiceStatus.Void)),
            entry.Customer.UsageVersion == 0 && (spend is null || spend.Quantities.Count == 0) && newest.Count == 0,
            now)
        {
            Credits = actor.May(Permission.ReadBilling) ? await credits.Of(entry, spend, cancellation) : null,
            Payment = actor.May(Permission.ReadBilling) ? await PaymentStand.Read(payments, caller, newest, cancellation) : null,
            Recent = await Recent(actor, key, now, cancellation),
        };
    }

    private async Task<RecentCosts?> Recent(Actor actor, string key, DateTimeOffset now, CancellationToken cancellation)
    {
        if (_recent is { } last && last.Key == key && last.ReadAt <= now && now - last.ReadAt < s_recentFor)
        {
            return last.Costs;
        }

        var costs = await recent.Read(actor, key, RecentDays, cancellation);
        _recent = (key, now, costs);
        return costs;
    }

    private static IEnumerable<IncludedUnits> Included(CustomerEntry entry, Spend spend, RegisterState state, DateTimeOffset now) =>
        BillingSegment.ContentAt(entry.Subscription!.PhaseAt(now), now, state.Card).Features
            .Where(feature => feature is { Limit: not null, Meter: not null } && state.Meter(feature.Meter) is not null)
            .Select(feature => new IncludedUnits(state.Meter(feature.Meter!)!, feature.Limit!.Value, spend.Quantities.GetValueOrDefault(feature.Meter!)));
}
