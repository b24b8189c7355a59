using Portal.Domain.Catalog;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Limits;

/// <summary>What somebody asks a limit on a part of usage to be.</summary>
/// <param name="Meter">The meter whose usage counts; null for none in particular.</param>
/// <param name="Feature">The feature whose meter counts, and which alone is refused; null for none.</param>
/// <param name="Match">Picks groups by properties of events, such as <c>api_key</c>; empty for all.</param>
/// <param name="Amount">The limit in major units of the customer's currency; null where units are limited.</param>
/// <param name="Quantity">The limit in units of the meter; null where money is limited.</param>
/// <param name="Kind">Hard or soft.</param>
/// <param name="SoftPercent">The soft band in percent of the limit.</param>
/// <param name="Alerts">Percentages at which a mail goes out, in any order; null for 80 and 100, none for no mail.</param>
public sealed record UsageLimitTerms(
    string? Meter,
    string? Feature,
    IReadOnlyDictionary<string, string> Match,
    decimal? Amount,
    decimal? Quantity,
    LimitKind Kind = LimitKind.Hard,
    decimal SoftPercent = SpendingLimit.SoftPercentDefault,
    IReadOnlyList<int>? Alerts = null)
{
    private const int MatchMax = 5;
    private const int MatchTextMax = 1_000;

    /// <summary>The limit that these terms make.</summary>
    public UsageLimit ToLimit(int customerId, string key) => new()
    {
        CustomerId = customerId,
        Key = key,
        Meter = Meter,
        Feature = Feature,
        Match = Match,
        Amount = Amount,
        Quantity = Quantity,
        Kind = Kind,
        SoftPercent = SoftPercent,
        Alerts = Common.SortedAlerts,
    };

    // What it has in common with a cap is checked as a cap is.
    private LimitTerms Common => new(Amount ?? 0, Kind, SoftPercent, Alerts);

    /// <summary>What makes no sense, by field.</summary>
    /// <param name="entry">The customer.</param>
    /// <param name="state">The catalog.</param>
    /// <param name="features">What the customer's card includes now.</param>
    public FieldErrors Check(CustomerEntry entry, RegisterState state, IReadOnlyList<Feature> features)
    {
        var errors = Common.Check(Currency.Of(entry.Customer.Currency));
        if (Amount is null == Quantity is null)
        {
            errors.Add("amount", "Give either 'amount', in money, or 'quantity', in units of a meter. For both, make two limits.");
        }

        if (Quantity < 0)
        {
            errors.Add("quantity", "A limit is 0 or more. 0 refuses all of it.");
        }

        if (Meter is not null && Feature is not null)
        {
            errors.Add("feature", "Name a meter or a feature, not both: a feature's meter counts for it.");
        }

        CheckMeter(state, features, errors);
        CheckMatch(state, features, errors);
        return errors;
    }

    private void CheckMeter(RegisterState state, IReadOnlyList<Feature> features, FieldErrors errors)
    {
        if (Meter is not null && state.Meter(Meter) is null)
        {
            errors.Add("meter", $"There is no meter '{Meter}'.");
        }

        if (Feature is not null && features.FirstOrDefault(feature => feature.Key == Feature)?.Meter is null)
        {
            errors.Add("feature", $"The plan has no feature '{Feature}' that a meter counts.");
        }

        if (Meter is null && Feature is null && Match.Count == 0)
        {
            errors.Add("meter", "Say what it limits: a 'meter', a 'feature', or a 'match' such as {\"api_key\":\"prod\"}. All usage together is limited by PUT …/limit.");
        }

        if (Quantity is not null && Meter is null && Feature is null)
        {
            errors.Add("meter", "Units are counted by a meter: name it, or the feature.");
        }
    }

    private void CheckMatch(RegisterState state, IReadOnlyList<Feature> features, FieldErrors errors)
    {
        if (Match.Count > MatchMax)
        {
            errors.Add("match", $"Pick groups by at most {MatchMax} properties.");
        }

        var counted = Meter ?? features.FirstOrDefault(feature => feature.Key == Feature)?.Meter;
        var meters = counted is null ? state.Meters : [.. state.Meters.Where(meter => meter.Key == counted)];
        foreach (var (property, value) in Match)
        {
            if (!meters.Any(meter => meter.GroupBy.Contains(property)))
            {
                errors.Add(FieldErrors.Path("match", property), counted is null ? $"No meter groups its usage by '{property}'." : $"The meter '{counted}' does not group its usage by '{property}'.");
            }
            else if (value.Length > MatchTextMax)
            {
                errors.Add(FieldErrors.Path("match", property), $"A value has at most {MatchTextMax} characters.");
            }
        }
    }
}
