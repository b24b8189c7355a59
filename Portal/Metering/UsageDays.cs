using System.Globalization;
using NodaTime;
using Portal.Domain.Catalog;
using Portal.Domain.Storage;
using Portal.Domain.Values;
using Period = Portal.Domain.Values.Period;

namespace Portal.Metering;

/// <summary>Which days the usage page shows, in the customer's zone: those that were asked for, or the running billing period.</summary>
/// <param name="Entry">The customer.</param>
/// <param name="Now">Business time.</param>
/// <param name="Zone">The customer's zone.</param>
public sealed record UsageDays(CustomerEntry Entry, DateTimeOffset Now, DateTimeZone Zone)
{
    private const int DaysWithoutPeriod = 30;

    private LocalDate Today => Zone.DateAt(Now);

    private Period? Running => Entry.Subscription is { } subscription ? BillingPeriods.At(Entry.Customer, subscription, Now) : null;

    /// <summary>The days of a question.</summary>
    /// <exception cref="InvalidInputException">Where the first lies after the last.</exception>
    public DaySpan Of(UsageQuestion question)
    {
        ArgumentNullException.ThrowIfNull(question);
        var begun = (Running is { } period ? Zone.DateAt(period.Start) : Today.PlusDays(1 - DaysWithoutPeriod)).ToDateOnly();
        var first = question.First ?? (question.Last < begun ? question.Last.Value : begun);
        var last = question.Last ?? (first > Today.ToDateOnly() ? first : Today.ToDateOnly());
        return first <= last
            ? new DaySpan(first, last)
            : throw InvalidInputException.At("", "The first day lies after the last one. Exchange them.");
    }

    /// <summary>The instants of days.</summary>
    public Period Instants(DaySpan days) =>
        new(Zone.StartOf(LocalDate.FromDateOnly(days.First)), Zone.StartOf(LocalDate.FromDateOnly(days.Last).PlusDays(1)));

    /// <summary>What a window is called that begins at an instant. An hour that a day has twice says which of the two it is.</summary>
    public string Label(DateTimeOffset start, TimeWindow window, DaySpan days)
    {
        var local = Instant.FromDateTimeOffset(start).InZone(Zone);
        return window switch
        {
            TimeWindow.Hour => local.ToString(days.Count == 1 ? "HH:mm" : "d MMM, HH:mm", CultureInfo.InvariantCulture)
                + (Zone.MapLocal(local.LocalDateTime).Count == 2 ? string.Create(CultureInfo.InvariantCulture, $" ({local.Offset:g})") : ""),
            TimeWindow.Day => local.ToString("d MMM", CultureInfo.InvariantCulture),
            TimeWindow.Month => local.ToString("MMM uuuu", CultureInfo.InvariantCulture),
        };
    }

    /// <summary>As many days before, or as many months where months are shown.</summary>
    public static DaySpan Before(DaySpan days, TimeWindow window)
    {
        if (window is not TimeWindow.Month)
        {
            return new DaySpan(days.First.AddDays(-days.Count), days.First.AddDays(-1));
        }

        var months = ((days.Last.Year - days.First.Year) * 12) + days.Last.Month - days.First.Month + 1;
        return new DaySpan(days.First.AddMonths(-months), days.First.AddDays(-1));
    }

    /// <summary>What may be chosen in a word.</summary>
    public IReadOnlyList<UsagePreset> Presets()
    {
        var presets = new List<UsagePreset> { new("Today", Back(1), TimeWindow.Hour), new("7 days", Back(7), TimeWindow.Day), new("30 days", Back(30), TimeWindow.Day) };
        if (Running is { } running && Entry.Subscription is { } subscription)
        {
            presets.Insert(0, new UsagePreset("This period", Days(running with { }, Today), TimeWindow.Day));
            if (BillingPeriods.At(Entry.Customer, subscription, running.Start.AddTicks(-1)) is { } before)
            {
                presets.Insert(1, new UsagePreset("Last period", Days(before, Zone.DateAt(before.End.AddTicks(-1))), TimeWindow.Day));
            }
        }

        presets.Add(new UsagePreset("12 months", new DaySpan(Today.With(DateAdjusters.StartOfMonth).PlusMonths(-11).ToDateOnly(), Today.ToDateOnly()), TimeWindow.Month));
        return presets;

        DaySpan Back(int days) => new(Today.PlusDays(1 - days).ToDateOnly(), Today.ToDateOnly());

        DaySpan Days(Period period, LocalDate last) => new(Zone.DateAt(period.Start).ToDateOnly(), last.ToDateOnly());
    }
}
