using System.Globalization;
using Portal.Domain.Values;

namespace Portal.Domain.Limits;

/// <summary>What setting or removing a cap would do to access.</summary>
public enum LimitEffect
{
    /// <summary>Access is open now, and would be refused at once.</summary>
    BlocksNow,

    /// <summary>Access is refused by the cap now, and would stay so.</summary>
    StaysBlocked,

    /// <summary>Access is refused by the cap now, and would be open within a second.</summary>
    Opens,

    /// <summary>Access is open as far as the cap goes, and would stay so.</summary>
    StaysOpen,
}

/// <summary>What setting or removing a cap would do, before anyone agrees to it.</summary>
/// <param name="Effect">What would happen to access.</param>
/// <param name="Sentence">The same for a person, with the figures.</param>
public sealed record LimitPreview(LimitEffect Effect, string Sentence)
{
    /// <summary>The preview of a change.</summary>
    /// <param name="current">The cap as it is; null for none.</param>
    /// <param name="proposed">The cap as it would be; null for none.</param>
    /// <param name="used">Usage of the running period, before what the cap keeps off the bill.</param>
    /// <param name="notBilled">What the cap has kept off the bill until now.</param>
    /// <param name="culture">How amounts are written.</param>
    public static LimitPreview Of(SpendingLimit? current, SpendingLimit? proposed, Money used, Money notBilled, CultureInfo culture)
    {
        var isBlocked = current is not null && new LimitStand(current, used).IsReached;
        var after = proposed is null ? null : new LimitStand(proposed, used);
        var effect = (isBlocked, after is { IsReached: true }) switch
        {
            (false, true) => LimitEffect.BlocksNow,
            (true, true) => LimitEffect.StaysBlocked,
            (true, false) => LimitEffect.Opens,
            (false, false) => LimitEffect.StaysOpen,
        };
        var opening = effect switch
        {
            LimitEffect.BlocksNow => $"This blocks usage now: {used.Format(culture)} is used, and {Bound(proposed!, used.Currency, culture)}.",
            LimitEffect.StaysBlocked => $"Usage stays blocked: {used.Format(culture)} is used, and {Bound(proposed!, used.Currency, culture)}.",
            LimitEffect.Opens => $"This opens usage again within a second. {Rest(after, used, culture)}",
            LimitEffect.StaysOpen => Rest(after, used, culture),
        };

        // What is unbilled stays so only where the bound rises; a lower one keeps more off by itself.
        var rises = effect is LimitEffect.Opens or LimitEffect.StaysOpen && current is { Enforced: true };
        return new LimitPreview(effect, rises && notBilled.Minor > 0
            ? $"{opening} The {notBilled.Format(culture)} above the old limit stays unbilled."
            : opening);
    }

    private static string Rest(LimitStand? after, Money used, CultureInfo culture) => after switch
    {
        null => $"There is no limit then: {used.Format(culture)} is used, and all further usage is billed.",
        { Limit.Enforced: false } => $"The limit does not stop usage, because the operator has turned its protection off: {used.Format(culture)} is used.",
        _ => $"{used.Format(culture)} is used, so {Money.Round(after.Remaining, used.Currency).Format(culture)} may be used until the period ends; "
            + $"{Bound(after.Limit, used.Currency, culture)}.",
    };

    private static string Bound(SpendingLimit limit, Currency currency, CultureInfo culture)
    {
        var amount = Money.Round(limit.Amount, currency).Format(culture);
        return limit.Kind == LimitKind.Hard
            ? $"usage stops at {amount}"
            : $"usage stops at {Money.Round(limit.Bound, currency).Format(culture)}, {DecimalText.Format(limit.SoftPercent)} % above the limit of {amount}";
    }
}
