using System.Text.Json;
using System.Text.Json.Serialization;
using Portal.Domain.Values;

namespace Portal.Domain.Rating;

/// <summary>What a price would charge, without storing anything: <c>POST /v1/rating/preview</c>.</summary>
/// <param name="Currency">The currency's code.</param>
/// <param name="Amount">The exact amount with 12 places.</param>
/// <param name="Rounded">The amount with the digits of the currency.</param>
/// <param name="Steps">What adds up to the amount.</param>
/// <param name="Segments">The same by segment, where the request had segments; their amounts and rounded amounts add up to those above.</param>
public sealed record RatingPreview(
    string Currency,
    string Amount,
    string Rounded,
    IReadOnlyList<RatedStep> Steps,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<SegmentPreview>? Segments)
{
    /// <summary>Rates a request; throws <see cref="InvalidInputException"/> with every field at fault when it makes no sense.</summary>
    public static RatingPreview Of(JsonElement request)
    {
        var errors = new FieldErrors();
        var read = RatingPreviewRequest.Read(request, errors);
        errors.ThrowIfAny();

        var (currency, segments, isSegmented) = read!;
        var rated = SegmentRater.Rate(segments);
        if (rated.Any(amount => amount.IsCapped))
        {
            throw InvalidInputException.At(
                isSegmented ? "segments" : "price", "The amount has more than 15 digits before the point: lower the price or the quantity.");
        }

        // As invoices do: each line is the rounded total up to its end, less what the lines before it billed.
        var total = 0m;
        var parts = new List<SegmentPreview>();
        foreach (var amount in rated)
        {
            var line = Money.Round(total + amount.Exact, currency) - Money.Round(total, currency);
            total += amount.Exact;
            parts.Add(new SegmentPreview(Fixed(amount.Exact), line.ToDigits(), amount.Steps));
        }

        return new RatingPreview(
            currency.Code, Fixed(total), Money.Round(total, currency).ToDigits(), [.. rated.SelectMany(amount => amount.Steps)], isSegmented ? parts : null);
    }

    private static string Fixed(decimal exact) => DecimalText.FormatFixed(exact, Exact.Places);
}

/// <summary>What one segment of a preview would charge.</summary>
/// <param name="Amount">The exact amount with 12 places.</param>
/// <param name="Rounded">What its invoice line would say.</param>
/// <param name="Steps">What adds up to the amount.</param>
public sealed record SegmentPreview(string Amount, string Rounded, IReadOnlyList<RatedStep> Steps);
