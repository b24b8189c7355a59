using System.Globalization;
using System.Text.Json;
using Portal.Domain.Rating;
using Portal.Domain.Values;

namespace Portal.Domain.Tests.Rating;

/// <summary>Prices and figures for tests, written as a card writes them.</summary>
internal static class Prices
{
    /// <summary>The terms of a price in JSON, with single quotes for double ones.</summary>
    public static PriceTerms Terms(string json)
    {
        var errors = new FieldErrors();
        var terms = PriceTermsJson.Read(Element(json), "", errors);
        errors.ThrowIfAny();
        return terms!;
    }

    public static JsonElement Element(string json) => JsonDocument.Parse(json.Replace('\'', '"')).RootElement;

    public static decimal Number(string text) => decimal.Parse(text, CultureInfo.InvariantCulture);

    public static IEnumerable<decimal> Numbers(string text) =>
        text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Number);

    public static RatedUsage Used(decimal quantity) => new(quantity, quantity == 0 ? 0 : 1);

    /// <summary>The amount of a rating, after it was checked that its steps add up to it.</summary>
    public static decimal Amount(this RatedAmount rated)
    {
        Assert.Equal(rated.Exact, rated.Steps.Sum(step => step.Amount));
        return rated.Exact;
    }
}
