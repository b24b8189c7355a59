using System.Text;
using Portal.Domain.Limits;
using Portal.Domain.Values;

namespace Portal.Limits;

/// <summary>The fields of a limit on a part of usage as a person fills them in.</summary>
internal sealed class UsageLimitDraft
{
    /// <summary>Stands before a meter's key among what can be chosen.</summary>
    public const string MeterPrefix = "meter:";

    /// <summary>Stands before a feature's key among what can be chosen.</summary>
    public const string FeaturePrefix = "feature:";

    private const int KeyMax = 60;

    /// <summary>The key of the limit that is changed; null for a new one.</summary>
    public string? Key { get; private set; }

    /// <summary>What is limited: a meter or a feature with its prefix; empty for every meter that knows the group.</summary>
    public string Of { get; set; } = "";

    /// <summary>The property that picks a group; empty for all.</summary>
    public string Property { get; set; } = "";

    /// <summary>The group's value.</summary>
    public string Value { get; set; } = "";

    /// <summary>Whether units are limited, not money.</summary>
    public bool InUnits { get; set; }

    /// <summary>The limit; null while the field is empty.</summary>
    public decimal? Most { get; set; }

    /// <summary>Whether it stops a little later.</summary>
    public bool IsSoft { get; set; }

    /// <summary>Percentages at which a mail goes out, with commas between them.</summary>
    public string Alerts { get; set; } = "80, 100";

    /// <summary>The meter that is chosen; null for none in particular.</summary>
    public string? MeterKey => Of.StartsWith(MeterPrefix, StringComparison.Ordinal) ? Of[MeterPrefix.Length..] : null;

    private string? FeatureKey => Of.StartsWith(FeaturePrefix, StringComparison.Ordinal) ? Of[FeaturePrefix.Length..] : null;

    private bool _isOffered;

    /// <summary>Chooses a first meter, once.</summary>
    public void Offer(string of)
    {
        if (!_isOffered && of.Length > 0)
        {
            (Of, _isOffered) = (of, true);
        }
    }

    /// <summary>Takes a limit in, to be changed; null for a new one.</summary>
    public void Begin(UsageLimit? limit)
    {
        Key = limit?.Key;
        Most = limit is null ? null : DecimalText.TryParse(DecimalText.Format(limit.Most), out var plain) ? plain : limit.Most;
        (IsSoft, InUnits) = (limit?.Kind is LimitKind.Soft, limit?.Quantity is not null);
        Alerts = string.Join(", ", limit?.Alerts ?? LimitTerms.AlertsDefault);
        (Property, Value) = limit?.Match.Select(pair => (pair.Key, pair.Value)).FirstOrDefault() is ({ } property, { } value) ? (property, value) : ("", "");
        if (limit is not null)
        {
            Of = limit.Feature is { } feature ? FeaturePrefix + feature : limit.Meter is { } meter ? MeterPrefix + meter : "";
        }
    }

    /// <summary>The key of the limit: that of the changed one, or one made of what it limits, so that the same part has one limit.</summary>
    public string KeyOf()
    {
        if (Key is not null)
        {
            return Key;
        }

        var key = new StringBuilder();
        foreach (var letter in string.Join('-', new[] { MeterKey ?? FeatureKey, Property, Value }.Where(part => !string.IsNullOrEmpty(part))).ToLowerInvariant())
        {
            key.Append(letter is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '.' or '_' or '-' ? letter : '-');
        }

        return (key.Length > KeyMax ? key.ToString(0, KeyMax) : key.ToString()) + (InUnits ? "-u" : "");
    }

    /// <summary>What the fields ask for, or what is wrong with them.</summary>
    public UsageLimitTerms? Read(out FieldErrors errors)
    {
        errors = new FieldErrors();
        var alerts = CapForm.Percentages(Alerts, errors);
        if (Most is not { } most || (Property.Length > 0 && Value.Length == 0) || (Property.Length == 0 && Of.Length == 0) || errors.Any)
        {
            return null;
        }

        var match = new Dictionary<string, string>(StringComparer.Ordinal);
        if (Property.Length > 0)
        {
            match[Property] = Value;
        }

        var inUnits = InUnits && Of.Length > 0;
        return new UsageLimitTerms(MeterKey, FeatureKey, match, inUnits ? null : most, inUnits ? most : null, IsSoft ? LimitKind.Soft : LimitKind.Hard, SpendingLimit.SoftPercentDefault, alerts);
    }
}
