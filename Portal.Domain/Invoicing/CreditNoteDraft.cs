namespace Portal.Domain.Invoicing;

/// <summary>Makes the credit note that takes back a part of an invoice. It belongs to no subscription: what was billed of the period stays billed, so that nothing is billed a second time.</summary>
internal static class CreditNoteDraft
{
    /// <summary>The draft of a note.</summary>
    /// <param name="invoice">What it corrects, with its lines and customer.</param>
    /// <param name="credited">What it takes back.</param>
    /// <param name="reason">Why; null where nothing was said.</param>
    /// <param name="settlement">What becomes of it.</param>
    /// <param name="now">Business time.</param>
    public static Invoice Of(Invoice invoice, CreditedAmount credited, string? reason, NoteSettlement settlement, DateTimeOffset now)
    {
        var note = new Invoice
        {
            Kind = InvoiceKind.CreditNote,
            Status = InvoiceStatus.Draft,
            CustomerId = invoice.CustomerId,
            Customer = invoice.Customer,
            CorrectsId = invoice.Id,
            Corrects = invoice,
            Reason = reason,
            Settlement = settlement,
            TaxIncluded = invoice.TaxIncluded,
            Cut = 0,
            Currency = invoice.Currency,
            PeriodStart = invoice.PeriodStart,
            PeriodEnd = invoice.PeriodEnd,
            UsageVersion = invoice.UsageVersion,
            Subtotal = -credited.Parts.Sum(part => part.Amount),
            Total = 0,
            DraftedAt = now,
            FinalizeAt = now,
            Collection = invoice.Collection,
            NetDays = invoice.NetDays,
        };
        note.Lines.AddRange(credited.Parts.Select((part, i) => Line(invoice, part, i + 1)));
        note.TakeBack(credited.Tax);
        return note;
    }

    private static InvoiceLine Line(Invoice invoice, CreditedPart part, int n)
    {
        var line = invoice.Lines.Find(candidate => candidate.N == part.Line);
        return new InvoiceLine
        {
            N = n,
            Kind = LineKind.Credit,
            CorrectsLine = part.Line,
            Group = new Dictionary<string, string>(),
            Description = line is null ? $"Credit on invoice {invoice.Number}" : $"Credit on line {line.N}, {line.Description}",
            Quantity = 0,
            Included = 0,
            Amount = -part.Amount,
            Exact = new Values.Money(-part.Amount, Values.Currency.Of(invoice.Currency)).Amount,
            Steps = [],
            PeriodStart = line?.PeriodStart ?? invoice.PeriodStart,
            PeriodEnd = line?.PeriodEnd ?? invoice.PeriodEnd,
        };
    }
}
