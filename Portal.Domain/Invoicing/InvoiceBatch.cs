namespace Portal.Domain.Invoicing;

/// <summary>What can be done to many invoices at once.</summary>
public enum InvoiceAction
{
    /// <summary>Issue drafts now.</summary>
    Finalize,

    /// <summary>Withdraw drafts.</summary>
    Void,

    /// <summary>Send the mails of issued ones again.</summary>
    Resend,
}

/// <summary>What became of one invoice of many.</summary>
/// <param name="Reference">How it was named: its id or number.</param>
/// <param name="Invoice">The invoice as it is then; null where nothing was done to it.</param>
/// <param name="Code">Why nothing was done, for machines; null where it was.</param>
/// <param name="Problem">The same as a sentence.</param>
public sealed record InvoiceOutcome(string Reference, Invoice? Invoice, string? Code, string? Problem)
{
    /// <summary>Whether it was done.</summary>
    public bool IsDone => Code is null;
}
