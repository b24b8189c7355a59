using Portal.Domain.Limits;
using Portal.Domain.Values;
using Portal.Shared;

namespace Portal.Limits;

/// <summary>How far usage can run over a cap, in money: on the invoice never, in usage for as long as access takes to end.</summary>
internal static class OvershootWords
{
    /// <summary>How long after the crossing event an access answer may still say yes; the promise that the tests and benchmarks measure.</summary>
    public static readonly TimeSpan Lag = TimeSpan.FromSeconds(1);

    /// <summary>What the customer can rely on.</summary>
    /// <param name="limit">The cap.</param>
    /// <param name="activity">The last day in quarter-hours, at the customer's prices.</param>
    /// <param name="currency">The customer's.</param>
    public static string Of(SpendingLimit limit, IReadOnlyList<ActivityWindow> activity, Currency currency)
    {
        var bound = Wording.Amount(Money.Round(limit.Bound, currency));
        if (!limit.Enforced)
        {
            return "Your provider has turned the protection off: there is no bound, and all usage is billed.";
        }

        var most = $"Your invoice has at most {bound} of usage, whatever happens: {Wording.Amount(Money.Zero(currency))} above it.";
        var busiest = activity.Count == 0 ? 0 : activity.Max(window => window.Value);
        return busiest <= 0
            ? $"{most} Requests in flight when it is reached may still be answered; what they use is stored and not billed."
            : $"{most} Access ends within a second, in which requests in flight may use up to {Wording.Amount(InLag(busiest, currency))} more, at the pace of your busiest quarter-hour of the last day; that is stored and not billed.";
    }

    /// <summary>What a pace comes to until access has ended, rounded up to the currency's minor unit.</summary>
    private static Money InLag(decimal perQuarter, Currency currency) =>
        new((long)decimal.Ceiling(perQuarter * (decimal)Lag.TotalSeconds / 900 * currency.MinorUnits), currency);
}
