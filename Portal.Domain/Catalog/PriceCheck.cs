using Portal.Domain.Rating;
using Portal.Domain.Values;

namespace Portal.Domain.Catalog;

/// <summary>Whether the prices of a card, or of a subscription's overrides, make sense together.</summary>
public static class PriceCheck
{
    /// <summary>Notes what is wrong with each price by itself.</summary>
    /// <param name="prices">The prices, each with its path in the input.</param>
    /// <param name="interval">The length of the card's billing period.</param>
    /// <param name="meters">The meters by key.</param>
    /// <param name="errors">Where errors are noted.</param>
    public static void Each(IReadOnlyList<(Price Price, string Path)> prices, BillingInterval interval, Func<string, Meter?> meters, FieldErrors errors)
    {
        var keys = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (price, path) in prices)
        {
            Identifier.Check(price.Key, FieldErrors.Path(path, "key"), errors);
            if (!keys.Add(price.Key))
            {
                errors.Add(FieldErrors.Path(path, "key"), $"Another price has the key '{price.Key}': each needs its own.");
            }

            PlainText.Check(price.Name, FieldErrors.Path(path, "name"), PlainText.NameMax, errors);
            if (price.Recurring is null)
            {
                Usage(price, path, meters, errors);
            }
            else
            {
                Recurring(price, path, interval, errors);
            }
        }
    }

    /// <summary>Notes prices of one meter that match the same usage with equally many keys: it would be anybody's guess which one takes it.</summary>
    public static void Ties(IReadOnlyList<(Price Price, string Path)> prices, FieldErrors errors)
    {
        for (var i = 0; i < prices.Count; i++)
        {
            var (price, path) = prices[i];
            if (price.Meter is not null && prices.Take(i).FirstOrDefault(other => AreTied(other.Price, price, prices)) is { Price: { } rival })
            {
                errors.Add(FieldErrors.Path(path, "match"), price.Match.Count == 0
                    ? $"'{rival.Key}' and '{price.Key}' both take what no other price of meter '{price.Meter}' took: give one of them a match, or remove one."
                    : $"'{rival.Key}' and '{price.Key}' match the same usage of meter '{price.Meter}' with equally many keys: add a key to one of them, or a third price that matches both.");
            }
        }
    }

    private static void Usage(Price price, string path, Func<string, Meter?> meters, FieldErrors errors)
    {
        if (price.Interval is not null)
        {
            errors.Add(FieldErrors.Path(path, "interval"), "Only a recurring fee has an interval of its own: remove it.");
        }

        if (price.Meter is null)
        {
            errors.Add(FieldErrors.Path(path, "meter"), "Name the meter whose usage this prices, or say \"recurring\": \"advance\" or \"arrears\" for a fee.");
            return;
        }

        if (meters(price.Meter) is not { } meter)
        {
            errors.Add(FieldErrors.Path(path, "meter"), $"There is no meter '{price.Meter}': create it first with PUT /v1/meters/{price.Meter}.");
            return;
        }

        foreach (var key in price.Match.Keys.Where(key => !meter.GroupBy.Contains(key, StringComparer.Ordinal)))
        {
            errors.Add(FieldErrors.Path(path, $"match.{key}"), meter.GroupBy.Length == 0
                ? $"Meter '{meter.Key}' does not group its usage, so nothing can be matched: remove the match."
                : $"Meter '{meter.Key}' does not group by '{key}': use {string.Join(", ", meter.GroupBy)}.");
        }

        if (price.Terms.Rate is PercentageRate)
        {
            Percentage(meter, path, errors);
        }
    }

    private static void Percentage(Meter meter, string path, FieldErrors errors)
    {
        if (meter.Aggregation != Aggregation.Sum)
        {
            errors.Add(FieldErrors.Path(path, "rate.model"), $"A percentage is of the value of each event: meter '{meter.Key}' must have the aggregation \"sum\".");
        }
    }

    private static void Recurring(Price price, string path, BillingInterval interval, FieldErrors errors)
    {
        if (price.Recurring is not (Price.Advance or Price.Arrears))
        {
            errors.Add(FieldErrors.Path(path, "recurring"), "Say \"advance\" or \"arrears\".");
        }

        if (price.Meter is not null)
        {
            errors.Add(FieldErrors.Path(path, "meter"), "A recurring fee has no meter: remove the meter, or 'recurring'.");
        }

        if (price.Match.Count > 0)
        {
            errors.Add(FieldErrors.Path(path, "match"), "A recurring fee matches no usage: remove it.");
        }

        if (price.Interval is { } own && own != interval && (own == BillingInterval.Week || interval == BillingInterval.Week))
        {
            errors.Add(FieldErrors.Path(path, "interval"), "Weeks do not fit into months: a card by the week has fees by the week, and no other card has.");
        }

        if (price.Terms.Rate is PercentageRate or GraduatedPercentageRate)
        {
            errors.Add(FieldErrors.Path(path, "rate.model"), "A recurring fee is a percentage of nothing: use \"flat\".");
        }
    }

    private static bool AreTied(Price left, Price right, IReadOnlyList<(Price Price, string Path)> prices)
    {
        if (left.Meter != right.Meter || left.Match.Count != right.Match.Count
            || left.Match.Any(pair => right.Match.TryGetValue(pair.Key, out var other) && other != pair.Value))
        {
            return false;
        }

        // A third price that matches all that both match, with more keys, takes it from both.
        var both = left.Match.Concat(right.Match).DistinctBy(pair => pair.Key).ToDictionary(StringComparer.Ordinal);
        return !prices.Any(third => third.Price.Meter == left.Meter
            && third.Price.Match.Count > left.Match.Count
            && third.Price.Match.All(pair => both.TryGetValue(pair.Key, out var value) && value == pair.Value));
    }
}
