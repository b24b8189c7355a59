using Portal.Accounts;
using Portal.Domain.Alerts;
using Portal.Domain.Catalog;
using Portal.Domain.Credits;
using Portal.Domain.Invoicing;
using Portal.Domain.Limits;
using Portal.Domain.Storage;
using Portal.Payments;

namespace Portal.Invoicing;

/// <summary>What the overview shows.</summary>
/// <param name="Caller">Who looks.</param>
/// <param name="Entry">The customer with its subscription, cap and pauses.</param>
/// <param name="Access">Whether it may use the product now.</param>
/// <param name="Spend">What the running period comes to; null while no subscription runs.</param>
/// <param name="Forecast">What the running period will likely come to; null while no subscription runs.</param>
/// <param name="DaysLeft">Days left in the period, today included.</param>
/// <param name="Included">What the plan includes, with limits.</param>
/// <param name="Alerts">What was mailed in this period, the newest first.</param>
/// <param name="LastInvoice">The newest issued invoice; null before the first.</param>
/// <param name="IsUnused">No event has ever counted for this customer.</param>
/// <param name="Now">When this was read, in business time.</param>
public sealed record OverviewView(
    CustomerCaller Caller,
    CustomerEntry Entry,
    AccessAnswer Access,
    Spend? Spend,
    ForecastAnswer? Forecast,
    int DaysLeft,
    IReadOnlyList<IncludedUnits> Included,
    IReadOnlyList<AlertRow> Alerts,
    Invoice? LastInvoice,
    bool IsUnused,
    DateTimeOffset Now)
{
    /// <summary>What is left of its credits; null for a caller who may not see it.</summary>
    public CreditBalance? Credits { get; init; }

    /// <summary>How it pays, and whether a charge has failed; null for a caller who may not see it.</summary>
    public PaymentStand? Payment { get; init; }

    /// <summary>What usage cost on each of the last days; null where no subscription has run.</summary>
    public RecentCosts? Recent { get; init; }

    /// <summary>The customer's zone.</summary>
    public string Zone => Entry.Customer.TimeZone;
}

/// <summary>Units of a meter that the plan includes.</summary>
/// <param name="Meter">The meter that counts them.</param>
/// <param name="Limit">How many there are in a period.</param>
/// <param name="Used">How many are used.</param>
public sealed record IncludedUnits(Meter Meter, decimal Limit, decimal Used);
