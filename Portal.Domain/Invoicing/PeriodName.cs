using NodaTime;
using NodaTime.Text;
using Portal.Domain.Values;
using Period = Portal.Domain.Values.Period;

namespace Portal.Domain.Invoicing;

/// <summary>A period in words, in the zone of its customer: "March 2026", or "15 March to 14 April 2026".</summary>
public static class PeriodName
{
    private static readonly LocalDatePattern s_month = LocalDatePattern.CreateWithInvariantCulture("MMMM uuuu");
    private static readonly LocalDatePattern s_day = LocalDatePattern.CreateWithInvariantCulture("d MMMM");
    private static readonly LocalDatePattern s_dayOfYear = LocalDatePattern.CreateWithInvariantCulture("d MMMM uuuu");

    /// <summary>The name of a period; its last day is the one that its last instant lies in.</summary>
    public static string Of(Period period, DateTimeZone zone)
    {
        var first = zone.DateAt(period.Start);
        var last = zone.DateAt(period.End.AddTicks(-1));
        if (first.Day == 1 && first.PlusMonths(1) == last.PlusDays(1))
        {
            return s_month.Format(first);
        }

        return first == last ? s_dayOfYear.Format(first)
            : $"{(first.Year == last.Year ? s_day : s_dayOfYear).Format(first)} to {s_dayOfYear.Format(last)}";
    }
}
