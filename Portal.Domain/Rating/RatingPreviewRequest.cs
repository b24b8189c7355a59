using System.Text.Json;
using Portal.Domain.Values;

namespace Portal.Domain.Rating;

/// <summary>The body of <c>POST /v1/rating/preview</c>: a currency, a price, and one of <c>quantity</c>, <c>values</c> and <c>segments</c>.</summary>
/// <param name="Currency">The currency that amounts are rounded to.</param>
/// <param name="Segments">What is rated; one segment where the request has none.</param>
/// <param name="IsSegmented">Whether the request had segments.</param>
internal sealed record RatingPreviewRequest(Currency Currency, IReadOnlyList<UsageSegment> Segments, bool IsSegmented)
{
    private const int SegmentsMax = 100;

    private static readonly string[] s_usageFields = ["quantity", "values", "segments"];

    // A price of a card can be pasted as it is; these fields of it do not matter to an amount.
    private static readonly string[] s_cardFields = ["key", "name", "meter", "match", "recurring", "interval"];

    /// <summary>Reads a request and notes every error; null when there is one.</summary>
    public static RatingPreviewRequest? Read(JsonElement request, FieldErrors errors)
    {
        if (InputObject.Of(request, "", errors, "Send an object with a currency, a price and a quantity.") is not { } body)
        {
            return null;
        }

        body.RefuseOthers("a rating preview", "currency", "price", "quantity", "values", "segments");
        var code = body.Text("currency", "Give the currency's ISO 4217 code, such as USD.");
        var currency = Currency.Find(code);
        if (currency is null && code.Length > 0)
        {
            body.Refuse("currency", $"'{code}' is not an active ISO 4217 code: use one such as USD, EUR or JPY.");
        }

        var price = body.Find("price") is { } given ? PriceTermsJson.Read(given, "price", errors, s_cardFields) : null;
        var isSegmented = body.Find("segments") is not null;
        if (body.Find("price") is null && !isSegmented)
        {
            body.Refuse("price", "Give the price as an object with a 'rate'.");
        }

        if (s_usageFields.Count(field => body.Find(field) is not null) != 1)
        {
            body.Refuse("quantity", "Give exactly one of quantity, values (for percentages) and segments.");
            return null;
        }

        var segments = isSegmented ? ReadSegments(body, price, errors) : ReadWhole(body, price, errors);
        return errors.Any ? null : new RatingPreviewRequest(currency!, segments, isSegmented);
    }

    private static List<UsageSegment> ReadWhole(InputObject body, PriceTerms? price, FieldErrors errors)
    {
        var runs = ReadUsage(body, errors);
        return price is null ? [] : [new UsageSegment(price, RatedUsage.OfRuns(runs))];
    }

    /// <summary>Segments follow each other in time: each adds its usage, and its share if it has one, to that of those before it.</summary>
    private static List<UsageSegment> ReadSegments(InputObject body, PriceTerms? price, FieldErrors errors)
    {
        if (body.Find("segments") is not { ValueKind: JsonValueKind.Array } array || array.GetArrayLength() is 0 or > SegmentsMax)
        {
            body.Refuse("segments", $"Give 1 to {SegmentsMax} segments, such as {{\"quantity\":\"100\"}}.");
            return [];
        }

        var segments = new List<UsageSegment>();
        var runs = new List<ValueRun>();
        var shares = new List<decimal?>();
        foreach (var (index, element) in array.EnumerateArray().Index())
        {
            if (InputObject.Of(element, $"segments[{index}]", errors, "A segment is an object with a quantity or values.") is { } segment)
            {
                var terms = ReadSegmentPrice(segment, errors) ?? price;
                runs.AddRange(ReadSegmentUsage(segment, errors));
                shares.Add(segment.OptionalDecimal("share"));
                segments.Add(new UsageSegment(terms!, RatedUsage.OfRuns(runs), shares[0] is null ? 1m : shares.Sum()!.Value));
                if (terms is null && segment.Find("price") is null && body.Find("price") is null)
                {
                    segment.Refuse("price", "Give this segment a price, or the whole request one.");
                }
            }
        }

        if (shares.Contains(null) && shares.Any(share => share is not null))
        {
            body.Refuse("segments", "Give every segment its share of the period, or none.");
        }

        if (shares.Sum() > 1)
        {
            body.Refuse("segments", "The shares of the period must not add up to more than 1.");
        }

        return segments;
    }

    private static PriceTerms? ReadSegmentPrice(InputObject segment, FieldErrors errors)
    {
        segment.RefuseOthers("a segment", "quantity", "values", "price", "share");
        return segment.Find("price") is { } own ? PriceTermsJson.Read(own, segment.PathOf("price"), errors, s_cardFields) : null;
    }

    private static List<ValueRun> ReadSegmentUsage(InputObject segment, FieldErrors errors)
    {
        if (segment.Find("quantity") is null == segment.Find("values") is null)
        {
            segment.Refuse("quantity", "Give either the quantity or the values of this segment.");
        }

        return ReadUsage(segment, errors);
    }

    private static List<ValueRun> ReadUsage(InputObject source, FieldErrors errors)
    {
        if (source.Find("values") is not { } values)
        {
            // A quantity without its events stands for one event, which only a percentage asks about.
            return source.OptionalDecimal("quantity") is { } quantity and > 0 ? [new ValueRun(quantity)] : [];
        }

        if (values.ValueKind != JsonValueKind.Array)
        {
            source.Refuse("values", "Give the values of the events as an array, in order of time.");
            return [];
        }

        return
        [
            .. values.EnumerateArray().Select((value, index) =>
                new ValueRun(InputObject.DecimalOf(value, $"{source.PathOf("values")}[{index}]", errors, DecimalBound.Any) ?? 0m)),
        ];
    }
}
