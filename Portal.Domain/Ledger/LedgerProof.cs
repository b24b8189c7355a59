using System.Data;
using Microsoft.EntityFrameworkCore;
using Portal.Domain.Credits;
using Portal.Domain.Invoicing;
using Portal.Domain.Payments;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Ledger;

/// <summary>Proves the books: what each account says of each customer is what the documents come to.</summary>
/// <remarks>That debits equal credits needs no proof: an entry has one amount and two accounts. What can go wrong is a fact without its entry, or an entry without its fact.</remarks>
public sealed class LedgerProof(IDbContextFactory<PortalDb> databases)
{
    /// <summary>Where books and documents differ, a sentence each; none where all is well.</summary>
    public async Task<IReadOnlyList<string>> Differences(CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);

        // One moment for both sides, whatever is booked meanwhile.
        await using var moment = await db.Database.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellation);
        var (books, documents) = (await Books(db, cancellation), await Documents(db, cancellation));
        var names = await db.Customers.ToDictionaryAsync(customer => customer.Id, customer => customer.Key, cancellation);
        var gaps = (await NumberSeries.Stands(db, cancellation)).Where(series => !series.IsWhole);
        return
        [
            .. gaps.Select(series => $"Series {series.Name}: {series.Last} numbers were given out, {series.Documents} stand on documents."),
            .. books.Keys.Union(documents.Keys)
                .Where(key => books.GetValueOrDefault(key) != documents.GetValueOrDefault(key))
                .OrderBy(key => key.CustomerId).ThenBy(key => key.Account)
                .Select(key => $"Customer '{names[key.CustomerId]}': the books have {Amount(books, key)} on {key.Account}, its documents come to {Amount(documents, key)}."),
        ];
    }

    private static string Amount(Dictionary<Key, long> sums, Key key) => new Money(sums.GetValueOrDefault(key), Currency.Of(key.Currency)).ToString();

    private static async Task<Dictionary<Key, long>> Books(PortalDb db, CancellationToken cancellation)
    {
        var sums = await db.LedgerEntries
            .GroupBy(entry => new { entry.CustomerId, entry.Currency, entry.Debit, entry.Credit })
            .Select(entries => new { entries.Key, Amount = entries.Sum(entry => entry.Amount) })
            .ToListAsync(cancellation);
        var books = new Dictionary<Key, long>();
        foreach (var sum in sums)
        {
            Add(books, new Key(sum.Key.CustomerId, sum.Key.Currency, sum.Key.Debit), sum.Amount);
            Add(books, new Key(sum.Key.CustomerId, sum.Key.Currency, sum.Key.Credit), -sum.Amount);
        }

        return books;
    }

    private static async Task<Dictionary<Key, long>> Documents(PortalDb db, CancellationToken cancellation)
    {
        var invoices = await db.Invoices.Where(invoice => invoice.Number != null)
            .GroupBy(invoice => new { invoice.CustomerId, invoice.Currency })
            .Select(group => new
            {
                group.Key,
                Earned = group.Sum(invoice => (invoice.Corrects == null ? invoice.Kind : invoice.Corrects.Kind) == InvoiceKind.CreditTopup ? 0 : invoice.Total - invoice.Tax + invoice.Credits),
                Tax = group.Sum(invoice => invoice.Tax),
                Owed = group.Sum(invoice => invoice.WrittenOffAt == null ? invoice.Total - invoice.Paid : 0),
                GivenUp = group.Sum(invoice => invoice.WrittenOffAt == null ? 0 : invoice.Total - invoice.Paid),
            })
            .ToListAsync(cancellation);
        var received = await db.Invoices
            .SelectMany(invoice => invoice.Payments, (invoice, payment) => new { invoice.CustomerId, invoice.Currency, payment.Method, payment.Amount })
            .Where(payment => payment.Method != Payment.CreditNote && payment.Method != Payment.Prepaid)
            .GroupBy(payment => new { payment.CustomerId, payment.Currency })
            .Select(group => new { group.Key, Amount = group.Sum(payment => payment.Amount) })
            .ToListAsync(cancellation);

        var returned = await db.Refunds.Where(refund => refund.State == AttemptState.Succeeded)
            .Join(db.Invoices, refund => refund.InvoiceId, invoice => invoice.Id, (refund, invoice) => new { invoice.CustomerId, invoice.Currency, refund.Amount })
            .GroupBy(refund => new { refund.CustomerId, refund.Currency })
            .Select(group => new { group.Key, Amount = group.Sum(refund => refund.Amount) })
            .ToListAsync(cancellation);

        var documents = new Dictionary<Key, long>();
        foreach (var sum in returned)
        {
            Add(documents, new Key(sum.Key.CustomerId, sum.Key.Currency, LedgerAccount.Cash), -sum.Amount);
        }

        foreach (var sum in invoices)
        {
            Key Of(LedgerAccount account) => new(sum.Key.CustomerId, sum.Key.Currency, account);
            Add(documents, Of(LedgerAccount.Receivable), sum.Owed);
            Add(documents, Of(LedgerAccount.BadDebt), sum.GivenUp);
            Add(documents, Of(LedgerAccount.Revenue), -sum.Earned);
            Add(documents, Of(LedgerAccount.TaxPayable), -sum.Tax);
        }

        foreach (var sum in received)
        {
            Add(documents, new Key(sum.Key.CustomerId, sum.Key.Currency, LedgerAccount.Cash), sum.Amount);
        }

        await AddCredits(db, documents, cancellation);
        return documents;
    }

    private static async Task AddCredits(PortalDb db, Dictionary<Key, long> documents, CancellationToken cancellation)
    {
        var expired = await db.CreditMoves.Where(move => move.Kind == CreditMoveKind.Expired)
            .GroupBy(move => move.GrantId).Select(moves => new { moves.Key, Amount = moves.Sum(move => move.Amount) })
            .ToDictionaryAsync(moves => moves.Key, moves => moves.Amount, cancellation);
        foreach (var grant in await db.CreditGrants.AsNoTracking().ToListAsync(cancellation))
        {
            Key Of(LedgerAccount account) => new(grant.CustomerId, grant.Currency, account);
            var lost = expired.GetValueOrDefault(grant.Id);
            if (grant.Kind == CreditKind.Prepaid)
            {
                // What was made of a credit note was paid for with the note, what an invoice sold by its payment, and what was rolled over before.
                Add(documents, Of(LedgerAccount.Cash), (grant.CreditNoteId ?? grant.InvoiceId ?? grant.RolledFrom) is null ? grant.Amount : 0);
                Add(documents, Of(LedgerAccount.DeferredRevenue), -grant.Left);
                Add(documents, Of(LedgerAccount.Revenue), -lost);
            }
            else
            {
                Add(documents, Of(LedgerAccount.PromotionalExpense), (grant.RolledFrom is null ? grant.Amount : 0) - lost);
                Add(documents, Of(LedgerAccount.PromotionalCredit), -grant.Left);
            }
        }
    }

    private static void Add(Dictionary<Key, long> sums, Key key, long amount) => sums[key] = sums.GetValueOrDefault(key) + amount;

    private readonly record struct Key(int CustomerId, string Currency, LedgerAccount Account);
}
