using Microsoft.EntityFrameworkCore;
using Npgsql;
using Portal.Domain.Accounts;
using Portal.Domain.Catalog;
using Portal.Domain.Invoicing;
using Portal.Domain.Payments;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Credits;

/// <summary>Buys prepaid credits with the saved card: by hand, or by a customer's rule. The credits exist once the money is there, and one purchase is open at a time.</summary>
public sealed class TopupWriter(
    IDbContextFactory<PortalDb> databases, Register register, ChargeWriter charges, InvoiceReader invoices, CreditBalanceReader balances, BusinessClock clock)
{
    /// <summary>Buys credits now.</summary>
    /// <param name="actor">Who buys.</param>
    /// <param name="customerKey">For whom.</param>
    /// <param name="amount">How much, in major units of the customer's currency.</param>
    /// <param name="cancellation">Gives up waiting; a charge that has begun is settled all the same.</param>
    /// <returns>The invoice: paid, or still a draft where the card processor has not answered yet.</returns>
    /// <exception cref="InvalidInputException">Where the amount makes no sense.</exception>
    /// <exception cref="Refusal">NotFound; Forbidden; Conflict where there is no card, a purchase is open, or the card was declined.</exception>
    public async Task<Invoice> Buy(Actor actor, string customerKey, decimal amount, CancellationToken cancellation)
    {
        var customer = register.Now.Customer(actor, Permission.ManageBilling, customerKey).Customer;
        var currency = Currency.Of(customer.Currency);
        var errors = new FieldErrors();
        AutoTopupTerms.CheckAmount(amount, "amount", currency, errors);
        errors.ThrowIfAny();

        await using var db = await databases.CreateDbContextAsync(cancellation);
        if (await ChargeWriter.Method(db, customer.Id, cancellation) is null)
        {
            throw Refusal.Conflict("no_payment_method", "No card is saved, so nothing can be bought with it. Save a card first; credits that are paid by bank transfer are granted by the operator.");
        }

        var invoice = await Begin(db, customer.Id, Money.Round(amount, currency), isAutomatic: false, actor.Name, cancellation)
            ?? throw Refusal.Conflict("topup_open", "Credits are being bought already, and the outcome is not known yet. They are there as soon as the card processor answers.");
        if (await charges.Begin(invoice.Id, actor, cancellation) is { } attempt && await charges.Ask(attempt, cancellation) == AttemptState.Failed)
        {
            var reason = await db.CreditTopups.Where(topup => topup.InvoiceId == invoice.Id).Select(topup => topup.Reason).SingleAsync(cancellation);
            throw Refusal.Conflict("payment_failed", $"{Money.Round(amount, currency)} could not be charged: {PaymentWords.Of(reason)} Nothing was bought. Save another card and try again.");
        }

        return await invoices.Stored(invoice.Id, cancellation);
    }

    /// <summary>Begins a purchase where the rule of a customer asks for one. Its charge follows by itself.</summary>
    /// <returns>Whether one was begun.</returns>
    public async Task<bool> BuyByRule(CustomerEntry entry, Spend spend, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(entry);
        var (id, currency) = (entry.Customer.Id, Currency.Of(entry.Customer.Currency));
        await using var db = await databases.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);

        // Of two that see the same low balance, the second sees what the first one bought.
        await db.Database.ExecuteSqlAsync($"SELECT id FROM customers WHERE id = {id} FOR NO KEY UPDATE", cancellation);
        if (await db.AutoTopups.AsNoTracking().SingleOrDefaultAsync(rule => rule.CustomerId == id, cancellation) is not { PausedAt: null } rule
            || await ChargeWriter.Method(db, id, cancellation) is null
            || (await balances.Of(entry, spend, cancellation)).Live.Minor >= rule.Below)
        {
            return false;
        }

        var month = AutoTopupTerms.MonthOf(clock.GetUtcNow(), entry.Customer);
        var bought = await db.CreditTopups
            .Where(topup => topup.CustomerId == id && topup.IsAutomatic && topup.State != TopupState.Failed && topup.StartedAt >= month.Start && topup.StartedAt < month.End)
            .SumAsync(topup => topup.Amount, cancellation);
        return bought + rule.Amount <= rule.MonthlyMax
            && await Begin(db, id, new Money(rule.Amount, currency), isAutomatic: true, Actor.System.Name, cancellation) is not null;
    }

    /// <summary>Stores a purchase with the draft of its invoice; null where one is open.</summary>
    private async Task<Invoice?> Begin(PortalDb db, int customerId, Money amount, bool isAutomatic, string by, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        var customer = await db.Customers.SingleAsync(found => found.Id == customerId, cancellation);
        var day = SingleInvoice.DayOf(now, customer);
        var invoice = SingleInvoice.Draft(InvoiceKind.CreditTopup, customer, BillingTerms.Default, day, [("Prepaid credits", amount)], now);

        // Whoever begins the charge may die before it does: then the run finds it here.
        invoice.ChargeAt = now;
        db.Invoices.Add(invoice);
        db.CreditTopups.Add(new CreditTopup
        {
            InvoiceId = invoice.Id, CustomerId = customerId, Amount = amount.Minor, IsAutomatic = isAutomatic, State = TopupState.Open, StartedAt = now, StartedBy = by,
        });
        try
        {
            await db.SaveChangesAsync(cancellation);
        }
        catch (DbUpdateException taken) when (taken.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "ix_credit_topups_open" })
        {
            return null;
        }

        if (db.Database.CurrentTransaction is { } transaction)
        {
            await transaction.CommitAsync(cancellation);
        }

        return invoice;
    }
}
