using Portal.Accounts;
using Portal.Domain.Accounts;
using Portal.Domain.Alerts;
using Portal.Domain.Catalog;
using Portal.Domain.Invoicing;
using Portal.Domain.Limits;
using Portal.Domain.Payments;
using Portal.Domain.Reporting;
using Portal.Domain.Storage;
using Portal.Limits;

namespace Portal.Reporting;

/// <summary>What the operator's people see of a customer.</summary>
/// <param name="Caller">Who looks, for this customer.</param>
/// <param name="Entry">The customer with its subscription, cap and pauses.</param>
/// <param name="State">How it stands.</param>
/// <param name="Access">Whether it may use the product now.</param>
/// <param name="Spend">What the running period comes to; null while none runs.</param>
/// <param name="Forecast">What the running period will likely come to; null while no subscription runs.</param>
/// <param name="Subscription">Its newest subscription; null before the first.</param>
/// <param name="Meters">The meters, for their units.</param>
/// <param name="Cards">The rate cards, by their number.</param>
/// <param name="Invoices">The newest invoices.</param>
/// <param name="Owed">What it owes.</param>
/// <param name="Alerts">What was mailed in the running period, the newest first.</param>
/// <param name="Members">Its team, owners first.</param>
/// <param name="Keys">Its keys that work, the newest first.</param>
/// <param name="Trail">Who changed what, the newest first.</param>
/// <param name="Park">Why its billing waits for a person; null where it does not.</param>
/// <param name="Now">When this was read, in business time.</param>
public sealed record CustomerDesk(
    CustomerCaller Caller,
    CustomerEntry Entry,
    CustomerState State,
    AccessAnswer Access,
    Spend? Spend,
    ForecastAnswer? Forecast,
    SubscriptionStand? Subscription,
    IReadOnlyList<Meter> Meters,
    Func<int, RateCard> Cards,
    IReadOnlyList<Invoice> Invoices,
    Owed Owed,
    IReadOnlyList<AlertRow> Alerts,
    IReadOnlyList<Membership> Members,
    IReadOnlyList<ApiKey> Keys,
    IReadOnlyList<AuditEntry> Trail,
    BillingPark? Park,
    DateTimeOffset Now)
{
    /// <summary>The customer.</summary>
    public Customer Customer => Entry.Customer;

    /// <summary>The cards that it has saved.</summary>
    public required SavedMethods Methods { get; init; }

    /// <summary>The customer's zone.</summary>
    public string Zone => Entry.Customer.TimeZone;

    /// <summary>The team, for the part that customers see too.</summary>
    public TeamView Team => new(Caller, Members, Zone);

    /// <summary>The cap, for the part that customers see too.</summary>
    public LimitsView Limits => new(Caller, Entry, Access, Spend, Alerts, []);
}
