using Portal.Domain.Ledger;

namespace Portal.Ledger;

/// <summary>The books in words.</summary>
internal static class LedgerWords
{
    /// <summary>An account by its name.</summary>
    public static string Name(this LedgerAccount account) => account switch
    {
        LedgerAccount.Receivable => "Receivable",
        LedgerAccount.Cash => "Cash",
        LedgerAccount.DeferredRevenue => "Deferred revenue",
        LedgerAccount.PromotionalCredit => "Promotional credits",
        LedgerAccount.PromotionalExpense => "Promotion",
        LedgerAccount.Revenue => "Revenue",
        LedgerAccount.TaxPayable => "Tax payable",
        LedgerAccount.BadDebt => "Bad debt",
    };

    /// <summary>What an account stands for, in a sentence.</summary>
    public static string Means(this LedgerAccount account) => account switch
    {
        LedgerAccount.Receivable => "owed by customers",
        LedgerAccount.Cash => "came in",
        LedgerAccount.DeferredRevenue => "prepaid, not used yet",
        LedgerAccount.PromotionalCredit => "given, not used yet",
        LedgerAccount.PromotionalExpense => "what promotion cost",
        LedgerAccount.Revenue => "earned, without tax",
        LedgerAccount.TaxPayable => "owed to the state",
        LedgerAccount.BadDebt => "given up",
    };

    /// <summary>Whether an account is read the other way round: it grows by what it is credited.</summary>
    public static bool GrowsByCredit(this LedgerAccount account) =>
        account is LedgerAccount.DeferredRevenue or LedgerAccount.PromotionalCredit or LedgerAccount.Revenue or LedgerAccount.TaxPayable;

    /// <summary>What happened.</summary>
    public static string Name(this LedgerFact fact) => fact switch
    {
        LedgerFact.InvoiceIssued => "Invoice issued",
        LedgerFact.CreditNoteIssued => "Credit note issued",
        LedgerFact.PaymentReceived => "Payment received",
        LedgerFact.Refunded => "Refunded",
        LedgerFact.WrittenOff => "Written off",
        LedgerFact.WriteOffReversed => "Write-off taken back",
        LedgerFact.CreditsGranted => "Credits granted",
        LedgerFact.CreditsExpired => "Credits expired",
    };
}
