using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Invoicing;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Payments;

/// <summary>What people do about paying: save a card, pay an invoice with it.</summary>
public sealed class PaymentWriter(
    IDbContextFactory<PortalDb> databases, Register register, InvoiceReader invoices, IPaymentGateway gateway, MethodWriter methods, ChargeWriter charges,
    StrayChargeRun strays, PortalOptions options)
{
    /// <summary>Saves a card that is charged from now on, in place of the one that was there for it; what is overdue is collected at once.</summary>
    /// <param name="actor">Who saves it.</param>
    /// <param name="customerKey">Whose card.</param>
    /// <param name="number">Its number, which is handed to the gateway and not kept.</param>
    /// <param name="use">What it is for. The first one is the default, whatever is said.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="InvalidInputException">Where the gateway does not take it.</exception>
    /// <exception cref="Refusal">NotFound; Forbidden; Conflict where no gateway is set up, or cards are typed on its own page.</exception>
    public async Task<PaymentMethod> Save(Actor actor, string customerKey, string number, MethodUse use, CancellationToken cancellation)
    {
        var customer = register.Now.Customer(actor, Permission.ManageBilling, customerKey).Customer;
        if (!options.TakesCards)
        {
            throw Refusal.Conflict("no_gateway", "No payment gateway is set up here, so cards cannot be saved. Invoices are sent, and paid by bank transfer.");
        }

        return await methods.Keep(actor, customer, gateway.Name, await gateway.Save(number, cancellation), use, cancellation);
    }

    /// <summary>Pays an invoice with the saved card. Where it is paid, or nothing is owed, nothing is done.</summary>
    /// <returns>The invoice; still unpaid where the gateway gave no answer yet.</returns>
    /// <exception cref="Refusal">NotFound; Forbidden; Conflict where it is not issued, there is no card, a charge is under way, or the card was declined.</exception>
    public async Task<Invoice> Pay(Actor actor, string reference, CancellationToken cancellation)
    {
        var invoice = await invoices.Find(actor, Permission.ManageBilling, reference, cancellation);
        InvoiceWriter.MustBeIssued(invoice, "paid");
        if (invoice.Due <= 0)
        {
            return invoice;
        }

        await using var db = await databases.CreateDbContextAsync(cancellation);
        if (await ChargeWriter.Method(db, invoice.CustomerId, cancellation) is null)
        {
            throw Refusal.Conflict("no_payment_method",
                $"No payment method can be charged for invoice {invoice.Number}. Save a card first, or pay {AmountText.Of(invoice, invoice.Due)} by bank transfer and name the invoice; when it has come in, it is recorded with POST /v1/invoices/{invoice.Number}/payments.");
        }

        if (!await strays.IsClear(cancellation))
        {
            throw Refusal.Conflict("charges_held",
                $"Cards are not charged just now: what the card processor has charged is being compared with what is known here. Invoice {invoice.Number} is charged as soon as that is done, or pay it by bank transfer.");
        }

        if (await charges.Begin(invoice.Id, actor, cancellation) is { } attempt)
        {
            var state = await charges.Ask(attempt, cancellation);
            return state == AttemptState.Failed ? throw await Declined(db, invoice, attempt, cancellation) : await invoices.Stored(invoice.Id, cancellation);
        }

        // Somebody was quicker: a retry, or the same button twice.
        var now = await invoices.Stored(invoice.Id, cancellation);
        return now.Due <= 0 ? now : throw Refusal.Conflict("charge_open",
            $"Invoice {invoice.Number} is being charged, and the outcome is not known yet. It is settled as soon as the card processor answers; nothing needs to be done.");
    }

    private static async Task<Refusal> Declined(PortalDb db, Invoice invoice, PaymentAttempt first, CancellationToken cancellation)
    {
        var tried = await db.PaymentAttempts.AsNoTracking().Include(attempt => attempt.Method)
            .Where(attempt => attempt.InvoiceId == invoice.Id && (attempt.N == first.N || (attempt.N == first.N + 1 && attempt.Use == MethodUse.Backup))).OrderBy(attempt => attempt.N).ToListAsync(cancellation);
        var backup = tried is [_, var second] ? $" Nor to the backup card ending in {second.Method.Last4}: {PaymentWords.Of(second.Reason)}" : "";
        return Refusal.Conflict("payment_failed",
            $"{AmountText.Of(invoice, first.Amount)} for invoice {invoice.Number} could not be charged to the card ending in {tried[0].Method.Last4}: {PaymentWords.Of(tried[0].Reason)}{backup} Save another card, or pay by bank transfer.");
    }
}
