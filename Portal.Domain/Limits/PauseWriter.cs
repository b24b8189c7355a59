using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Alerts;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Limits;

/// <summary>Pauses and resumes customers. Each cause holds for itself: access is open again when the last one is lifted.</summary>
public sealed class PauseWriter(Register register, IDbContextFactory<PortalDb> databases, BusinessClock clock)
{
    /// <summary>The most characters of a reason.</summary>
    public const int ReasonMax = 500;

    /// <summary>Pauses a customer: as the operator for the operator's side, as the customer for its own people and keys.</summary>
    /// <param name="actor">Who pauses.</param>
    /// <param name="customerKey">The customer.</param>
    /// <param name="reason">Why, in a sentence that the customer may read; null for none.</param>
    /// <param name="cancellation">Gives up before the commit.</param>
    /// <returns>The pauses that hold now; where the caller's own held already, nothing is done.</returns>
    /// <exception cref="Refusal">NotFound or Forbidden by the gate.</exception>
    public Task<IReadOnlyList<Pause>> Pause(Actor actor, string customerKey, string? reason, CancellationToken cancellation) =>
        Pause(actor, customerKey, actor.CustomerId is null ? PauseCause.Operator : PauseCause.Customer, reason, _ => { }, cancellation);

    /// <summary>Pauses a customer for a spike, as the system.</summary>
    /// <param name="customerKey">The customer.</param>
    /// <param name="reason">The figures, in a sentence for the customer.</param>
    /// <param name="record">Adds what is to be stored with the pause; not called where a spike's pause holds already.</param>
    /// <param name="cancellation">Gives up before the commit.</param>
    public Task<IReadOnlyList<Pause>> PauseForSpike(string customerKey, string reason, Action<PortalDb> record, CancellationToken cancellation) =>
        Pause(Actor.System, customerKey, PauseCause.Spike, reason, record, cancellation);

    /// <summary>Lifts what the caller may lift: a customer its own pause and a spike's, the operator all.</summary>
    /// <returns>The pauses that hold still.</returns>
    /// <exception cref="Refusal">NotFound or Forbidden by the gate; Forbidden where only the operator's pause holds and a customer asks.</exception>
    public Task<IReadOnlyList<Pause>> Resume(Actor actor, string customerKey, CancellationToken cancellation) =>
        Resume(actor, customerKey, pause => actor.CustomerId is null || pause.Cause != PauseCause.Operator, cancellation);

    /// <summary>Lifts a spike's pause and no other.</summary>
    /// <returns>The pauses that hold still.</returns>
    /// <exception cref="Refusal">NotFound or Forbidden by the gate.</exception>
    public Task<IReadOnlyList<Pause>> ResumeSpike(Actor actor, string customerKey, CancellationToken cancellation) =>
        Resume(actor, customerKey, pause => pause.Cause == PauseCause.Spike, cancellation);

    private async Task<IReadOnlyList<Pause>> Resume(Actor actor, string customerKey, Func<Pause, bool> lifts, CancellationToken cancellation)
    {
        var customer = register.Now.Customer(actor, Permission.ManageLimits, customerKey).Customer;
        await using var db = await databases.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var open = await LockOpen(db, customer.Id, cancellation);
        var mine = open.Where(lifts).ToList();
        if (mine.Count == 0)
        {
            return open.TrueForAll(pause => pause.Cause != PauseCause.Operator)
                ? open
                : throw Refusal.Forbidden("The operator has paused this customer, and only the operator can resume it. Please get in touch.");
        }

        var now = clock.GetUtcNow();
        mine.ForEach(pause => pause.ResumedAt = now);
        if (mine.Exists(pause => pause.Cause == PauseCause.Spike))
        {
            await db.Spikes.Where(spike => spike.CustomerId == customer.Id && spike.ResumedAt == null)
                .ExecuteUpdateAsync(change => change.SetProperty(spike => spike.ResumedAt, now).SetProperty(spike => spike.ResumedBy, actor.Name), cancellation);
        }

        db.WebhookEvents.Add(WebhookEvent.Of(
            WebhookTypes.CustomerResumed, customer.Id, now, new { lifted = mine.Select(pause => Name(pause.Cause)), isOpen = mine.Count == open.Count }));
        db.AuditEntries.Add(AuditEntry.Of(actor, now, customer.Id, "customer.resumed", customer.Key, string.Join(", ", mine.Select(pause => Name(pause.Cause)))));
        await register.Save(db, () => RegisterChange.Of(customer), cancellation);
        return [.. open.Except(mine)];
    }

    private async Task<IReadOnlyList<Pause>> Pause(Actor actor, string customerKey, PauseCause cause, string? reason, Action<PortalDb> record, CancellationToken cancellation)
    {
        var customer = register.Now.Customer(actor, Permission.ManageLimits, customerKey).Customer;
        var errors = new FieldErrors();
        PlainText.CheckOptional(reason, "reason", ReasonMax, errors);
        errors.ThrowIfAny();

        await using var db = await databases.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var open = await LockOpen(db, customer.Id, cancellation);
        if (open.Exists(pause => pause.Cause == cause))
        {
            return open;
        }

        var now = clock.GetUtcNow();
        var added = new Pause { CustomerId = customer.Id, Cause = cause, PausedAt = now, Actor = actor.Name, Reason = reason };
        db.Pauses.Add(added);
        record(db);
        db.WebhookEvents.Add(WebhookEvent.Of(WebhookTypes.CustomerPaused, customer.Id, now, new { cause = Name(cause), reason }));
        db.AuditEntries.Add(AuditEntry.Of(actor, now, customer.Id, "customer.paused", customer.Key, reason is null ? Name(cause) : $"{Name(cause)}: {reason}"));
        await register.Save(db, () => RegisterChange.Of(customer), cancellation);
        return [.. open.Append(added).OrderBy(pause => pause.Cause)];
    }

    // The lock on the customer's row makes two pauses at once one after the other.
    private static async Task<List<Pause>> LockOpen(PortalDb db, int customerId, CancellationToken cancellation)
    {
        await db.Database.ExecuteSqlAsync($"SELECT id FROM customers WHERE id = {customerId} FOR NO KEY UPDATE", cancellation);
        var open = await db.Pauses.Where(pause => pause.CustomerId == customerId && pause.ResumedAt == null).ToListAsync(cancellation);
        return [.. open.OrderBy(pause => pause.Cause)];
    }

    private static string Name(PauseCause cause) => cause switch
    {
        PauseCause.Operator => "operator",
        PauseCause.Customer => "customer",
        PauseCause.Spike => "spike",
    };
}
