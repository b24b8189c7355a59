using Portal.Domain.Invoicing;
using Portal.Domain.Values;
using Portal.Shared;

namespace Portal.Invoicing;

/// <summary>Where an invoice stands, in the words of its customer.</summary>
internal static class InvoiceWords
{
    /// <summary>What a list can be narrowed to, by status.</summary>
    internal static IReadOnlyList<(string Value, string Name)> Statuses { get; } =
        [("", "all"), ("draft", "drafts"), ("finalized", "issued, open"), ("overdue", "overdue"), ("paid", "paid"), ("uncollectible", "given up"), ("void", "withdrawn")];

    /// <summary>What a list can be narrowed to, by kind.</summary>
    internal static IReadOnlyList<(string Value, string Name)> Kinds { get; } =
        [("", "all"), ("period", "end of period"), ("threshold", "interim"), ("creditnote", "credit note"), ("oneoff", "single"), ("credittopup", "credits")];

    /// <summary>Which invoices the words of a list's address ask for; a word that means nothing narrows nothing.</summary>
    /// <param name="customer">The customer's key; nothing for all.</param>
    /// <param name="status">One of <see cref="Statuses"/>.</param>
    /// <param name="kind">One of <see cref="Kinds"/>.</param>
    /// <param name="after">The last one of the page before; the empty one for the first page.</param>
    /// <param name="take">The most invoices.</param>
    internal static InvoiceQuery Query(string? customer, string? status, string? kind, Guid after, int take) => new(
        string.IsNullOrWhiteSpace(customer) ? null : customer.Trim(),
        Enum.TryParse<InvoiceKind>(kind, ignoreCase: true, out var ofKind) ? ofKind : null,
        Enum.TryParse<InvoiceStatus>(status, ignoreCase: true, out var inStatus) ? inStatus : null,
        after, take, OverdueOnly: status == "overdue");

    /// <summary>The address of a list, or of the file with its rows, that <see cref="Query"/> understands.</summary>
    internal static string Address(string path, string? customer, string? status, string? kind, Guid after = default) =>
        PageAddress.Of(path, ("customer", customer), ("status", status), ("kind", kind), ("after", after == default ? null : after.ToString()));

    internal static Money Money(this Invoice invoice, long minor) => new(minor, Currency.Of(invoice.Currency));

    internal static Period Period(this Invoice invoice) => new(invoice.PeriodStart, invoice.PeriodEnd);

    /// <summary>How a person calls it: its number, or that it has none yet.</summary>
    internal static string Name(this Invoice invoice) => invoice.Number ?? "Draft invoice";

    internal static string Kind(this Invoice invoice) => Word(invoice.Kind);

    internal static string Word(InvoiceKind kind) => kind switch
    {
        InvoiceKind.Period => "Invoice",
        InvoiceKind.Threshold => "Interim invoice",
        InvoiceKind.CreditTopup => "Credits",
        InvoiceKind.OneOff => "Single invoice",
        InvoiceKind.CreditNote => "Credit note",
    };

    internal static bool IsOverdue(this Invoice invoice, DateTimeOffset now) =>
        invoice is { Status: InvoiceStatus.Finalized, Due: > 0, DueAt: { } due } && due <= now;

    /// <summary>Its status in a word or two.</summary>
    internal static string State(this Invoice invoice, DateTimeOffset now) => invoice.Status switch
    {
        InvoiceStatus.Draft => "Draft",
        InvoiceStatus.Finalized when invoice.Due < 0 => "Credit left",
        InvoiceStatus.Finalized => invoice.IsOverdue(now) ? "Overdue" : invoice.Paid > 0 ? "Partly paid" : "Open",
        InvoiceStatus.Paid => "Paid",
        InvoiceStatus.Void => "Withdrawn",
        InvoiceStatus.Uncollectible => invoice.WrittenOffAt is null ? "Not collected" : "Given up",
    };

    internal static Tone Tone(this Invoice invoice, DateTimeOffset now) => invoice.Status switch
    {
        InvoiceStatus.Paid => Shared.Tone.Ok,
        InvoiceStatus.Finalized when invoice.IsOverdue(now) => Shared.Tone.Bad,
        InvoiceStatus.Finalized when invoice.Due > 0 => Shared.Tone.Warn,
        InvoiceStatus.Uncollectible => Shared.Tone.Bad,
        InvoiceStatus.Draft or InvoiceStatus.Finalized or InvoiceStatus.Void => Shared.Tone.Neutral,
    };

    /// <summary>What its status means for the reader: the sentence that counts, and what follows from it.</summary>
    internal static (string Title, string Text) Sentences(this Invoice invoice, string zone, DateTimeOffset now)
    {
        var due = Wording.Amount(invoice.Money(invoice.Due));
        return invoice.Status switch
        {
            InvoiceStatus.Draft => ("This is a draft.", $"It is issued on {Wording.Minute(invoice.FinalizeAt, zone)} ({zone}). Until then late events still join it."),
            InvoiceStatus.Finalized when invoice is { Due: < 0, OpenChargeId: not null } => ($"{Wording.Amount(invoice.Money(-invoice.Due))} is on its way back.", "The card processor has not confirmed it yet."),
            InvoiceStatus.Finalized when invoice.Due < 0 => ($"{Wording.Amount(invoice.Money(-invoice.Due))} is left for you.", "It is taken off your next invoice."),
            InvoiceStatus.Finalized when invoice.IsOverdue(now) =>
                ($"{due} was due on {Wording.Day(invoice.DueAt!.Value, zone)}.", "It has not come in. Please pay it now: access may be refused until it is paid."),
            InvoiceStatus.Finalized => ($"{due} is due by {Wording.Day(invoice.DueAt!.Value, zone)}.", "Please name the invoice's number when you pay."),
            InvoiceStatus.Paid when invoice.Kind is InvoiceKind.CreditNote => ("This is settled.", "Nothing is left of it."),
            InvoiceStatus.Paid when invoice.Payments.Count == 0 => ("There is nothing to pay.", ""),
            InvoiceStatus.Paid => ($"Paid on {Wording.Day(invoice.Payments.Max(payment => payment.ReceivedAt), zone)}.", "Thank you."),
            InvoiceStatus.Void => ("This was withdrawn.", "Nothing is owed for it."),
            InvoiceStatus.Uncollectible when invoice.WrittenOffAt is null => ($"{due} could not be charged.", "No further attempt is planned. Pay it with another card or by bank transfer: access opens within a second."),
            InvoiceStatus.Uncollectible => ($"{due} is still open.", "Please get in touch."),
        };
    }
}
