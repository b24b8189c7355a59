using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Alerts;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Metering;

/// <summary>Notes events that were acknowledged from the spool and refused by the database afterwards, and that a person saw to one.</summary>
public sealed class RefusedEventWriter(IDbContextFactory<PortalDb> databases, AlarmWriter alarms, BusinessClock clock)
{
    /// <summary>The alarm's key.</summary>
    public const string AlarmKey = "spool.refused";

    /// <summary>Notes events and raises the alarm. One that is noted already stays as it is.</summary>
    internal async Task Note(IReadOnlyList<RefusedEvent> events, CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        foreach (var refused in events)
        {
            await db.Database.ExecuteSqlAsync($"""
                INSERT INTO refused_events (customer_id, event_id, type, time, received_at, properties, code, reason)
                VALUES ({refused.CustomerId}, {refused.EventId}, {refused.Type}, {refused.Time}, {refused.ReceivedAt}, {refused.Properties}::jsonb, {refused.Code}, {refused.Reason})
                ON CONFLICT (customer_id, event_id, received_at) DO NOTHING
                """, cancellation);
        }

        await alarms.Raise(AlarmKey, "Events that were acknowledged could not be counted.",
            $"{(events.Count == 1 ? "1 event was" : $"{events.Count} events were")} taken while the database was away and refused when it came back; the last: '{events[^1].EventId}', {events[^1].Reason} They wait in the inbox.");
    }

    /// <summary>Raises the alarm about acknowledged events whose type no meter reads any more; they wait among the unknown ones.</summary>
    internal Task TellUnknown(string type) => alarms.Raise(AlarmKey, "Events that were acknowledged could not be counted.",
        $"When the database came back, no meter read events of the type '{type}' any more. They wait in the inbox for {InboxPruneRun.Kept.TotalDays} days: make a meter for the type, then count them.");

    /// <summary>Takes a refused event out of the inbox: somebody has settled it with its sender.</summary>
    /// <exception cref="Refusal">Forbidden by the gate; NotFound where it is not in the inbox.</exception>
    public async Task Settle(Actor actor, long id, CancellationToken cancellation)
    {
        actor.Require(Permission.ManageOperations);
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var refused = await db.RefusedEvents.SingleOrDefaultAsync(waiting => waiting.Id == id, cancellation)
            ?? throw Refusal.NotFound("refused event", DecimalText.Format(id));
        db.RefusedEvents.Remove(refused);
        db.AuditEntries.Add(AuditEntry.Of(actor, clock.GetUtcNow(), refused.CustomerId, "inbox.settled", refused.EventId, $"{refused.Code}: {refused.Type} {refused.Properties}"));
        await db.SaveChangesAsync(cancellation);
    }
}
