using System.Globalization;
using NodaTime;
using Portal.Domain.Values;
using Period = Portal.Domain.Values.Period;

namespace Portal.Shared;

/// <summary>Figures and times as words, the same on every page: for sentences and attributes, where a component cannot stand.</summary>
/// <remarks>Numbers follow the viewer's culture. Dates are English and Gregorian, as the page is: "3 Apr 2026" is read alike everywhere, "4/3/2026" is not.</remarks>
public static class Wording
{
    private const string NoBreak = "\u00a0";

    /// <summary>An amount with its currency's own digits.</summary>
    public static string Amount(Money value) => value.Format(CultureInfo.CurrentCulture);

    /// <summary>An amount before it is payable, with all of its digits but at least those of the currency, such as <c>$0.0000025</c>.</summary>
    public static string Exact(decimal value, Currency currency) => Money.FormatExact(value, currency, CultureInfo.CurrentCulture);

    /// <summary>A quantity with all of its digits and separators, and its unit: <c>92,400,000 tokens</c>.</summary>
    public static string Quantity(decimal value, string? unit = null)
    {
        var number = value.ToString("#,##0.############################", CultureInfo.CurrentCulture);
        return string.IsNullOrEmpty(unit) ? number : $"{number}{NoBreak}{Unit(value, unit)}";
    }

    /// <summary>A unit beside a quantity: one token, two tokens; signs such as GB stay as they are.</summary>
    public static string Unit(decimal value, string unit)
    {
        ArgumentNullException.ThrowIfNull(unit);
        var isWord = unit.Length > 2 && char.IsLower(unit[^1]) && unit[^1] != 's';
        return value is 1 or -1 || !isWord ? unit : unit + "s";
    }

    /// <summary>What is used of a limit, in whole percent. It is never rounded up: 100 % means that all of it is used.</summary>
    public static string Percent(decimal percent) => percent is > 0 and < 1
        ? $"<{NoBreak}1{NoBreak}%"
        : Math.Floor(percent).ToString("#,##0", CultureInfo.CurrentCulture) + NoBreak + "%";

    /// <summary>A percentage that was agreed or chosen, with all its digits: <c>12.5 %</c>.</summary>
    public static string Rate(decimal percent) => percent.ToString("#,##0.############", CultureInfo.CurrentCulture) + NoBreak + "%";

    /// <summary>A part of a whole or a change, rounded to one digit: <c>4.9 %</c>.</summary>
    public static string Share(decimal percent) => Rate(Math.Round(percent, 1, MidpointRounding.AwayFromZero));

    /// <summary>The date at an instant: <c>21 Nov 2026</c>.</summary>
    public static string Day(DateTimeOffset at, string zone) => Local(at, zone).ToString("d MMM uuuu", CultureInfo.InvariantCulture);

    /// <summary>A date that is no instant: <c>21 Nov 2026</c>.</summary>
    public static string Date(DateOnly day) => day.ToString("d MMM yyyy", CultureInfo.InvariantCulture);

    /// <summary>A number of few digits for a chart's axis: <c>1.2 M</c>. Exact figures stand in the table behind it.</summary>
    public static string Compact(decimal value)
    {
        var (part, sign) = Math.Abs(value) switch
        {
            >= 1_000_000_000 => (value / 1_000_000_000, "G"),
            >= 1_000_000 => (value / 1_000_000, "M"),
            >= 1_000 => (value / 1_000, "k"),
            _ => (value, ""),
        };
        var number = part.ToString("0.##", CultureInfo.CurrentCulture);
        return sign.Length > 0 ? number + NoBreak + sign : number;
    }

    /// <summary>The date and the minute at an instant: <c>21 Nov 2026, 14:05</c>.</summary>
    public static string Minute(DateTimeOffset at, string zone) => Local(at, zone).ToString("d MMM uuuu, HH:mm", CultureInfo.InvariantCulture);

    /// <summary>The first and last day of a period: <c>1 – 30 November 2026</c>.</summary>
    public static string Days(Period period, string zone)
    {
        var first = Local(period.Start, zone).Date;
        var last = period.Duration > TimeSpan.Zero ? Local(period.End.AddTicks(-1), zone).Date : first;
        var end = last.ToString("d MMMM uuuu", CultureInfo.InvariantCulture);
        return first == last ? end
            : first.Year != last.Year ? $"{first.ToString("d MMMM uuuu", CultureInfo.InvariantCulture)} – {end}"
            : first.Month != last.Month ? $"{first.ToString("d MMMM", CultureInfo.InvariantCulture)} – {end}"
            : $"{first.ToString("%d", CultureInfo.InvariantCulture)} – {end}";
    }

    /// <summary>The same instant in UTC, for whoever compares with a log: <c>2026-11-21 13:05:00 UTC</c>.</summary>
    public static string Utc(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) + " UTC";

    /// <summary>A number for a style or an SVG attribute, whatever the culture.</summary>
    public static string Css(decimal value) => Math.Round(value, 3).ToString("0.###", CultureInfo.InvariantCulture);

    private static LocalDateTime Local(DateTimeOffset at, string zone) =>
        Instant.FromDateTimeOffset(at).InZone(TimeZones.Find(zone) ?? DateTimeZone.Utc).LocalDateTime;
}
