using System.Collections.Concurrent;
using System.Globalization;
using Portal.Domain.Values;

namespace Portal.Domain.Invoicing;

/// <summary>Amounts of an invoice as its customer reads them.</summary>
public static class AmountText
{
    // Making one asks the system's tables a hundred times. There are some hundred locales; what people may have invented beyond those is not kept.
    private const int KeptMax = 1_000;

    private static readonly ConcurrentDictionary<string, CultureInfo> s_cultures = new(StringComparer.Ordinal);

    /// <summary>An amount in the invoice's currency, in the manner of the customer's locale.</summary>
    /// <param name="invoice">The invoice, with its customer.</param>
    /// <param name="minor">Minor units.</param>
    public static string Of(Invoice invoice, long minor) => new Money(minor, Currency.Of(invoice.Currency)).Format(CultureOf(invoice.Customer.Locale));

    /// <summary>The culture of a locale, with the calendar that invoices are dated in; American English for one that this machine does not know.</summary>
    public static CultureInfo CultureOf(string locale)
    {
        if (s_cultures.TryGetValue(locale, out var known))
        {
            return known;
        }

        var culture = Make(locale);
        return s_cultures.Count < KeptMax ? s_cultures.GetOrAdd(locale, culture) : culture;
    }

    private static CultureInfo Make(string locale)
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
}
