using Portal.Domain.Invoicing;
using Portal.Domain.Values;
using Portal.Shared;

namespace Portal.Invoicing;

/// <summary>What is done to many invoices at once, before and after, in the words of the operator's people.</summary>
internal static class InvoiceBatchWords
{
    /// <summary>The first button.</summary>
    internal static string Label(InvoiceAction action) => action switch
    {
        InvoiceAction.Finalize => "Finalize now…",
        InvoiceAction.Void => "Void drafts…",
        InvoiceAction.Resend => "Send mails again…",
    };

    /// <summary>The second button, with the amounts.</summary>
    internal static string Confirm(InvoiceAction action, IReadOnlyList<InvoiceRow> rows) => rows.Count == 0 ? "Nothing to do" : action switch
    {
        InvoiceAction.Finalize => $"Issue and mail {Wording.Quantity(rows.Count, "invoice")}, {Amounts(rows)}",
        InvoiceAction.Void => $"Withdraw {Wording.Quantity(rows.Count, "draft")}, {Amounts(rows)}, for good",
        InvoiceAction.Resend => $"Send {Wording.Quantity(rows.Count, "invoice")} again",
    };

    /// <summary>What will happen.</summary>
    internal static string Consequence(InvoiceAction action) => action switch
    {
        InvoiceAction.Finalize => "Each gets the next number and is mailed and charged as was agreed. The amounts are by usage as it is now, after credits. Issued invoices never change; corrections are credit notes.",
        InvoiceAction.Void => "What these periods come to is not billed, now or later. Nothing is mailed. This cannot be taken back.",
        InvoiceAction.Resend => "Each customer gets the mail with its invoice once more, at the addresses that invoices go to by now. It says what is open today.",
    };

    /// <summary>What an action leaves as it is.</summary>
    internal static string Left(InvoiceAction action, int left) => action switch
    {
        InvoiceAction.Finalize or InvoiceAction.Void => $"{Wording.Quantity(left)} of the chosen {(left == 1 ? "is no draft that can be issued" : "are no drafts that can be issued")}, and {(left == 1 ? "stays as it is" : "stay as they are")}.",
        InvoiceAction.Resend => $"{Wording.Quantity(left)} of the chosen {(left == 1 ? "is not issued" : "are not issued")}, and {(left == 1 ? "is" : "are")} not sent.",
    };

    /// <summary>The result.</summary>
    internal static string Result(InvoiceAction action, IReadOnlyList<InvoiceOutcome> outcomes)
    {
        var done = outcomes.Where(outcome => outcome.IsDone).Select(outcome => outcome.Invoice!).ToList();
        var what = done.Count == 0 ? "Nothing was done." : action switch
        {
            InvoiceAction.Finalize => $"{Wording.Quantity(done.Count, "invoice")} issued, {Sums(done.Select(invoice => invoice.Money(invoice.Total)))}: {Numbers(done)}.",
            InvoiceAction.Void => $"{Wording.Quantity(done.Count, "draft")} withdrawn, {Sums(done.Select(invoice => invoice.Money(invoice.Total)))}.",
            InvoiceAction.Resend => $"{Wording.Quantity(done.Count, "invoice")} sent again.",
        };
        return outcomes.Count == done.Count ? what : $"{what} {Wording.Quantity(outcomes.Count - done.Count)} could not be done: why is said below.";
    }

    /// <summary>What rows come to, currency by currency: "$12.00 and €5.00".</summary>
    internal static string Amounts(IEnumerable<InvoiceRow> rows) => Sums(rows.Select(row => new Money(row.Total, Currency.Of(row.Currency))));

    private static string Sums(IEnumerable<Money> amounts)
    {
        var sums = amounts.GroupBy(amount => amount.Currency).OrderBy(same => same.Key.Code, StringComparer.Ordinal).Select(same => Wording.Amount(Money.Sum(same, same.Key))).ToList();
        return sums.Count < 2 ? string.Concat(sums) : $"{string.Join(", ", sums.SkipLast(1))} and {sums[^1]}";
    }

    private static string Numbers(List<Invoice> issued)
    {
        var numbers = issued.Select(invoice => invoice.Number!).Order(StringComparer.Ordinal).ToList();
        return numbers.Count == 1 ? numbers[0] : $"{numbers[0]} to {numbers[^1]}";
    }
}
