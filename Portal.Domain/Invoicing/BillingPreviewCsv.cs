using System.Globalization;
using System.Text;
using System.Text.Json;
using NodaTime;
using Portal.Domain.Values;

namespace Portal.Domain.Invoicing;

/// <summary>A preview of billing as CSV: a row for each invoice to come. Amounts are in major units, with the currency's digits; times carry the offset of the customer's zone.</summary>
public static class BillingPreviewCsv
{
    /// <summary>Writes it.</summary>
    public static string Of(BillingPreview preview)
    {
        ArgumentNullException.ThrowIfNull(preview);
        var text = new StringBuilder(CsvText.Row(
            "customer", "name", "kind", "state", "why", "periodStart", "periodEnd", "issues", "currency", "net", "credits", "tax", "total", "prepaid", "due",
            "previous", "previousNet", "change", "changePercent"));
        foreach (var invoice in preview.Invoices)
        {
            var zone = TimeZones.Find(invoice.Customer.TimeZone)!;
            text.Append(CsvText.Row(
                invoice.Customer.Key, CsvText.Text(invoice.Customer.Name), invoice.Kind is { } kind ? Word(kind) : "", Word(invoice.State), CsvText.Text(invoice.Why ?? ""),
                Time(invoice.Period?.Start, zone), Time(invoice.Period?.End, zone), Time(invoice.IssuesAt, zone), invoice.Net.Currency.Code,
                invoice.Net.ToDigits(), invoice.Credits.ToDigits(), invoice.Tax.ToDigits(), invoice.Total.ToDigits(), invoice.Prepaid.ToDigits(), invoice.Due.ToDigits(),
                invoice.Previous?.Reference ?? "", invoice.Previous?.Net.ToDigits() ?? "", invoice.Change?.ToDigits() ?? "",
                invoice.ChangePercent is { } percent ? Math.Round(percent, 2, MidpointRounding.AwayFromZero).ToString(CultureInfo.InvariantCulture) : ""));
        }

        return text.ToString();
    }

    private static string Word<T>(T word)
        where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(word.ToString());

    private static string Time(DateTimeOffset? at, DateTimeZone zone) => at is { } instant
        ? Instant.FromDateTimeOffset(instant).InZone(zone).ToDateTimeOffset().ToString("yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture)
        : "";
}
