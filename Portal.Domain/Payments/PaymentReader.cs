using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Invoicing;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Payments;

/// <summary>Reads saved cards, attempts to charge, and who is being dunned, for callers who may see it.</summary>
public sealed class PaymentReader(IDbContextFactory<PortalDb> databases, Register register)
{
    /// <summary>The card that a customer's invoices are charged to; null where none is saved.</summary>
    /// <exception cref="Refusal">NotFound where the customer is not the caller's; Forbidden.</exception>
    public async Task<PaymentMethod?> Method(Actor actor, string customerKey, CancellationToken cancellation)
    {
        var customer = register.Now.Customer(actor, Permission.ReadBilling, customerKey).Customer;
        await using var db = await databases.CreateDbContextAsync(cancellation);
        return await ChargeWriter.Method(db, customer.Id, cancellation);
    }

    /// <summary>The cards that a customer has saved.</summary>
    /// <exception cref="Refusal">NotFound where the customer is not the caller's; Forbidden.</exception>
    public async Task<SavedMethods> Methods(Actor actor, string customerKey, CancellationToken cancellation)
    {
        var customer = register.Now.Customer(actor, Permission.ReadBilling, customerKey).Customer;
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var saved = await db.PaymentMethods.AsNoTracking().Where(method => method.CustomerId == customer.Id && method.ReplacedAt == null).ToListAsync(cancellation);
        return new SavedMethods(saved.Find(method => method.Use == MethodUse.Default), saved.Find(method => method.Use == MethodUse.Backup));
    }

    /// <summary>The attempts to charge an invoice, the first one first.</summary>
    /// <param name="actor">Who asks.</param>
    /// <param name="invoice">An invoice that the caller was let through to.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="Refusal">Forbidden.</exception>
    public async Task<IReadOnlyList<PaymentAttempt>> Attempts(Actor actor, Invoice invoice, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(invoice);
        actor.Require(Permission.ReadBilling, invoice.Customer);
        await using var db = await databases.CreateDbContextAsync(cancellation);
        return await db.PaymentAttempts.AsNoTracking().Include(attempt => attempt.Method)
            .Where(attempt => attempt.InvoiceId == invoice.Id).OrderBy(attempt => attempt.N).ToListAsync(cancellation);
    }

    /// <summary>What was given back of an invoice's payments, or for a credit note, the first one first.</summary>
    /// <param name="actor">Who asks.</param>
    /// <param name="invoice">An invoice or credit note that the caller was let through to.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="Refusal">Forbidden.</exception>
    public async Task<IReadOnlyList<PaidRefund>> Refunds(Actor actor, Invoice invoice, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(invoice);
        actor.Require(Permission.ReadBilling, invoice.Customer);
        await using var db = await databases.CreateDbContextAsync(cancellation);
        return await (
            from refund in db.Refunds.AsNoTracking()
            where refund.InvoiceId == invoice.Id || refund.CreditNoteId == invoice.Id
            join note in db.Invoices on refund.CreditNoteId equals note.Id into notes
            from note in notes.DefaultIfEmpty()
            orderby refund.StartedAt, refund.Id
            select new PaidRefund(refund, note.Number)).ToListAsync(cancellation);
    }

    /// <summary>Invoices that were not paid when they should have been, the longest unpaid first: overdue ones, and those whose charge failed.</summary>
    /// <exception cref="Refusal">Forbidden.</exception>
    public async Task<IReadOnlyList<UnpaidInvoice>> Unpaid(Actor actor, int take, CancellationToken cancellation)
    {
        actor.Require(Permission.ReadCustomers);
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var invoices = await db.Invoices.AsNoTracking().Include(invoice => invoice.Customer)
            .Where(invoice => (invoice.Status == InvoiceStatus.Finalized || invoice.Status == InvoiceStatus.Uncollectible)
                && invoice.WrittenOffAt == null && invoice.Paid < invoice.Total && invoice.OverdueNoticeAt != null)
            .OrderBy(invoice => invoice.OverdueNoticeAt).Take(take).ToListAsync(cancellation);
        var ids = invoices.ConvertAll(invoice => invoice.Id);
        var attempts = (await db.PaymentAttempts.AsNoTracking().Include(attempt => attempt.Method).Where(attempt => ids.Contains(attempt.InvoiceId))
            .OrderBy(attempt => attempt.N).ToListAsync(cancellation)).ToLookup(attempt => attempt.InvoiceId);
        return [.. invoices.Select(invoice => new UnpaidInvoice(invoice, [.. attempts[invoice.Id]]))];
    }
}

/// <summary>Money that goes back, or went.</summary>
/// <param name="Refund">The refund.</param>
/// <param name="CreditNote">The number of the credit note that it pays out; null where the invoice is owed again.</param>
public sealed record PaidRefund(Refund Refund, string? CreditNote);

/// <summary>An invoice that was not paid when it should have been.</summary>
/// <param name="Invoice">With its customer.</param>
/// <param name="Attempts">What was tried, the first one first.</param>
public sealed record UnpaidInvoice(Invoice Invoice, IReadOnlyList<PaymentAttempt> Attempts);
