using Portal.Accounts;
using Portal.Domain.Accounts;
using Portal.Domain.Alerts;
using Portal.Domain.Invoicing;
using Portal.Domain.Limits;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Limits;

/// <summary>What the limits page shows.</summary>
/// <param name="Caller">Who looks.</param>
/// <param name="Entry">The customer with its cap and pauses.</param>
/// <param name="Access">Whether it may use the product now.</param>
/// <param name="Spend">What the running period comes to; null while none runs.</param>
/// <param name="Alerts">What was mailed in this period, the newest first.</param>
/// <param name="Changes">Who changed the cap, paused and resumed, the newest first.</param>
public sealed record LimitsView(
    CustomerCaller Caller,
    CustomerEntry Entry,
    AccessAnswer Access,
    Spend? Spend,
    IReadOnlyList<AlertRow> Alerts,
    IReadOnlyList<AuditEntry> Changes)
{
    /// <summary>Spikes that paused access, the newest first.</summary>
    public IReadOnlyList<SpikeRow> Spikes { get; init; } = [];

    /// <summary>The last day in quarter-hours; empty where nothing can be said, or nobody asked.</summary>
    public IReadOnlyList<ActivityWindow> Activity { get; init; } = [];

    /// <summary>What the period will likely come to; null where nobody asked, or none runs.</summary>
    public ForecastAnswer? Forecast { get; init; }

    /// <summary>The features of the plan that a meter counts, by their keys.</summary>
    public IReadOnlyList<string> Features { get; init; } = [];

    /// <summary>The customer's zone.</summary>
    public string Zone => Entry.Customer.TimeZone;

    /// <summary>The currency of the cap.</summary>
    public Currency Currency => Currency.Of(Entry.Customer.Currency);

    /// <summary>Usage of the running period.</summary>
    public Money Used => Spend?.Usage ?? Money.Zero(Currency);

    /// <summary>Whether the page offers changes. The domain asks the gate again when one is made.</summary>
    public bool MayChange => Caller.Actor.May(Permission.ManageLimits);
}
