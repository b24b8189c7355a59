using Portal.Domain.Invoicing;
using Portal.Domain.Rating;
using Portal.Domain.Values;

namespace Portal.Api.Invoicing;

/// <summary>An invoice as it is answered. Amounts are in major units, with the digits of the currency.</summary>
/// <param name="Id">Identifies it; null for a preview.</param>
/// <param name="Number">"INV-000123"; null while it is a draft.</param>
/// <param name="Kind">Why it exists.</param>
/// <param name="Status">Where it stands.</param>
/// <param name="Customer">The customer's key.</param>
/// <param name="Currency">ISO 4217 code.</param>
/// <param name="Period">The billed period.</param>
/// <param name="Lines">They add up to the subtotal.</param>
/// <param name="Subtotal">Sum of the lines.</param>
/// <param name="Discounts">What discounts take off.</param>
/// <param name="DiscountDetails">The same, one by one.</param>
/// <param name="Credits">What promotional credits take off.</param>
/// <param name="Taxes">Tax by rate.</param>
/// <param name="Total">Subtotal − discounts − credits + tax.</param>
/// <param name="Prepaid">What prepaid credits pay.</param>
/// <param name="Paid">What has come in.</param>
/// <param name="Due">Total − prepaid − paid.</param>
/// <param name="Payments">What has come in, one by one.</param>
/// <param name="NextChargeAt">When the saved card is charged next; null where nothing is planned.</param>
/// <param name="FinalizesAt">When a draft is issued by itself; null for others.</param>
/// <param name="IssuedAt">When it was issued; null while it is a draft.</param>
/// <param name="DueAt">When it has to be paid; null while it is a draft.</param>
/// <param name="Corrects">The number of the invoice that a credit note corrects; null for others.</param>
/// <param name="Reason">Why it was corrected; null where nothing was said.</param>
/// <param name="CreditNotes">The credit notes that correct it, oldest first.</param>
public sealed record InvoiceResponse(
    Guid? Id, string? Number, InvoiceKind Kind, InvoiceStatus Status, string Customer, string Currency, PeriodResponse Period,
    IReadOnlyList<InvoiceLineResponse> Lines, string Subtotal, string Discounts, IReadOnlyList<DiscountResponse> DiscountDetails, string Credits, IReadOnlyList<TaxResponse> Taxes,
    string Total, string Prepaid, string Paid, string Due, IReadOnlyList<PaymentResponse> Payments,
    DateTimeOffset? NextChargeAt, DateTimeOffset? FinalizesAt, DateTimeOffset? IssuedAt, DateTimeOffset? DueAt,
    string? Corrects, string? Reason, IReadOnlyList<CreditNoteResponse> CreditNotes)
{
    internal static InvoiceResponse Of(Invoice invoice)
    {
        var currency = Domain.Values.Currency.Of(invoice.Currency);
        string Amount(long minor) => new Money(minor, currency).ToDigits();
        return new InvoiceResponse(
            invoice.Id, invoice.Number, invoice.Kind, invoice.Status, invoice.Customer.Key, invoice.Currency,
            new PeriodResponse(invoice.PeriodStart, invoice.PeriodEnd),
            [.. invoice.Lines.Select(line => InvoiceLineResponse.Of(line, Amount(line.Amount)))],
            Amount(invoice.Subtotal), Amount(invoice.Discounted), [.. invoice.Discounts.Select(discount => new DiscountResponse(discount.Description, Amount(discount.Amount)))],
            Amount(invoice.Credits), [.. invoice.Taxes.Select(tax => new TaxResponse(tax.Percent, Amount(tax.Base), Amount(tax.Amount), tax.Category, tax.Name, tax.Note))], Amount(invoice.Total), Amount(invoice.Prepaid), Amount(invoice.Paid - invoice.Prepaid), Amount(invoice.Due),
            [.. invoice.Payments.Select(payment => new PaymentResponse(Amount(payment.Amount), payment.Method, payment.Reference, payment.ReceivedAt))],
            invoice.Due > 0 ? invoice.ChargeAt : null, invoice.Status == InvoiceStatus.Draft ? invoice.FinalizeAt : null, invoice.IssuedAt, invoice.DueAt,
            invoice.Corrects?.Number, invoice.Reason, [.. invoice.CreditNotes.Select(note => new CreditNoteResponse(note.Number!, Amount(note.Total), note.Reason, note.IssuedAt!.Value))]);
    }
}

/// <summary>A credit note, as the invoice that it corrects tells of it.</summary>
/// <param name="Number">"CN-000012": under this name it is an invoice of its own.</param>
/// <param name="Total">What it takes back, below zero.</param>
/// <param name="Reason">Why; null where nothing was said.</param>
/// <param name="IssuedAt">When it was issued.</param>
public sealed record CreditNoteResponse(string Number, string Total, string? Reason, DateTimeOffset IssuedAt);

/// <summary>What one discount takes off.</summary>
/// <param name="Description">What the customer reads.</param>
/// <param name="Amount">How much; negative where it takes back what an earlier invoice took off too much.</param>
public sealed record DiscountResponse(string Description, string Amount);

/// <summary>A line as it is answered.</summary>
/// <param name="N">Its number.</param>
/// <param name="Price">The price's key; null for a line that has none.</param>
/// <param name="Meter">The meter's key; null for a line without usage.</param>
/// <param name="Group">The groups of the meter that the price picks.</param>
/// <param name="Description">What the customer reads.</param>
/// <param name="Quantity">Units that no earlier invoice of the period billed.</param>
/// <param name="Included">Of these, units that were free.</param>
/// <param name="Unit">The unit in the singular; null for a line without usage.</param>
/// <param name="Amount">Rounded once.</param>
/// <param name="Exact">Before rounding.</param>
/// <param name="Steps">How the amount came about.</param>
/// <param name="Period">The stretch that it bills.</param>
public sealed record InvoiceLineResponse(
    int N, string? Price, string? Meter, IReadOnlyDictionary<string, string> Group, string Description, decimal Quantity, decimal Included,
    string? Unit, string Amount, decimal Exact, IReadOnlyList<RatedStep> Steps, PeriodResponse Period)
{
    internal static InvoiceLineResponse Of(InvoiceLine line, string amount) => new(
        line.N, line.PriceKey, line.MeterKey, line.Group, line.Description, line.Quantity, line.Included, line.Unit, amount, line.Exact,
        line.Steps, new PeriodResponse(line.PeriodStart, line.PeriodEnd));
}

/// <summary>A stretch of time, half-open.</summary>
/// <param name="Start">Its first instant.</param>
/// <param name="End">Its end, not part of it.</param>
public sealed record PeriodResponse(DateTimeOffset Start, DateTimeOffset End);

/// <summary>The tax of one rate.</summary>
/// <param name="Rate">In percent.</param>
/// <param name="Base">What is taxed.</param>
/// <param name="Amount">The tax.</param>
/// <param name="Category">Why it is charged, or not.</param>
/// <param name="Name">What it is called.</param>
/// <param name="Note">What has to be said about it; null for nothing.</param>
public sealed record TaxResponse(decimal Rate, string Base, string Amount, TaxCategory Category, string Name, string? Note);

/// <summary>Money that has come in.</summary>
/// <param name="Amount">How much.</param>
/// <param name="Method">How it came.</param>
/// <param name="Reference">What the bank statement says, or a credit note's number.</param>
/// <param name="ReceivedAt">When.</param>
public sealed record PaymentResponse(string Amount, string Method, string? Reference, DateTimeOffset ReceivedAt);
