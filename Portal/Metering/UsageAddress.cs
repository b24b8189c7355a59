using System.Globalization;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;
using Portal.Domain.Values;

namespace Portal.Metering;

/// <summary>What the address of the usage page asks for; null takes a default.</summary>
/// <param name="Meter">The meter's key.</param>
/// <param name="Window">How time is cut.</param>
/// <param name="First">The first day.</param>
/// <param name="Last">The last day.</param>
/// <param name="By">The property that tells parts apart; "" for none, null for the meter's first.</param>
/// <param name="Match">Property → value, for some of the meter's groups.</param>
/// <param name="Show">Units, or what they cost.</param>
/// <param name="Compare">Whether the time before is shown beside it.</param>
/// <param name="Customer">The customer that the address names; null for the person's own.</param>
public sealed record UsageQuestion(
    string? Meter, TimeWindow? Window, DateOnly? First, DateOnly? Last, string? By, IReadOnlyDictionary<string, string> Match, UsageMeasure Show, bool Compare, string? Customer)
{
    /// <summary>The defaults.</summary>
    public static UsageQuestion Nothing { get; } = new(null, null, null, null, null, new Dictionary<string, string>(), UsageMeasure.Units, false, null);
}

/// <summary>What the chart of usage counts.</summary>
public enum UsageMeasure
{
    /// <summary>Units, by group.</summary>
    Units,

    /// <summary>Units, free ones apart from those that are charged.</summary>
    Included,

    /// <summary>Money, by price.</summary>
    Cost,
}

/// <summary>The question as an address and back, the same for the page and its file.</summary>
public static class UsageAddress
{
    /// <summary>As in the API: match.model=gpt-4o picks groups of a meter.</summary>
    public const string MatchPrefix = "match.";

    /// <summary>Reads the question of an address.</summary>
    public static UsageQuestion Parse(string uri) => Parse(QueryHelpers.ParseQuery(new Uri(uri).Query));

    /// <summary>Reads the question of a query.</summary>
    public static UsageQuestion Parse(IEnumerable<KeyValuePair<string, StringValues>> query)
    {
        var values = query.ToDictionary(item => item.Key, item => item.Value.ToString(), StringComparer.Ordinal);
        return new UsageQuestion(
            NotEmpty("meter"),
            values.GetValueOrDefault("window") switch { "hour" => TimeWindow.Hour, "day" => TimeWindow.Day, "month" => TimeWindow.Month, _ => null },
            Day("from"), Day("to"), values.GetValueOrDefault("by"),
            MatchOf(values),
            values.GetValueOrDefault("show") switch { "cost" => UsageMeasure.Cost, "included" => UsageMeasure.Included, _ => UsageMeasure.Units },
            values.GetValueOrDefault("compare") == "true", NotEmpty("customer"));

        string? NotEmpty(string name) => values.GetValueOrDefault(name) is { Length: > 0 } value ? value : null;

        DateOnly? Day(string name) =>
            DateOnly.TryParseExact(values.GetValueOrDefault(name), "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day : null;
    }

    /// <summary>The groups that a query picks; an empty value picks all.</summary>
    public static Dictionary<string, string> MatchOf(IEnumerable<KeyValuePair<string, string>> query) => query
        .Where(item => item.Key.StartsWith(MatchPrefix, StringComparison.Ordinal) && item.Value.Length > 0)
        .ToDictionary(item => item.Key[MatchPrefix.Length..], item => item.Value, StringComparer.Ordinal);

    /// <summary>The address of a question.</summary>
    /// <param name="question">The question.</param>
    /// <param name="path">Where it is answered.</param>
    public static string Of(UsageQuestion question, string path = "usage")
    {
        ArgumentNullException.ThrowIfNull(question);
        var parts = new List<KeyValuePair<string, string?>>
        {
            new("customer", question.Customer),
            new("meter", question.Meter),
            new("from", Iso(question.First)),
            new("to", Iso(question.Last)),
            new("window", question.Window is { } window ? window.ToString().ToLowerInvariant() : null),
            new("by", question.By),
            new("show", question.Show is UsageMeasure.Units ? null : question.Show.ToString().ToLowerInvariant()),
            new("compare", question.Compare ? "true" : null),
        };
        parts.AddRange(question.Match.Select(pair => new KeyValuePair<string, string?>(MatchPrefix + pair.Key, pair.Value)));
        return QueryHelpers.AddQueryString(path, parts.Where(part => part.Value is not null));
    }

    /// <summary>A day as addresses and date fields have it.</summary>
    public static string? Iso(DateOnly? day) => day?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
