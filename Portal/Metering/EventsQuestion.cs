using System.Globalization;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;
using NodaTime;
using NodaTime.Text;
using Portal.Api;
using Portal.Domain.Metering;
using Period = Portal.Domain.Values.Period;

namespace Portal.Metering;

/// <summary>What the address of the events page asks for, the same for the page and its file.</summary>
/// <param name="Customer">The customer that the address names; null for the person's own.</param>
/// <param name="Meter">The meter that counts them; null for all events.</param>
/// <param name="From">From this instant; null for a week before the end.</param>
/// <param name="To">Up to this instant; null for now.</param>
/// <param name="Id">One event; null for all.</param>
/// <param name="After">Where the page before ended; null for the first.</param>
/// <param name="Match">Property → value, for some groups of the meter.</param>
public sealed record EventsQuestion(
    string? Customer, string? Meter, string? From, string? To, string? Id, string? After, IReadOnlyDictionary<string, string> Match)
{
    private static readonly TimeSpan s_lastDays = TimeSpan.FromDays(7);

    /// <summary>Reads the question of an address.</summary>
    public static EventsQuestion Parse(string uri) => Parse(QueryHelpers.ParseQuery(new Uri(uri).Query));

    /// <summary>Reads the question of a query.</summary>
    public static EventsQuestion Parse(IEnumerable<KeyValuePair<string, StringValues>> query)
    {
        var values = query.ToDictionary(item => item.Key, item => item.Value.ToString(), StringComparer.Ordinal);
        return new EventsQuestion(Given("customer"), Given("meter"), Given("from"), Given("to"), Given("id")?.Trim(), Given("after"), UsageAddress.MatchOf(values));

        string? Given(string name) => values.GetValueOrDefault(name) is { Length: > 0 } value ? value : null;
    }

    /// <summary>The address of the question.</summary>
    public string Address(string path = "events") => QueryHelpers.AddQueryString(path, new KeyValuePair<string, string?>[]
    {
        new("customer", Customer), new("meter", Meter), new("from", From), new("to", To), new("id", Id), new("after", After),
    }.Concat(Match.Select(pair => new KeyValuePair<string, string?>(UsageAddress.MatchPrefix + pair.Key, pair.Value))).Where(part => part.Value is not null));

    /// <summary>The stretch of time: instants, or what a date field gives, in the customer's zone.</summary>
    public Period PeriodIn(DateTimeZone zone, DateTimeOffset now)
    {
        var to = InstantOf(To, zone) ?? now;
        var from = InstantOf(From, zone) is { } start && start <= to ? start : to - s_lastDays;
        return new Period(from, to);
    }

    /// <summary>The question to the domain.</summary>
    public EventQuery Query(string customer, Period period, int limit) => new(customer, Meter, Meter is null ? new Dictionary<string, string>() : Match, period, After, limit) { Id = Id };

    /// <summary>An instant as a date field of a form has it, in a zone.</summary>
    public static string Local(DateTimeOffset at, DateTimeZone zone) =>
        Instant.FromDateTimeOffset(at).InZone(zone).LocalDateTime.ToString("uuuu-MM-dd'T'HH:mm", CultureInfo.InvariantCulture);

    private static DateTimeOffset? InstantOf(string? text, DateTimeZone zone)
    {
        if (text is null)
        {
            return null;
        }

        if (Instants.TryParse(text, out var instant))
        {
            return instant;
        }

        return LocalDateTimePattern.CreateWithInvariantCulture("uuuu-MM-dd'T'HH:mm").Parse(text) is { Success: true } local
            ? local.Value.InZoneLeniently(zone).ToDateTimeOffset()
            : null;
    }
}
