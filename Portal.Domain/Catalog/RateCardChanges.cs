using System.Globalization;
using Portal.Domain.Values;

namespace Portal.Domain.Catalog;

/// <summary>What differs between two states of a card, in plain words: one sentence per difference.</summary>
public static class RateCardChanges
{
    /// <summary>The differences from one state to another, in the order of the card; empty where they say the same.</summary>
    /// <param name="before">The earlier state.</param>
    /// <param name="after">The later state.</param>
    /// <param name="meters">The meters by key, for their units.</param>
    /// <param name="culture">Whose separators and signs.</param>
    public static IReadOnlyList<string> Between(RateCardContent before, RateCardContent after, Func<string, Meter?> meters, CultureInfo culture)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        var changes = new List<string>();
        Note(changes, "Name", before.Name, after.Name);
        Note(changes, "Currency", before.Currency, after.Currency);
        Note(changes, "Billed every", PriceWords.Word(before.Interval), PriceWords.Word(after.Interval));
        Prices(changes, before, after, meters, culture);
        Features(changes, before, after, meters, culture);
        Note(changes, "Days of trial", Days(before), Days(after));
        Note(changes, "Customers may choose it themselves", before.SelfService ? "yes" : "no", after.SelfService ? "yes" : "no");
        Note(changes, "Interim invoice", Threshold(before, culture), Threshold(after, culture));
        Note(changes, "Collected by", Collection(before.Billing), Collection(after.Billing));
        return changes;
    }

    /// <summary>Whether two states of one price say the same.</summary>
    public static bool IsSame(Price before, Price after)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        return before.Name == after.Name && before.Meter == after.Meter && before.Recurring == after.Recurring && before.Interval == after.Interval
            && Where(before) == Where(after)
            && before.Terms.Included == after.Terms.Included && before.Terms.Minimum == after.Terms.Minimum && before.Terms.Maximum == after.Terms.Maximum
            && IsSameRate(before, after);
    }

    // Tiers are lists, which records compare by identity: their words are compared instead, which leave nothing out.
    private static bool IsSameRate(Price before, Price after) =>
        before.Terms.Rate.Model == after.Terms.Rate.Model
        && Terms(before) == Terms(after);

    private static string Terms(Price price) =>
        PriceWords.Of(price, null, BillingInterval.Month, Currency.Of("USD"), CultureInfo.InvariantCulture);

    private static void Prices(List<string> changes, RateCardContent before, RateCardContent after, Func<string, Meter?> meters, CultureInfo culture)
    {
        string Words(Price price, RateCardContent card) =>
            PriceWords.Of(price, price.Meter is { } meter ? meters(meter)?.Unit : null, card.Interval, Currency.Of(card.Currency), culture);

        foreach (var price in after.Prices)
        {
            if (before.Prices.FirstOrDefault(candidate => candidate.Key == price.Key) is not { } old)
            {
                changes.Add($"{price.Name} is new: {Words(price, after)}.");
                continue;
            }

            if (old.Name != price.Name)
            {
                changes.Add($"{old.Name} is called {price.Name}.");
            }

            if (Source(old) != Source(price))
            {
                changes.Add($"{price.Name} is for {Source(price)}, was for {Source(old)}.");
            }

            if (Words(old, before) is var was && Words(price, after) is var now && was != now)
            {
                changes.Add($"{price.Name}: {was} → {now}.");
            }
        }

        changes.AddRange(before.Prices
            .Where(old => after.Prices.All(price => price.Key != old.Key))
            .Select(old => $"{old.Name} is gone, was {Words(old, before)}."));
    }

    private static void Features(List<string> changes, RateCardContent before, RateCardContent after, Func<string, Meter?> meters, CultureInfo culture)
    {
        string Limit(Feature feature) => feature.Limit is { } limit
            ? UnitName.Format(limit, feature.Meter is { } meter ? meters(meter)?.Unit : null, culture)
            : "without a limit";

        foreach (var feature in after.Features)
        {
            if (before.Features.FirstOrDefault(candidate => candidate.Key == feature.Key) is not { } old)
            {
                changes.Add($"Feature {feature.Key} is new: {Limit(feature)}.");
            }
            else if (old != feature)
            {
                changes.Add($"Feature {feature.Key}: {Limit(old)} → {Limit(feature)}.");
            }
        }

        changes.AddRange(before.Features
            .Where(old => after.Features.All(feature => feature.Key != old.Key))
            .Select(old => $"Feature {old.Key} is gone."));
    }

    private static void Note(List<string> changes, string what, string before, string after)
    {
        if (before != after)
        {
            changes.Add($"{what}: {before} → {after}.");
        }
    }

    private static string Source(Price price) => price.Meter is null ? "no usage" : price.Match.Count == 0 ? $"meter {price.Meter}" : $"meter {price.Meter} where {Where(price)}";

    private static string Where(Price price) =>
        string.Join(", ", price.Match.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key} = {pair.Value}"));

    private static string Days(RateCardContent card) => card.TrialDays.ToString(CultureInfo.InvariantCulture);

    private static string Threshold(RateCardContent card, CultureInfo culture) => card.Billing.Threshold is { } threshold
        ? $"at {Money.FormatExact(threshold, Currency.Of(card.Currency), culture)} unbilled"
        : "never";

    private static string Collection(BillingTerms terms) => terms.Collection == BillingTerms.Send
        ? string.Create(CultureInfo.InvariantCulture, $"invoice, due in {terms.NetDays} days")
        : "the saved payment method";
}
