using System.Text.Json;
using Portal.Domain.Values;

namespace Portal.Domain.Rating;

/// <summary>The tiers of a rate in JSON. Each has one boundary, so there can be no gap and no overlap; the order and the open end are checked here.</summary>
internal static class TiersJson
{
    // No card needs more, and the time to rate stays bounded whatever is sent.
    private const int TiersMax = 250;

    /// <summary>Reads <c>tiers</c> and notes every error.</summary>
    public static IReadOnlyList<T> Read<T>(InputObject rate, FieldErrors errors, Func<InputObject, T> read)
    {
        var path = rate.PathOf("tiers");
        if (rate.Find("tiers") is not { ValueKind: JsonValueKind.Array } array || array.GetArrayLength() == 0)
        {
            errors.Add(path, "Give at least one tier; the last one has \"upTo\": null.");
            return [];
        }

        var count = array.GetArrayLength();
        if (count > TiersMax)
        {
            errors.Add(path, $"There can be at most {TiersMax} tiers.");
            return [];
        }

        var tiers = new List<T>(count);
        var lower = 0m;
        foreach (var (index, element) in array.EnumerateArray().Index())
        {
            if (InputObject.Of(element, $"{path}[{index}]", errors, "A tier is an object with an 'upTo'.") is { } tier)
            {
                tiers.Add(read(tier));
                CheckBoundary(tier, isLast: index == count - 1, ref lower);
            }
        }

        return tiers;
    }

    /// <summary>Where a tier ends; null for the open one.</summary>
    public static decimal? UpTo(InputObject tier) => tier.OptionalDecimal("upTo", DecimalBound.AboveZero);

    public static void Write<T>(Utf8JsonWriter writer, IEnumerable<T> tiers, Func<T, decimal?> upTo, Action<Utf8JsonWriter, T> writeRest)
    {
        writer.WriteStartArray("tiers");
        foreach (var tier in tiers)
        {
            writer.WriteStartObject();
            if (upTo(tier) is { } end)
            {
                PriceTermsJson.WriteDecimal(writer, "upTo", end);
            }
            else
            {
                writer.WriteNull("upTo");
            }

            writeRest(writer, tier);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void CheckBoundary(InputObject tier, bool isLast, ref decimal lower)
    {
        var end = tier.Find("upTo");
        if (isLast && end is not null)
        {
            tier.Refuse("upTo", "The last tier must be open, so that no quantity is without a price: set its upTo to null.");
        }

        if (!isLast && end is null)
        {
            tier.Refuse("upTo", "Only the last tier is open: give this one the quantity it ends at, or remove the tiers after it.");
        }

        // What is no decimal has its own error already; the next tier is compared with the last boundary that was one.
        if (end is { } present && InputObject.DecimalOf(present, "", new FieldErrors(), DecimalBound.AboveZero) is { } upTo)
        {
            if (upTo <= lower)
            {
                tier.Refuse("upTo", $"It must be above {DecimalText.Format(lower)}, where the tier before it ends: put the tiers in order.");
            }

            lower = upTo;
        }
    }
}
