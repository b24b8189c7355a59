using System.Globalization;
using Portal.Domain.Catalog;
using Portal.Domain.Values;

namespace Portal.Catalog;

/// <summary>What a card includes, in words: <c>API calls: up to 50,000 calls a month</c>.</summary>
internal static class FeatureWords
{
    /// <summary>A feature in a line.</summary>
    /// <param name="feature">The feature.</param>
    /// <param name="meters">The meters, for names and units.</param>
    /// <param name="interval">How long a limit holds.</param>
    public static string Of(Feature feature, IReadOnlyList<Meter> meters, BillingInterval interval)
    {
        var meter = meters.FirstOrDefault(known => known.Key == feature.Meter);
        return feature.Limit is { } limit && meter is not null
            ? $"{feature.Key}: up to {UnitName.Format(limit, meter.Unit, CultureInfo.CurrentCulture)} a {PriceWords.Word(interval)}, counted as {meter.Name}; requests beyond are refused"
            : $"{feature.Key}: without a limit of its own";
    }
}
