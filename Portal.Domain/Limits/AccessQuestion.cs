namespace Portal.Domain.Limits;

/// <summary>What access is asked for.</summary>
/// <param name="Feature">The feature's key; null for access in general.</param>
/// <param name="Meter">The meter that will count; null where the feature says it, or nobody asks.</param>
/// <param name="Match">The group that the usage will belong to, by its properties, such as <c>api_key</c>; empty for none in particular.</param>
public sealed record AccessQuestion(string? Feature, string? Meter, IReadOnlyDictionary<string, string> Match)
{
    private static readonly Dictionary<string, string> s_noMatch = [];

    /// <summary>Access in general.</summary>
    public static AccessQuestion General { get; } = new(null, null, s_noMatch);

    /// <summary>Access to a feature; in general where it is null.</summary>
    public static AccessQuestion Of(string? feature) => new(feature, null, s_noMatch);

    /// <summary>The question that a limit on a part of usage answers.</summary>
    public static AccessQuestion About(UsageLimit limit) => new(limit.Feature, limit.Meter, limit.Match);

    /// <summary>The same text for the same question.</summary>
    public string Name { get; } = string.Join('\0', [Feature ?? "", Meter ?? "", .. Match.OrderBy(pair => pair.Key, StringComparer.Ordinal).SelectMany(pair => new[] { pair.Key, pair.Value })]);
}
