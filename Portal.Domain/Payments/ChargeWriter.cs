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
/// <remarks>Where the default card was declined, the backup is an attempt of its own, stored with that outcome and under its own key. An outcome that is not known leads to nothing.</remarks>
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
            attempt = Store(db, invoice, method, await db.PaymentAttempts.CountAsync(earlier => earlier.InvoiceId == invoice.Id, cancellation) + 1, actor.Name, now);
        }

        await db.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        return attempt;
    }

    /// <summary>Asks the gateway to charge, and books its answer. Asking twice under an attempt's key charges once.</summary>
    /// <returns>Where it stands then: that of the backup's attempt, where one followed.</returns>
    public async Task<AttemptState> Ask(PaymentAttempt attempt, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(attempt);
        var order = new ChargeOrder(attempt.Key, attempt.Method.Token, attempt.InvoiceId.ToString("N"), attempt.Amount, await CurrencyOf(attempt.InvoiceId, cancellation));
        ChargeOutcome outcome;
        try
        {
            outcome = await gateway.Charge(order, cancellation);
        }
        catch (GatewayException failure)
        {
            log.LogWarning("Whether the charge {Key} moved money is not known yet: {Reason}", attempt.Key, failure.Message);
            return await NoteUnknown(attempt.Id, cancellation);
        }

        return await Settle(attempt, outcome, cancellation);
    }

    /// <summary>Finds out what became of an attempt. One that the gateway never heard of is asked for again, under the same key.</summary>
    /// <returns>Where it stands then: that of the backup's attempt, where one followed.</returns>
    public async Task<AttemptState> Reconcile(PaymentAttempt attempt, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(attempt);
        ChargeOutcome? outcome;
        try
        {
            outcome = await gateway.Find(attempt.Key, attempt.Method.Token, cancellation);
        }
        catch (GatewayException failure)
        {
            log.LogWarning("What became of the charge {Key} could not be asked: {Reason}", attempt.Key, failure.Message);
            return await NoteUnknown(attempt.Id, cancellation);
        }

        return outcome is null ? await Ask(attempt, cancellation) : await Settle(attempt, outcome, cancellation);
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
        db.DefaultMethods.SingleOrDefaultAsync(method => method.CustomerId == customerId, cancellation);

    private static PaymentAttempt Store(PortalDb db, Invoice invoice, PaymentMethod method, int n, string by, DateTimeOffset now)
    {
        var attempt = new PaymentAttempt
        {
            InvoiceId = invoice.Id,
            CustomerId = invoice.CustomerId,
            N = n,
            MethodId = method.Id,
            Method = method,
            Use = method.Use,
            Amount = invoice.Due,
            State = AttemptState.Open,
            StartedAt = now,
            StartedBy = by,
            LookAt = now + s_firstLook,
        };
        db.PaymentAttempts.Add(attempt);
        (invoice.OpenChargeId, invoice.ChargeAt) = (attempt.Id, null);
        return attempt;
    }

    private async Task<AttemptState> Settle(PaymentAttempt asked, ChargeOutcome outcome, CancellationToken cancellation)
    {
        var (state, backup) = await Book(asked, outcome, cancellation);

        // Whoever stops here is followed by one that asks: the backup's attempt is stored.
        return backup is null ? state : await Ask(backup, cancellation);
    }

    /// <summary>Books an outcome. Where the default card was declined and there is a backup, its attempt is stored with that, and the invoice's charge stays open.</summary>
    private async Task<(AttemptState State, PaymentAttempt? Backup)> Book(PaymentAttempt asked, ChargeOutcome outcome, CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);

        // The invoice's lock decides who books it: a webhook, the reconciler and the one who asked may all come at once.
        var invoice = await Lock(db, asked.InvoiceId, cancellation);
        var attempt = await db.PaymentAttempts.Include(found => found.Method).SingleAsync(found => found.Id == asked.Id, cancellation);
        if (!attempt.IsOpen)
        {
            var after = await db.PaymentAttempts.SingleOrDefaultAsync(next => next.InvoiceId == attempt.InvoiceId && next.N == attempt.N + 1 && next.Use == MethodUse.Backup, cancellation);
            return ((after ?? attempt).State, null);
        }

        var now = clock.GetUtcNow();
        (attempt.State, attempt.Reason) = (outcome.Succeeded ? AttemptState.Succeeded : AttemptState.Failed, outcome.Reason);
        (attempt.ChargeId, attempt.SettledAt, attempt.LookAt) = (outcome.Id, now, null);
        invoice.OpenChargeId = null;
        var method = outcome.Succeeded ? null : await BackupMethod.For(db, invoice, attempt, now, cancellation);
        var backup = method is null ? null : Store(db, invoice, method, attempt.N + 1, attempt.StartedBy, now);
        var declined = attempt.Use == MethodUse.Default ? null
            : await db.PaymentAttempts.Include(first => first.Method).SingleAsync(first => first.InvoiceId == attempt.InvoiceId && first.N == attempt.N - 1, cancellation);
        if (backup is not null)
        {
            NoteFailure(db, invoice, attempt, now);
        }
        else if (invoice.IsOpenPurchase)
        {
            await Settle(db, invoice, attempt, outcome.Succeeded, now, cancellation);
        }
        else if (outcome.Succeeded)
        {
            Receive(db, invoice, attempt, now);
        }
        else
        {
            Fail(db, invoice, attempt, declined, now);
        }

        if (outcome.Succeeded && declined is not null)
        {
            db.Outbox.Add(mails.BackupCharged(invoice, attempt, declined, now));
        }

        await db.SaveChangesAsync(cancellation);
        await Restriction.Apply(db, invoice.Customer, Actor.System, now, cancellation);
        await register.Save(db, () => RegisterChange.Of(invoice.Customer), cancellation);
        bell.Ring();
        return (attempt.State, backup);
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
    private void Fail(PortalDb db, Invoice invoice, PaymentAttempt attempt, PaymentAttempt? declined, DateTimeOffset now)
    {
        NoteFailure(db, invoice, attempt, now);
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
        var mail = mails.Failed(invoice, attempt, declined, now);
        db.Outbox.Add(mail);
        if (isFirstWarning)
        {
            db.Alerts.Add(InvoiceMail.AlertOf(invoice, mail, now));
        }
    }

    private static void NoteFailure(PortalDb db, Invoice invoice, PaymentAttempt attempt, DateTimeOffset now) => db.AuditEntries.Add(AuditEntry.Of(
        Actor.System, now, invoice.CustomerId, "invoice.charge_failed", invoice.Number ?? invoice.Customer.Key, $"{AmountText.Of(invoice, attempt.Amount)}, card {attempt.Method.Last4}: {attempt.Reason}"));

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
