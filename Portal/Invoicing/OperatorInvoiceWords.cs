using Portal.Domain.Invoicing;
using Portal.Shared;

namespace Portal.Invoicing;

/// <summary>What an invoice's status means for the operator's people.</summary>
internal static class OperatorInvoiceWords
{
    /// <summary>The sentence that counts, and what follows from it.</summary>
    internal static (string Title, string Text) Of(Invoice invoice, string zone, DateTimeOffset now)
    {
        var due = Wording.Amount(invoice.Money(invoice.Due));
        return invoice.Status switch
        {
            InvoiceStatus.Draft => ("This is a draft.", $"It is issued by itself on {Wording.Minute(invoice.FinalizeAt, zone)} ({zone}); until then late events still join it, and it can be withdrawn."),
            InvoiceStatus.Finalized when invoice is { Due: < 0, OpenChargeId: not null } => ($"{Wording.Amount(invoice.Money(-invoice.Due))} is on its way back.", "The card processor has not confirmed it yet."),
            InvoiceStatus.Finalized when invoice.Due < 0 => ($"{Wording.Amount(invoice.Money(-invoice.Due))} is left for the customer.", "It is taken off its next invoice."),
            InvoiceStatus.Finalized when invoice.IsOverdue(now) => ($"{due} was due on {Wording.Day(invoice.DueAt!.Value, zone)}.", Reminded(invoice, zone)),
            InvoiceStatus.Finalized => ($"{due} is due by {Wording.Day(invoice.DueAt!.Value, zone)}.", "When the transfer has come in, record it here."),
            InvoiceStatus.Paid when invoice.Kind is InvoiceKind.CreditNote => ("This is settled.", "Nothing is left of it."),
            InvoiceStatus.Paid when invoice.Payments.Count == 0 => ("Nothing was to pay.", ""),
            InvoiceStatus.Paid => ($"Paid on {Wording.Day(invoice.Payments.Max(payment => payment.ReceivedAt), zone)}.", ""),
            InvoiceStatus.Void => ("This was withdrawn.", "Nothing is owed for it, and it has no number."),
            InvoiceStatus.Uncollectible when invoice.WrittenOffAt is null => ($"{due} could not be collected.", "No retry is left. Access stays refused until it is paid or written off."),
            InvoiceStatus.Uncollectible => ($"{due} was given up.", "A payment that still comes in can be recorded."),
        };
    }

    private static string Reminded(Invoice invoice, string zone) => invoice.OverdueNoticeAt is { } reminded
        ? $"The customer was reminded on {Wording.Day(reminded, zone)}. After the grace its access is refused until this is paid."
        : "The customer is about to be reminded.";
}
