using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Portal.Domain.Accounts;
using Portal.Domain.Alerts;
using Portal.Domain.Catalog;
using Portal.Domain.Credits;
using Portal.Domain.Invoicing;
using Portal.Domain.Ledger;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Payments;

/// <summary>Charges an invoice, once: the attempt is stored, then the gateway is asked, then what it said is booked. Where it said nothing, it is asked again under the same key until it does.</summary>
public sealed class ChargeWriter(
    IDbContextFactory<PortalDb> databases, Register register, IPaymentGateway gateway, PaymentMail mails, CreditPurchase purchases, OutboxBell bell, AlarmWriter alarms, BusinessClock clock,
    ILogger<ChargeWriter> log)
{
    private const int LooksUntilAlarm = 6;

    // How long an attempt whose process died waits for another to ask what became of it; and the longest pause between two questions.
    private static readonly TimeSpan s_firstLook = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromHours(1);

    /// <summary>Begins a charge of all that is due: from now on nothing else pays the invoice.</summary>
    /// <returns>The attempt; null where there is nothing to charge, no method, or an attempt whose outcome is not known.</returns>
    public async Task<PaymentAttempt?> Begin(Guid invoiceId, Actor actor, CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var invoice = await Lock(db, invoiceId, cancellation);
        if (invoice.OpenChargeId is not null)
        {
            return null;
        }

        var (now, isDue) = (clock.GetUtcNow(), invoice.Due > 0 && (invoice.Status is InvoiceStatus.Finalized or InvoiceStatus.Uncollectible || invoice.IsOpenPurchase));
        var method = isDue ? await Method(db, invoice.CustomerId, cancellation) : null;
        PaymentAttempt? attempt = null;
        if (method is null && invoice.IsOpenPurchase)
        {
            await purchases.Fail(db, invoice, "no_payment_method", now, cancellation);
        }
        else if (method is null)
        {
            // Without a card it is tried once more on the day it is due: by then there may be one.
            invoice.ChargeAt = isDue && invoice.ChargeAt <= now && invoice.DueAt > now ? invoice.DueAt : null;
        }
        else
        {
            attempt = new PaymentAttempt
            {
                InvoiceId = invoice.Id,
                CustomerId = invoice.CustomerId,
                N = await db.PaymentAttempts.CountAsync(earlier => earlier.InvoiceId == invoice.Id, cancellation) + 1,
                MethodId = method.Id,
                Method = method,
                Amount = invoice.Due,
                State = AttemptState.Open,
                StartedAt = now,
                StartedBy = actor.Name,
                LookAt = now + s_firstLook,
            };
            db.PaymentAttempts.Add(attempt);
            (invoice.OpenChargeId, invoice.ChargeAt) = (attempt.Id, null);
        }

        await db.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        return attempt;
    }

    /// <summary>Asks the gateway to charge, and books its answer. Asking twice under an attempt's key charges once.</summary>
    /// <returns>Where the attempt stands then.</returns>
    public async Task<AttemptState> Ask(PaymentAttempt attempt, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(attempt);
        var currency = await CurrencyOf(attempt.InvoiceId, cancellation);
        try
        {
            var order = new ChargeOrder(attempt.Key, attempt.Method.Token, attempt.InvoiceId.ToString("N"), attempt.Amount, currency);
            return await Settle(attempt, await gateway.Charge(order, cancellation), cancellation);
        }
        catch (GatewayException failure)
        {
            log.LogWarning("Whether the charge {Key} moved money is not known yet: {Reason}", attempt.Key, failure.Message);
            return await NoteUnknown(attempt.Id, cancellation);
        }
    }

    /// <summary>Finds out what became of an attempt. One that the gateway never heard of is asked for again, under the same key.</summary>
    /// <returns>Where the attempt stands then.</returns>
    public async Task<AttemptState> Reconcile(PaymentAttempt attempt, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(attempt);
        try
        {
            if (await gateway.Find(attempt.Key, attempt.Method.Token, cancellation) is { } outcome)
            {
                return await Settle(attempt, outcome, cancellation);
            }
        }
        catch (GatewayException failure)
        {
            log.LogWarning("What became of the charge {Key} could not be asked: {Reason}", attempt.Key, failure.Message);
            return await NoteUnknown(attempt.Id, cancellation);
        }

        return await Ask(attempt, cancellation);
    }

    /// <summary>The attempt of a key whose outcome is not known; null where there is none.</summary>
    public async Task<PaymentAttempt?> OpenWithKey(string key, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(key);
        var parts = key.Split('-');
        if (parts.Length != 2 || !Guid.TryParseExact(parts[0], "N", out var invoiceId) || !int.TryParse(parts[1], System.Globalization.CultureInfo.InvariantCulture, out var n))
        {
            return null;
        }

        await using var db = await databases.CreateDbContextAsync(cancellation);
        var attempt = await db.PaymentAttempts.AsNoTracking().Include(found => found.Method)
            .SingleOrDefaultAsync(found => found.InvoiceId == invoiceId && found.N == n, cancellation);
        return attempt is { IsOpen: true } ? attempt : null;
    }

    /// <summary>The card that a customer's invoices are charged to; null where none is saved.</summary>
    internal static Task<PaymentMethod?> Method(PortalDb db, int customerId, CancellationToken cancellation) =>
        db.PaymentMethods.SingleOrDefaultAsync(method => method.CustomerId == customerId && method.ReplacedAt == null, cancellation);

    private async Task<AttemptState> Settle(PaymentAttempt asked, ChargeOutcome outcome, CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);

        // The invoice's lock decides who books it: a webhook, the reconciler and the one who asked may all come at once.
        var invoice = await Lock(db, asked.InvoiceId, cancellation);
        var attempt = await db.PaymentAttempts.Include(found => found.Method).SingleAsync(found => found.Id == asked.Id, cancellation);
        if (!attempt.IsOpen)
        {
            return attempt.State;
        }

        var now = clock.GetUtcNow();
        (attempt.State, attempt.Reason) = (outcome.Succeeded ? AttemptState.Succeeded : AttemptState.Failed, outcome.Reason);
        (attempt.ChargeId, attempt.SettledAt, attempt.LookAt) = (outcome.Id, now, null);
        invoice.OpenChargeId = null;
        if (invoice.IsOpenPurchase)
        {
            await Settle(db, invoice, attempt, outcome.Succeeded, now, cancellation);
        }
        else if (outcome.Succeeded)
        {
            Receive(db, invoice, attempt, now);
        }
        else
        {
            Fail(db, invoice, attempt, now);
        }

        await db.SaveChangesAsync(cancellation);
        await Restriction.Apply(db, invoice.Customer, Actor.System, now, cancellation);
        await register.Save(db, () => RegisterChange.Of(invoice.Customer), cancellation);
        bell.Ring();
        return attempt.State;
    }

    /// <summary>Ends a purchase of credits: its number, its money and its credits come together, or nothing was bought.</summary>
    private async Task Settle(PortalDb db, Invoice invoice, PaymentAttempt attempt, bool succeeded, DateTimeOffset now, CancellationToken cancellation)
    {
        if (!succeeded)
        {
            await purchases.Fail(db, invoice, attempt.Reason ?? "declined", now, cancellation);
            return;
        }

        await purchases.Issue(db, invoice, cancellation);
        Receive(db, invoice, attempt, now);
        await CreditPurchase.Grant(db, invoice, now, cancellation);
    }

    private static void Receive(PortalDb db, Invoice invoice, PaymentAttempt attempt, DateTimeOffset now)
    {
        var payment = new Payment { Amount = attempt.Amount, Method = Payment.Card, Reference = attempt.ChargeId, ReceivedAt = now, RecordedBy = attempt.StartedBy };
        invoice.Receive(payment);
        Journal.Received(db, invoice, payment);
        db.WebhookEvents.Add(InvoiceNews.Of(WebhookTypes.InvoicePaid, invoice, now));
        db.AuditEntries.Add(AuditEntry.Of(Actor.System, now, invoice.CustomerId, "invoice.charged", invoice.Number!, $"{AmountText.Of(invoice, attempt.Amount)}, card {attempt.Method.Last4}"));
    }

    /// <summary>What a failed charge leads to where the invoice is collected by charge: a mail, the next retry, and after the last one no more.</summary>
    private void Fail(PortalDb db, Invoice invoice, PaymentAttempt attempt, DateTimeOffset now)
    {
        db.AuditEntries.Add(AuditEntry.Of(Actor.System, now, invoice.CustomerId, "invoice.charge_failed", invoice.Number!, $"{AmountText.Of(invoice, attempt.Amount)}, card {attempt.Method.Last4}: {attempt.Reason}"));
        if (invoice.Collection != BillingTerms.Charge || invoice.Status == InvoiceStatus.Uncollectible)
        {
            return;
        }

        invoice.FirstFailureAt ??= now;
        invoice.ChargeAt = Dunning.Next(invoice.FirstFailureAt.Value, now);
        var isFirstWarning = invoice.OverdueNoticeAt is null;
        invoice.OverdueNoticeAt ??= now;
        if (invoice.ChargeAt is null)
        {
            invoice.Status = InvoiceStatus.Uncollectible;
            db.AuditEntries.Add(AuditEntry.Of(Actor.System, now, invoice.CustomerId, "invoice.uncollectible", invoice.Number!, "The last retry failed."));
        }

        db.WebhookEvents.Add(InvoiceNews.Of(WebhookTypes.PaymentFailed, invoice, now));
        var mail = mails.Failed(invoice, attempt, now);
        db.Outbox.Add(mail);
        if (isFirstWarning)
        {
            db.Alerts.Add(InvoiceMail.AlertOf(invoice, mail, now));
        }
    }

    private async Task<AttemptState> NoteUnknown(Guid attemptId, CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var attempt = await db.PaymentAttempts.FromSql($"SELECT * FROM payment_attempts WHERE id = {attemptId} FOR UPDATE").SingleAsync(cancellation);
        if (attempt.IsOpen)
        {
            attempt.State = AttemptState.Unknown;
            attempt.Looks++;
            attempt.LookAt = clock.GetUtcNow() + (attempt.Looks < LooksUntilAlarm ? s_firstLook * (1 << (attempt.Looks - 1)) : s_longestPause);
            await db.SaveChangesAsync(cancellation);
            await transaction.CommitAsync(cancellation);
            if (attempt.Looks == LooksUntilAlarm)
            {
                await alarms.Raise(
                    $"payment.unknown:{attempt.Key}", "The card processor does not say what became of a charge.",
                    $"The charge {attempt.Key} was asked for at {attempt.StartedAt:yyyy-MM-dd'T'HH:mm:ss'Z'}. Nothing else is tried for its invoice, and it is asked after every hour. Look at the processor's own pages.",
                    attempt.CustomerId);
            }
        }

        return attempt.State;
    }

    private async Task<string> CurrencyOf(Guid invoiceId, CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        return await db.Invoices.Where(invoice => invoice.Id == invoiceId).Select(invoice => invoice.Currency).SingleAsync(cancellation);
    }

    private static Task<Invoice> Lock(PortalDb db, Guid id, CancellationToken cancellation) =>
        db.Invoices.FromSql($"SELECT *, xmin FROM invoices WHERE id = {id} FOR UPDATE").Include(invoice => invoice.Customer).SingleAsync(cancellation);
}
