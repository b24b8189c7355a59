using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Portal.Domain.Accounts;
using Portal.Domain.Alerts;
using Portal.Domain.Invoicing;
using Portal.Domain.Ledger;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Payments;

/// <summary>Gives money back, once: the refund is stored, then the gateway is asked, then what it said is booked. Where it said nothing, it is asked again under the same key until it does.</summary>
/// <remarks>A refund pays out a credit note; or, without one, the invoice is owed again by as much: the customer pays it in another way.</remarks>
public sealed class RefundWriter(
    IDbContextFactory<PortalDb> databases, Register register, InvoiceReader reader, IPaymentGateway gateway, RefundMail mails, OutboxBell bell, AlarmWriter alarms,
    BusinessClock clock, ILogger<RefundWriter> log)
{
    private const int LooksUntilAlarm = 6;

    // How long a refund whose process died waits for another to ask what became of it; and the longest pause between two questions.
    private static readonly TimeSpan s_firstLook = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromHours(1);

    /// <summary>Gives a payment back although the invoice stands: it is owed again by as much. Where it is not owed, a credit note pays out instead.</summary>
    /// <param name="actor">Who does it.</param>
    /// <param name="reference">The invoice's id or number.</param>
    /// <param name="terms">How much, and why.</param>
    /// <param name="cancellation">Gives up before the gateway is asked.</param>
    /// <returns>The refund, as the gateway left it.</returns>
    /// <exception cref="InvalidInputException">Where the amount makes no sense.</exception>
    /// <exception cref="Refusal">NotFound; Forbidden; Conflict where no payment has as much left, the invoice sold credits, is being charged or was written off.</exception>
    public async Task<Refund> GiveBack(Actor actor, string reference, RefundTerms terms, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(terms);
        var id = (await reader.Find(actor, Permission.ManageInvoices, reference, cancellation)).Id;
        await using var db = await databases.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var invoice = await Lock(db, id, cancellation);
        InvoiceWriter.MustBeIssued(invoice, "refunded");
        if (invoice.Kind is InvoiceKind.CreditTopup)
        {
            throw Refusal.Conflict("sold_credits",
                $"Invoice {invoice.Number} sold prepaid credits, and giving its money back would leave them with {invoice.Customer.Name}. Write a credit note on it that refunds the card: it takes back what is not used of them, and gives as much money back.");
        }

        if (invoice.OpenChargeId is not null || invoice.WrittenOffAt is not null)
        {
            throw Refusal.Conflict("not_refundable", invoice.OpenChargeId is not null
                ? $"Invoice {invoice.Number} is being charged, and the outcome is not known yet. Wait until it is."
                : $"Invoice {invoice.Number} was written off, so it cannot be owed again. Write a credit note that refunds it instead.");
        }

        var payment = await PaymentFor(db, invoice, terms.MinorUnits(Currency.Of(invoice.Currency)), cancellation);
        var amount = terms.MinorUnits(Currency.Of(invoice.Currency)) ?? await Left(db, payment, cancellation);
        var refund = Begin(db, invoice, null, payment, amount, terms.Reason, actor, clock.GetUtcNow());
        if (!refund.IsOpen)
        {
            db.Outbox.Add(mails.Settled(invoice, null, refund, clock.GetUtcNow()));
        }

        await db.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        bell.Ring();
        if (refund.IsOpen)
        {
            await Ask(refund, cancellation);
        }

        await using var after = await databases.CreateDbContextAsync(cancellation);
        return await after.Refunds.AsNoTracking().SingleAsync(stored => stored.Id == refund.Id, cancellation);
    }

    /// <summary>The payment that an amount can go back to: a card first, then the newest.</summary>
    /// <param name="db">A transaction that holds the invoice's row.</param>
    /// <param name="invoice">With its payments.</param>
    /// <param name="amount">Minor units; null for the most that one of them has left.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="Refusal">Conflict where none has as much left.</exception>
    internal static async Task<Payment> PaymentFor(PortalDb db, Invoice invoice, long? amount, CancellationToken cancellation)
    {
        Payment? best = null;
        var most = 0L;
        foreach (var payment in invoice.Payments.Where(payment => payment.Method is Payment.Card or Payment.BankTransfer)
            .OrderBy(payment => payment.Method == Payment.Card).ThenBy(payment => payment.ReceivedAt))
        {
            var left = await Left(db, payment, cancellation);
            best = left > 0 && (amount is null || left >= amount) ? payment : best;
            most = Math.Max(most, left);
        }

        return best ?? throw Refusal.Conflict("not_refundable", most == 0
            ? $"No payment of invoice {invoice.Number} can be given back: none came in by card or bank, or all of it has gone back. Turn the amount into credits, or have it taken off the next invoices."
            : $"At most {AmountText.Of(invoice, most)} can go back at once for invoice {invoice.Number}: that is what is left of one payment. Ask for no more, or turn the amount into credits.");
    }

    /// <summary>Stores a refund, before the gateway is asked. A bank transfer is given back by hand: it counts as done.</summary>
    internal static Refund Begin(PortalDb db, Invoice invoice, Invoice? note, Payment payment, long amount, string? why, Actor actor, DateTimeOffset now)
    {
        var isCard = payment.Method == Payment.Card;
        var refund = new Refund
        {
            PaymentId = payment.Id,
            InvoiceId = invoice.Id,
            CreditNoteId = note?.Id,
            CustomerId = invoice.CustomerId,
            Amount = amount,
            State = isCard ? AttemptState.Open : AttemptState.Succeeded,
            Why = why,
            StartedAt = now,
            StartedBy = actor.Name,
            LookAt = isCard ? now + s_firstLook : null,
            SettledAt = isCard ? null : now,
        };
        db.Refunds.Add(refund);
        db.AuditEntries.Add(AuditEntry.Of(
            actor, now, invoice.CustomerId, isCard ? "invoice.refund_asked" : "invoice.refunded", invoice.Number!, $"{AmountText.Of(invoice, amount)} {note?.Number} {why}".Trim()));
        if (isCard)
        {
            (note ?? invoice).OpenChargeId = refund.Id;
        }
        else
        {
            Book(db, invoice, note, refund, now);
        }

        return refund;
    }

    /// <summary>Asks the gateway to give the money back, and books its answer. Asking twice under a refund's key gives back once.</summary>
    /// <returns>Where the refund stands then.</returns>
    internal Task<AttemptState> Ask(Refund refund, CancellationToken cancellation) => Hear(refund, gateway.Refund, cancellation);

    /// <summary>Finds out what became of a refund. One that the gateway never heard of is asked for again, under the same key.</summary>
    internal Task<AttemptState> Reconcile(Refund refund, CancellationToken cancellation) => Hear(
        refund, async (order, token) => await gateway.FindRefund(order, token) ?? await gateway.Refund(order, token), cancellation);

    /// <summary>The refund of a key whose outcome is not known; null where there is none.</summary>
    internal async Task<Refund?> OpenWithKey(string key, CancellationToken cancellation)
    {
        if (!key.StartsWith(Refund.KeyPrefix, StringComparison.Ordinal) || !Guid.TryParseExact(key[Refund.KeyPrefix.Length..], "N", out var id))
        {
            return null;
        }

        await using var db = await databases.CreateDbContextAsync(cancellation);
        return await db.Refunds.AsNoTracking().SingleOrDefaultAsync(refund => refund.Id == id, cancellation) is { IsOpen: true } open ? open : null;
    }

    private async Task<AttemptState> Hear(Refund refund, Func<RefundOrder, CancellationToken, Task<RefundOutcome>> ask, CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var charge = await db.Invoices.Where(invoice => invoice.Id == refund.InvoiceId)
            .SelectMany(invoice => invoice.Payments, (invoice, payment) => new { invoice.Currency, payment.Id, payment.Reference })
            .SingleAsync(paid => paid.Id == refund.PaymentId, cancellation);
        try
        {
            return await Settle(refund, await ask(new RefundOrder(refund.Key, charge.Reference!, refund.Amount, charge.Currency), cancellation), cancellation);
        }
        catch (GatewayException failure)
        {
            log.LogWarning("Whether the refund {Key} moved money is not known yet: {Reason}", refund.Key, failure.Message);
            return await NoteUnknown(refund.Id, cancellation);
        }
    }

    private async Task<AttemptState> Settle(Refund asked, RefundOutcome outcome, CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);

        // The invoice's lock decides who books it: a webhook, the reconciler and the one who asked may all come at once.
        var invoice = await Lock(db, asked.InvoiceId, cancellation);
        var refund = await db.Refunds.SingleAsync(found => found.Id == asked.Id, cancellation);
        if (!refund.IsOpen)
        {
            return refund.State;
        }

        var now = clock.GetUtcNow();
        var note = refund.CreditNoteId is { } id ? await Lock(db, id, cancellation) : null;
        (note ?? invoice).OpenChargeId = null;
        (refund.State, refund.Reason) = (outcome.Succeeded ? AttemptState.Succeeded : AttemptState.Failed, outcome.Reason);
        (refund.Reference, refund.SettledAt, refund.LookAt) = (outcome.Id, now, null);
        if (outcome.Succeeded)
        {
            Book(db, invoice, note, refund, now);
        }
        else if (note is not null)
        {
            note.Settlement = NoteSettlement.Offset;
        }

        var what = outcome.Succeeded ? "invoice.refunded" : "invoice.refund_failed";
        db.AuditEntries.Add(AuditEntry.Of(Actor.System, now, invoice.CustomerId, what, invoice.Number!, $"{AmountText.Of(invoice, refund.Amount)} {note?.Number} {outcome.Reason}".Trim()));
        db.Outbox.Add(mails.Settled(invoice, note, refund, now));
        await db.SaveChangesAsync(cancellation);
        await Restriction.Apply(db, invoice.Customer, Actor.System, now, cancellation);
        await register.Save(db, () => RegisterChange.Of(invoice.Customer), cancellation);
        bell.Ring();
        if (!outcome.Succeeded)
        {
            await alarms.Raise($"refund.failed:{refund.Key}", $"A refund for invoice {invoice.Number} failed.",
                $"{AmountText.Of(invoice, refund.Amount)} could not go back to the card of {invoice.Customer.Name}: the card processor says '{outcome.Reason}'. {(note is null ? "The invoice is paid as before." : $"{note.Number} is taken off what else is owed instead.")} Where the customer wants the money, pay it by bank.",
                invoice.CustomerId);
        }

        return refund.State;
    }

    // The note is paid out; without one, the invoice is owed again.
    private static void Book(PortalDb db, Invoice invoice, Invoice? note, Refund refund, DateTimeOffset now)
    {
        if (note is null)
        {
            invoice.Reopen(refund.Amount);
        }
        else
        {
            note.GiveBack(refund.Amount);
        }

        Journal.Refunded(db, note ?? invoice, refund.Id, refund.Amount, now);
    }

    private async Task<AttemptState> NoteUnknown(Guid id, CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var refund = await db.Refunds.FromSql($"SELECT * FROM refunds WHERE id = {id} FOR UPDATE").SingleAsync(cancellation);
        if (refund.IsOpen)
        {
            refund.State = AttemptState.Unknown;
            refund.Looks++;
            refund.LookAt = clock.GetUtcNow() + (refund.Looks < LooksUntilAlarm ? s_firstLook * (1 << (refund.Looks - 1)) : s_longestPause);
            await db.SaveChangesAsync(cancellation);
            await transaction.CommitAsync(cancellation);
            if (refund.Looks == LooksUntilAlarm)
            {
                await alarms.Raise($"refund.unknown:{refund.Key}", "The card processor does not say what became of a refund.",
                    $"The refund {refund.Key} was asked for at {refund.StartedAt:yyyy-MM-dd'T'HH:mm:ss'Z'}. It is asked after every hour, under the same key, so that the money goes back once. Look at the processor's own pages.",
                    refund.CustomerId);
            }
        }

        return refund.State;
    }

    private static async Task<long> Left(PortalDb db, Payment payment, CancellationToken cancellation)
    {
        var refunds = await db.Refunds.AsNoTracking().Where(refund => refund.PaymentId == payment.Id && refund.State != AttemptState.Failed).ToListAsync(cancellation);
        return refunds.Any(refund => refund.IsOpen) ? 0 : payment.Amount - refunds.Sum(refund => refund.Amount);
    }

    private static Task<Invoice> Lock(PortalDb db, Guid id, CancellationToken cancellation) =>
        db.Invoices.FromSql($"SELECT *, xmin FROM invoices WHERE id = {id} FOR UPDATE").AsSplitQuery()
            .Include(invoice => invoice.Customer).Include(invoice => invoice.Payments).SingleAsync(cancellation);
}

/// <summary>What is given back of a payment.</summary>
/// <param name="Amount">Major units; null for all that is left of it.</param>
/// <param name="Reason">Why; null where nothing is said.</param>
public sealed record RefundTerms(decimal? Amount, string? Reason)
{
    private const int ReasonMax = 300;

    /// <summary>The amount in minor units, where one is named.</summary>
    internal long? MinorUnits(Currency currency)
    {
        var errors = new FieldErrors();
        PlainText.CheckOptional(Reason, "reason", ReasonMax, errors);
        if (Amount is { } amount && (amount <= 0 || Money.Round(amount, currency).Amount != amount))
        {
            errors.Add("amount", $"Give an amount above 0 with at most {currency.Digits} digits after the point; leave it out for all of the payment.");
        }

        errors.ThrowIfAny();
        return Amount is { } named ? Money.Round(named, currency).Minor : null;
    }
}
