using Portal.Domain.Accounts;
using Portal.Domain.Catalog;
using Portal.Domain.Values;

namespace Portal.Domain.Invoicing;

/// <summary>Which past is rated on which card.</summary>
/// <param name="RateCard">The card's key: its draft is simulated, or its newest version where nothing was changed since.</param>
/// <param name="Months">How many months back, 1 to 12: billing periods that ended in that time are rated.</param>
public sealed record SimulationQuestion(string RateCard, int Months)
{
    /// <summary>The furthest back that is looked.</summary>
    public const int MonthsMax = 12;

    /// <summary>Keys of the customers; null for those that follow the card. An empty list is nobody.</summary>
    public IReadOnlyList<string>? Customers { get; init; }

    /// <summary>Every customer, whichever card it is on, unless some are named.</summary>
    public bool Everyone { get; init; }

    /// <summary>Whether the running period is rated too, as far as it has come.</summary>
    public bool WithRunning { get; init; } = true;
}

/// <summary>How far a simulation has come.</summary>
/// <param name="Done">Customers that are rated.</param>
/// <param name="All">Customers in all.</param>
public readonly record struct SimulationProgress(int Done, int All);

/// <summary>A billing period as it was, and as it would have been under the card.</summary>
/// <param name="Period">The period.</param>
/// <param name="IsRunning">Whether it still runs: its figures are of the usage so far.</param>
/// <param name="Was">What it comes to on the invoice, before credits and tax.</param>
/// <param name="WouldBe">The same under the card.</param>
public sealed record SimulatedPeriod(Period Period, bool IsRunning, Money Was, Money WouldBe);

/// <summary>What a card would have meant for one customer.</summary>
/// <param name="Customer">The customer.</param>
/// <param name="Was">What its periods came to.</param>
/// <param name="WouldBe">What they would have come to.</param>
/// <param name="Periods">The periods, oldest first.</param>
public sealed record SimulatedCustomer(Customer Customer, Money Was, Money WouldBe, IReadOnlyList<SimulatedPeriod> Periods)
{
    /// <summary>By how much it would have been more; negative where less.</summary>
    public Money Delta => WouldBe - Was;

    /// <summary>The same in percent of what it was; null where it was nothing.</summary>
    public decimal? Percent => SimulationTotal.PercentOf(Was, WouldBe);
}

/// <summary>A customer that was not rated, and why.</summary>
/// <param name="Customer">The customer.</param>
/// <param name="Code">For machines: <c>no_subscription</c>, <c>other_currency</c>, <c>other_interval</c>, <c>pinned</c>, <c>no_period</c>, <c>no_usage</c>.</param>
/// <param name="Reason">In a sentence.</param>
public sealed record SkippedCustomer(Customer Customer, string Code, string Reason);

/// <summary>The customers of one currency together.</summary>
/// <param name="Currency">The currency.</param>
/// <param name="Was">What they came to.</param>
/// <param name="WouldBe">What they would have come to.</param>
/// <param name="Customers">How many they are.</param>
/// <param name="PayMore">Of these, for how many it would have been more.</param>
/// <param name="PayLess">For how many it would have been less.</param>
public sealed record SimulationTotal(Currency Currency, Money Was, Money WouldBe, int Customers, int PayMore, int PayLess)
{
    /// <summary>By how much it would have been more; negative where less.</summary>
    public Money Delta => WouldBe - Was;

    /// <summary>The same in percent of what it was; null where it was nothing.</summary>
    public decimal? Percent => PercentOf(Was, WouldBe);

    /// <summary>For how many nothing would have changed.</summary>
    public int Unchanged => Customers - PayMore - PayLess;

    internal static decimal? PercentOf(Money was, Money wouldBe) => was.Minor > 0 ? (wouldBe.Amount - was.Amount) / was.Amount * 100 : null;
}

/// <summary>How many customers' change lies in a range of percent.</summary>
/// <param name="From">Above this many percent; null for the lowest.</param>
/// <param name="To">Up to this many percent; null for the highest.</param>
/// <param name="Customers">How many.</param>
public sealed record ChangeBucket(decimal? From, decimal? To, int Customers);

/// <summary>What a card would have meant for the past: real usage, rated by the code that bills it.</summary>
/// <param name="Card">The card.</param>
/// <param name="Question">What was asked.</param>
/// <param name="From">Periods that ended after this instant are rated.</param>
/// <param name="AsOf">When it was read, in business time.</param>
/// <param name="Customers">Those that were rated, by name.</param>
/// <param name="Skipped">Those that were not, by name.</param>
public sealed record Simulation(
    RateCard Card, SimulationQuestion Question, DateTimeOffset From, DateTimeOffset AsOf,
    IReadOnlyList<SimulatedCustomer> Customers, IReadOnlyList<SkippedCustomer> Skipped)
{
    private static readonly decimal[] s_edges = [-20, -10, -5, 0, 5, 10, 20];

    /// <summary>The sums, a row for each currency.</summary>
    public IReadOnlyList<SimulationTotal> Totals { get; } =
    [
        .. Customers.GroupBy(customer => customer.Was.Currency).OrderBy(same => same.Key.Code, StringComparer.Ordinal).Select(same => new SimulationTotal(
            same.Key, Money.Sum(same.Select(customer => customer.Was), same.Key), Money.Sum(same.Select(customer => customer.WouldBe), same.Key),
            same.Count(), same.Count(customer => customer.Delta.Minor > 0), same.Count(customer => customer.Delta.Minor < 0))),
    ];

    /// <summary>Customers by how much their bill would have changed: ranges of percent in order, with "unchanged" (0 to 0) between them.</summary>
    /// <remarks>Who paid nothing and would pay something is in the highest range: no percent is large enough for that.</remarks>
    public IReadOnlyList<ChangeBucket> Histogram { get; } = Count(Customers);

    private static List<ChangeBucket> Count(IReadOnlyList<SimulatedCustomer> customers)
    {
        var changes = customers.Where(customer => customer.Delta.Minor != 0)
            .Select(customer => customer.Percent ?? (customer.Delta.Minor > 0 ? decimal.MaxValue : decimal.MinValue)).ToList();
        var edges = s_edges.Select(edge => (decimal?)edge).Prepend(null).Append(null).ToList();
        var buckets = new List<ChangeBucket>();
        foreach (var (from, to) in edges.Zip(edges.Skip(1)))
        {
            // A fall of less than the edge belongs to the range beside zero, whatever rounding makes of it: ranges are open towards zero.
            buckets.Add(new ChangeBucket(from, to, changes.Count(change => to <= 0
                ? (from is null || change >= from) && change < to
                : (from is null || change > from) && (to is null || change <= to))));
            if (to == 0)
            {
                buckets.Add(new ChangeBucket(0, 0, customers.Count - changes.Count));
            }
        }

        return buckets;
    }
}
