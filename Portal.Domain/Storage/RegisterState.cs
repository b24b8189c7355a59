using System.Collections.Immutable;
using System.Globalization;
using Portal.Domain.Accounts;
using Portal.Domain.Catalog;
using Portal.Domain.Invoicing;
using Portal.Domain.Limits;
using Portal.Domain.Values;

namespace Portal.Domain.Storage;

/// <summary>A customer with all that decides about it at once.</summary>
/// <param name="Customer">The customer.</param>
/// <param name="Subscription">The newest subscription; null where there was none yet.</param>
/// <param name="Limit">The cap; null for none.</param>
/// <param name="OpenPauses">Pauses that hold, in the order in which access names them.</param>
public sealed record CustomerEntry(Customer Customer, Subscription? Subscription, SpendingLimit? Limit, ImmutableArray<Pause> OpenPauses)
{
    /// <summary>When a rise of its activity counts as a spike.</summary>
    public SpikeRule Spike { get; init; } = SpikeRule.Default;

    /// <summary>What earlier caps keep off the bill, by period.</summary>
    public ImmutableArray<ForgivenUsage> Forgiven { get; init; } = [];

    /// <summary>Its limits on parts of usage, in the order of their keys.</summary>
    public ImmutableArray<UsageLimit> Limits { get; init; } = [];

    /// <summary>What earlier limits on parts of usage keep off the bill, by limit and period.</summary>
    public ImmutableArray<ForgivenPart> ForgivenParts { get; init; } = [];

    /// <summary>What earlier caps of a billing period keep off its bill at least, in major units of the customer's currency; 0 for nothing.</summary>
    public decimal ForgivenIn(Period period) => Forgiven.FirstOrDefault(usage => usage.PeriodStart == period.Start)?.Amount ?? 0;
}

/// <summary>One consistent moment of what is held in memory.</summary>
public sealed record RegisterState
{
    internal static readonly RegisterState Empty = new();

    /// <summary>Customers by their key.</summary>
    public ImmutableDictionary<string, CustomerEntry> ByKey { get; init; } = ImmutableDictionary<string, CustomerEntry>.Empty;

    /// <summary>Customers by their number.</summary>
    public ImmutableDictionary<int, CustomerEntry> ById { get; init; } = ImmutableDictionary<int, CustomerEntry>.Empty;

    /// <summary>Working API keys by the hexadecimal hash of their secret.</summary>
    public ImmutableDictionary<string, ApiKey> Keys { get; init; } = ImmutableDictionary<string, ApiKey>.Empty;

    /// <summary>All meters, by key.</summary>
    public ImmutableArray<Meter> Meters { get; init; } = [];

    /// <summary>Meters by the type of event that they read.</summary>
    public ImmutableDictionary<string, ImmutableArray<Meter>> MetersByType { get; init; } = ImmutableDictionary<string, ImmutableArray<Meter>>.Empty;

    /// <summary>What is said about the seller, whose name is on every page; null where nothing was said yet.</summary>
    public CompanyDetails? Company { get; init; }

    /// <summary>The tax of each country; empty where the operator charges none.</summary>
    public ImmutableDictionary<string, TaxRate> TaxRates { get; init; } = ImmutableDictionary<string, TaxRate>.Empty;

    /// <summary>All rate cards with their versions, by key.</summary>
    public ImmutableArray<RateCard> Cards { get; init; } = [];

    /// <summary>The customer of this key, for this caller.</summary>
    /// <exception cref="Refusal">NotFound where there is none, or it is not the caller's; Forbidden where the caller lacks the permission.</exception>
    public CustomerEntry Customer(Actor actor, Permission permission, string key)
    {
        if (!ByKey.TryGetValue(key, out var entry))
        {
            throw Refusal.NotFound("customer", key);
        }

        actor.Require(permission, entry.Customer);
        return entry;
    }

    /// <summary>The meter of this key; null where there is none.</summary>
    public Meter? Meter(string key) => Meters.FirstOrDefault(meter => meter.Key == key);

    /// <summary>The rate card of this key; null where there is none.</summary>
    public RateCard? Card(string key) => Cards.FirstOrDefault(card => card.Key == key);

    /// <summary>The rate card of this number.</summary>
    public RateCard Card(int id) => Cards.First(card => card.Id == id);
}

/// <summary>What a change in the register concerns.</summary>
public enum RegisterChangeKind
{
    /// <summary>All of it.</summary>
    Everything,

    /// <summary>One customer, with its subscription, cap and pauses.</summary>
    Customer,

    /// <summary>The API keys.</summary>
    Keys,

    /// <summary>Meters and rate cards.</summary>
    Catalog,

    /// <summary>What is said about the seller.</summary>
    Company,
}

/// <summary>A change that processes tell each other, as the text "customer:17", "keys", "catalog" or "everything".</summary>
public sealed record RegisterChange(RegisterChangeKind Kind, int? CustomerId = null)
{
    /// <summary>All of it may have changed.</summary>
    public static RegisterChange Everything { get; } = new(RegisterChangeKind.Everything);

    /// <summary>What is said about the seller changed.</summary>
    public static RegisterChange Company { get; } = new(RegisterChangeKind.Company);

    /// <summary>Meters or rate cards changed.</summary>
    public static RegisterChange Catalog { get; } = new(RegisterChangeKind.Catalog);

    /// <summary>API keys changed.</summary>
    public static RegisterChange Keys { get; } = new(RegisterChangeKind.Keys);

    /// <summary>A customer changed.</summary>
    public static RegisterChange Of(Customer customer) => new(RegisterChangeKind.Customer, customer.Id);

    /// <summary>Reads the text form; anything that is not understood means everything.</summary>
    public static RegisterChange Parse(string text) => text switch
    {
        "keys" => Keys,
        "catalog" => Catalog,
        "company" => Company,
        _ when text.StartsWith("customer:", StringComparison.Ordinal) && int.TryParse(text.AsSpan(9), CultureInfo.InvariantCulture, out var id) =>
            new RegisterChange(RegisterChangeKind.Customer, id),
        _ => Everything,
    };

    /// <inheritdoc />
    public override string ToString() => Kind switch
    {
        RegisterChangeKind.Everything => "everything",
        RegisterChangeKind.Customer => string.Create(CultureInfo.InvariantCulture, $"customer:{CustomerId}"),
        RegisterChangeKind.Keys => "keys",
        RegisterChangeKind.Catalog => "catalog",
        RegisterChangeKind.Company => "company",
    };
}
