using System.Collections.Concurrent;
using System.Globalization;
using NodaTime;
using Portal.Domain.Values;

namespace Portal.Domain.Accounts;

/// <summary>How a customer reads: the sentences in its language, numbers and amounts as in its country, times in its zone.</summary>
public sealed class CustomerText
{
    // Making a culture asks the system's tables a hundred times. There are some hundred locales; what people may have invented beyond those is not kept.
    private const int KeptMax = 1_000;

    private static readonly ConcurrentDictionary<string, CultureInfo> s_cultures = new(StringComparer.Ordinal);

    private readonly DateTimeZone _zone;

    // Names of months are in the language of the sentence around them. Where that is the customer's own they are its country's: Jänner in Austria.
    private readonly CultureInfo _dates;

    /// <summary>For a locale and a zone.</summary>
    /// <param name="locale">BCP 47 tag; American English for one that this machine does not know.</param>
    /// <param name="zone">IANA name; UTC for one that there is not.</param>
    /// <param name="language">Null for the locale's own.</param>
    public CustomerText(string locale, string zone, Language? language = null)
    {
        _zone = TimeZones.Find(zone) ?? DateTimeZone.Utc;
        Culture = CultureOf(locale);
        Language = language ?? Language.Of(locale);
        _dates = Culture.TwoLetterISOLanguageName == Language.Code ? Culture : Language.Culture;
    }

    /// <summary>The language of the sentences.</summary>
    public Language Language { get; }

    /// <summary>How numbers and amounts are written.</summary>
    public CultureInfo Culture { get; }

    /// <summary>For a customer, in its own language.</summary>
    public static CustomerText Of(Customer customer)
    {
        ArgumentNullException.ThrowIfNull(customer);
        return new CustomerText(customer.Locale, customer.TimeZone);
    }

    /// <summary>For the operator's people, about a customer: in English, with its amounts and its zone.</summary>
    public static CustomerText InEnglish(Customer customer)
    {
        ArgumentNullException.ThrowIfNull(customer);
        return new CustomerText(customer.Locale, customer.TimeZone, Language.English);
    }

    /// <summary>The culture of a locale, with the Gregorian calendar, which invoices are dated in; American English for one that this machine does not know.</summary>
    public static CultureInfo CultureOf(string locale)
    {
        ArgumentNullException.ThrowIfNull(locale);
        if (s_cultures.TryGetValue(locale, out var known))
        {
            return known;
        }

        var culture = MakeCulture(locale);
        return s_cultures.Count < KeptMax ? s_cultures.GetOrAdd(locale, culture) : culture;
    }

    /// <summary>A sentence: see <see cref="Values.Language.Say"/>.</summary>
    public string Say(string key, params (string Name, string Value)[] values) => Language.Say(key, values);

    /// <summary>A payable amount.</summary>
    public string Amount(Money amount) => amount.Format(Culture);

    /// <summary>An exact amount, rounded to its currency.</summary>
    public string Amount(decimal exact, Currency currency) => Amount(Money.Round(exact, currency));

    /// <summary>A percentage with all of its digits: 1,150 %.</summary>
    public string Percent(decimal percent) => Say("percent", ("number", percent.ToString("#,0.############", Culture)));

    /// <summary>Percentages in a row: 80 %, 90 % and 100 %.</summary>
    public string Percents(IReadOnlyList<int> percents)
    {
        var words = percents.Select(percent => Percent(percent)).ToList();
        return words.Count < 2 ? string.Concat(words) : Say("and", ("first", string.Join(", ", words[..^1])), ("last", words[^1]));
    }

    /// <summary>The day of an instant in the customer's zone: 1 April 2026.</summary>
    public string Day(DateTimeOffset at) => Local(at).ToString(Say("day"), _dates);

    /// <summary>The time of day in the customer's zone: 14:15.</summary>
    public string TimeOfDay(DateTimeOffset at) => Local(at).ToString("HH:mm", CultureInfo.InvariantCulture);

    /// <summary>An instant with its day, time and zone: 1 April 2026, 00:00 (Europe/Berlin).</summary>
    public string Time(DateTimeOffset at) => Say("day.time", ("day", Day(at)), ("time", TimeOfDay(at)), ("zone", _zone.Id));

    /// <summary>A period by name: "March 2026", or "15 March to 14 April 2026"; its last day is the one that its last instant lies in.</summary>
    public string Name(Values.Period period)
    {
        var (first, last) = (_zone.DateAt(period.Start), _zone.DateAt(period.End.AddTicks(-1)));
        if (first.Day == 1 && first.PlusMonths(1) == last.PlusDays(1))
        {
            return Local(period.Start).ToString(Say("day.month"), _dates);
        }

        return first == last
            ? Day(period.Start)
            : Say("days", ("from", first.Year == last.Year ? Local(period.Start).ToString(Say("day.ofYear"), _dates) : Day(period.Start)), ("to", Day(period.End.AddTicks(-1))));
    }

    private static CultureInfo MakeCulture(string locale)
    {
        try
        {
            var culture = (CultureInfo)CultureInfo.GetCultureInfo(locale).Clone();
            culture.DateTimeFormat.Calendar = culture.OptionalCalendars.OfType<GregorianCalendar>().FirstOrDefault() ?? culture.DateTimeFormat.Calendar;
            return CultureInfo.ReadOnly(culture);
        }
        catch (CultureNotFoundException)
        {
            return CultureInfo.GetCultureInfo("en-US");
        }
    }

    private DateTime Local(DateTimeOffset at) => Instant.FromDateTimeOffset(at).InZone(_zone).ToDateTimeUnspecified();
}
