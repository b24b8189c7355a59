using Microsoft.AspNetCore.WebUtilities;
using Portal.Api;
using Portal.Domain.Values;

namespace Portal.Metering;

/// <summary>Where a column or a row of usage leads: a month into its days, a day into its hours, an hour into its events.</summary>
public static class UsageDrill
{
    /// <summary>The address of what lies behind a window.</summary>
    public static string Into(UsageView view, Period window)
    {
        ArgumentNullException.ThrowIfNull(view);
        if (view.Window is TimeWindow.Hour)
        {
            return Events(view, window);
        }

        var zone = TimeZones.Find(view.Zone)!;
        var (first, last) = (zone.DateAt(window.Start).ToDateOnly(), zone.DateAt(window.End.AddTicks(-1)).ToDateOnly());
        return UsageAddress.Of(view.Question with
        {
            First = first < view.Days.First ? view.Days.First : first,
            Last = last > view.Days.Last ? view.Days.Last : last,
            Window = view.Window is TimeWindow.Month ? TimeWindow.Day : TimeWindow.Hour,
        });
    }

    /// <summary>The address of the events of a stretch of time that the question picks.</summary>
    public static string Events(UsageView view, Period period)
    {
        ArgumentNullException.ThrowIfNull(view);
        var parts = new List<KeyValuePair<string, string?>>
        {
            new("customer", view.Question.Customer), new("meter", view.Question.Meter), new("from", Instants.Format(period.Start)), new("to", Instants.Format(period.End)),
        };
        parts.AddRange(view.Question.Match.Select(pair => new KeyValuePair<string, string?>(UsageAddress.MatchPrefix + pair.Key, pair.Value)));
        return QueryHelpers.AddQueryString("events", parts.Where(part => part.Value is not null));
    }
}
