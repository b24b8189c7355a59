using System.Globalization;
using System.Text;
using NodaTime;
using Portal.Domain.Values;

namespace Portal.Domain.Invoicing;

/// <summary>Invoices as CSV, for accounting programs. Amounts are in major units, with the currency's digits; times carry the offset of the customer's zone.</summary>
public static class InvoiceCsv
{
    /// <summary>The head of a list of invoices.</summary>
    public static string ListHead { get; } = CsvText.Row(
        "number", "kind", "status", "customer", "name", "issued", "due", "periodStart", "periodEnd", "currency", "subtotal", "discounts", "credits", "tax", "total", "paid", "open");

    /// <summary>One invoice in a list.</summary>
    /// <param name="invoice">With its customer.</param>
    public static string ListRow(Invoice invoice)
    {
        ArgumentNullException.ThrowIfNull(invoice);
        return CsvText.Row(
            invoice.Number ?? "", Word(invoice.Kind), Word(invoice.Status), invoice.Customer.Key, CsvText.Text(invoice.Customer.Name),
            Time(invoice, invoice.IssuedAt), Time(invoice, invoice.DueAt), Time(invoice, invoice.PeriodStart), Time(invoice, invoice.PeriodEnd), invoice.Currency,
            Amount(invoice, invoice.Subtotal), Amount(invoice, invoice.Discounted), Amount(invoice, invoice.Credits), Amount(invoice, invoice.Tax),
            Amount(invoice, invoice.Total), Amount(invoice, invoice.Paid), Amount(invoice, invoice.Due));
    }

    /// <summary>An invoice, line by line: then what is taken off, the tax rate by rate, and the total. The amounts above the total add up to it, where tax is not in the lines.</summary>
    /// <param name="invoice">With its lines and customer.</param>
    public static string Lines(Invoice invoice)
    {
        ArgumentNullException.ThrowIfNull(invoice);
        var text = new StringBuilder(CsvText.Row(
            "invoice", "row", "line", "description", "price", "meter", "quantity", "unit", "included", "amount", "currency", "periodStart", "periodEnd"));
        foreach (var line in invoice.Lines)
        {
            text.Append(CsvText.Row(
                invoice.Number ?? "", "line", line.N.ToString(CultureInfo.InvariantCulture), CsvText.Text(line.Description), line.PriceKey ?? "", line.MeterKey ?? "",
                DecimalText.Format(line.Quantity), CsvText.Text(line.Unit ?? ""), DecimalText.Format(line.Included), Amount(invoice, line.Amount), invoice.Currency,
                Time(invoice, line.PeriodStart), Time(invoice, line.PeriodEnd)));
        }

        void Sum(string row, string description, long amount) => text.Append(CsvText.Row(
            invoice.Number ?? "", row, "", CsvText.Text(description), "", "", "", "", "", Amount(invoice, amount), invoice.Currency, Time(invoice, invoice.PeriodStart), Time(invoice, invoice.PeriodEnd)));
        foreach (var discount in invoice.Discounts)
        {
            Sum("discount", discount.Description, -discount.Amount);
        }

        if (invoice.Credits != 0)
        {
            Sum("credits", "Promotional credits", -invoice.Credits);
        }

        foreach (var tax in invoice.Taxes)
        {
            Sum(invoice.TaxIncluded ? "tax_included" : "tax", $"{tax.Name} {DecimalText.Format(tax.Percent)} %", tax.Amount);
        }

        Sum("total", invoice.Kind == InvoiceKind.CreditNote ? "Total to give back" : "Total to pay", invoice.Total);
        return text.ToString();
    }

    private static string Word<T>(T word)
        where T : struct, Enum => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(word.ToString());

    private static string Amount(Invoice invoice, long minor) => new Money(minor, Currency.Of(invoice.Currency)).ToDigits();

    private static string Time(Invoice invoice, DateTimeOffset? at) => at is { } instant
        ? Instant.FromDateTimeOffset(instant).InZone(TimeZones.Find(invoice.Customer.TimeZone)!).ToDateTimeOffset().ToString("yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture)
        : "";
}
