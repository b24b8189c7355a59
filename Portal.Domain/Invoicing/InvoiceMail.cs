using System.Globalization;
using System.Text.Encodings.Web;
using NodaTime.Text;
using Portal.Domain.Accounts;
using Portal.Domain.Alerts;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Invoicing;

/// <summary>The mails about an invoice: that it is issued, and that it is overdue.</summary>
public sealed class InvoiceMail(PortalOptions options, TimeProvider machine)
{
    /// <summary>The <c>Portal-Alert</c> kind of a reminder.</summary>
    public const string OverdueKind = "payment";

    /// <summary>An amount of an invoice as its customer reads it.</summary>
    public static string Amount(Invoice invoice, long minor) =>
        new Money(minor, Currency.Of(invoice.Currency)).Format(CultureOf(invoice.Customer));

    /// <summary>"Your invoice INV-000123", with total, due date and link.</summary>
    public OutboxMail Issued(Invoice invoice, DateTimeOffset now)
    {
        var (customer, total) = (invoice.Customer, Amount(invoice, invoice.Total));
        var period = PeriodName.Of(new Period(invoice.PeriodStart, invoice.PeriodEnd), TimeZones.Find(customer.TimeZone)!);
        return invoice.Total < 0
            ? Mail(invoice, now, "issued", null, $"Credit note {invoice.Number} over {Amount(invoice, -invoice.Total)}",
                $"We owe you {Amount(invoice, -invoice.Total)} for {period}. It is taken off what you owe, now or on the next invoices.")
            : Mail(invoice, now, "issued", null, $"Invoice {invoice.Number} over {total}",
                invoice.Total == 0
                    ? $"Your invoice for {period} comes to {total}. There is nothing to pay."
                    : $"Your invoice for {period} comes to {total}. It is due on {Day(customer, invoice.DueAt!.Value)}.");
    }

    /// <summary>That an invoice is overdue, and when access ends if it stays unpaid.</summary>
    public OutboxMail Overdue(Invoice invoice, DateTimeOffset restrictedFrom, DateTimeOffset now) =>
        Mail(invoice, now, "overdue", OverdueKind, $"Invoice {invoice.Number} is overdue",
            $"{Amount(invoice, invoice.Due)} of invoice {invoice.Number} was due on {Day(invoice.Customer, invoice.DueAt!.Value)} and has not come in. "
            + $"If it is still unpaid on {Day(invoice.Customer, restrictedFrom)}, access will be refused until it is paid.");

    private OutboxMail Mail(Invoice invoice, DateTimeOffset now, string what, string? alertKind, string subject, string sentence)
    {
        var link = $"{options.PublicUrl.TrimEnd('/')}/invoices/{invoice.Number}";
        return new OutboxMail
        {
            CustomerId = invoice.CustomerId,
            To = invoice.Customer.Email,
            Subject = subject,
            Text = $"{sentence}\n\n{link}\n",
            Html = $"""<p>{HtmlEncoder.Default.Encode(sentence)}</p><p><a href="{HtmlEncoder.Default.Encode(link)}">Open invoice {invoice.Number}</a></p>""",
            MessageId = $"<invoice-{what}-{invoice.Id:N}@portal>",
            AlertKind = alertKind,
            NextAttemptAt = machine.GetUtcNow(),
            CreatedAt = now,
        };
    }

    private static string Day(Customer customer, DateTimeOffset at) =>
        LocalDatePattern.CreateWithInvariantCulture("d MMMM uuuu").Format(TimeZones.Find(customer.TimeZone)!.DateAt(at));

    private static CultureInfo CultureOf(Customer customer) => CultureInfo.GetCultureInfo(customer.Locale);
}
