using Portal.Domain.Alerts;
using Portal.Domain.Values;

namespace Portal.Domain.Invoicing;

/// <summary>What other systems are told of an invoice: enough to find it, its total, and where it stands.</summary>
internal static class InvoiceNews
{
    /// <summary>The event about an invoice that has its number; amounts in major units of its currency.</summary>
    public static WebhookEvent Of(string type, Invoice invoice, DateTimeOffset now)
    {
        var currency = Currency.Of(invoice.Currency);
        return WebhookEvent.Of(type, invoice.CustomerId, now, new
        {
            invoice.Id,
            invoice.Number,
            invoice.Kind,
            invoice.Status,
            invoice.Currency,
            Total = new Money(invoice.Total, currency).Amount,
            Due = new Money(invoice.Due, currency).Amount,
            invoice.PeriodStart,
            invoice.PeriodEnd,
            invoice.DueAt,
        });
    }
}
