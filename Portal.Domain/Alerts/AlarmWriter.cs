using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Portal.Domain.Accounts;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Alerts;

/// <summary>Raises what the operator's people must look at, and takes note when somebody did.</summary>
/// <remarks>An alarm is never in the way of what raises it: while the database is away it is kept in memory and written when that is back.</remarks>
public sealed class AlarmWriter(IDbContextFactory<PortalDb> databases, BusinessClock clock, ILogger<AlarmWriter> log) : IDisposable
{
    // A database that hangs must not hold up whoever has something to report.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);

    private readonly Lock _access = new();
    private readonly SemaphoreSlim _turn = new(1, 1);
    private Dictionary<string, Raised> _waiting = new(StringComparer.Ordinal);

    /// <summary>Whether an alarm waits to be written.</summary>
    public bool HasWaiting
    {
        get
        {
            lock (_access)
            {
                return _waiting.Count > 0;
            }
        }
    }

    /// <summary>Raises an alarm, or counts up the open one of the same key. It never fails: what cannot be written now is written later.</summary>
    /// <param name="key">What it is about, as <c>part.trouble</c>; with the object where there may be several: <c>billing.parked:acme</c>.</param>
    /// <param name="title">What is the matter, in a sentence.</param>
    /// <param name="text">What happened, what it means and what to do about it.</param>
    /// <param name="customerId">The customer concerned; null for none or many.</param>
    public async Task Raise(string key, string title, string text, int? customerId = null)
    {
        var now = clock.GetUtcNow();
        log.LogError("Alarm {Key}: {Title} {Text}", key, title, text);
        lock (_access)
        {
            var raised = new Raised(title, text, customerId, 1, now, now);
            _waiting[key] = _waiting.TryGetValue(key, out var earlier) ? earlier.And(raised) : raised;
        }

        try
        {
            await Write(CancellationToken.None).WaitAsync(s_patience);
        }
        catch (Exception failure) when (DatabaseAway.Is(failure))
        {
            log.LogWarning("The alarm {Key} is kept in memory until the database is back: {Reason}", key, failure.Message);
        }
    }

    /// <summary>Writes what waits. What could not be written goes on waiting.</summary>
    public async Task Write(CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation);
        Dictionary<string, Raised> taken;
        lock (_access)
        {
            (taken, _waiting) = (_waiting, new(StringComparer.Ordinal));
        }

        try
        {
            foreach (var (key, raised) in taken.OrderBy(entry => entry.Key, StringComparer.Ordinal).ToList())
            {
                await Store(key, raised, cancellation);
                taken.Remove(key);
            }
        }
        finally
        {
            PutBack(taken);
            _turn.Release();
        }
    }

    /// <summary>Notes that somebody saw to an alarm. If the trouble comes again, it is a new alarm.</summary>
    /// <returns>The alarm. One that was seen to before stays as it is.</returns>
    /// <exception cref="Refusal">NotFound where there is no such alarm; Forbidden where the caller may not run operations.</exception>
    public async Task<Alarm> Clear(Actor actor, long id, CancellationToken cancellation)
    {
        actor.Require(Permission.ManageOperations);
        await using var db = await databases.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var found = await db.Alarms.FromSql($"SELECT * FROM alarms WHERE id = {id} FOR UPDATE").ToListAsync(cancellation);
        if (found is not [var alarm])
        {
            throw Refusal.NotFound("alarm", DecimalText.Format(id));
        }

        if (alarm.ClearedAt is null)
        {
            (alarm.ClearedAt, alarm.ClearedBy) = (clock.GetUtcNow(), actor.Name);
            db.AuditEntries.Add(AuditEntry.Of(actor, alarm.ClearedAt.Value, alarm.CustomerId, "alarm.cleared", alarm.Key, alarm.Title));
            await db.SaveChangesAsync(cancellation);
            await transaction.CommitAsync(cancellation);
        }

        return alarm;
    }

    /// <inheritdoc />
    public void Dispose() => _turn.Dispose();

    private async Task Store(string key, Raised raised, CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        await db.Database.ExecuteSqlAsync($"""
            INSERT INTO alarms (key, title, text, customer_id, count, raised_at, last_at)
            VALUES ({key}, {raised.Title}, {raised.Text}, {raised.CustomerId}, {raised.Count}, {raised.FirstAt}, {raised.LastAt})
            ON CONFLICT (key) WHERE cleared_at IS NULL DO UPDATE SET
                title = excluded.title, text = excluded.text, count = alarms.count + excluded.count, last_at = greatest(alarms.last_at, excluded.last_at)
            """, cancellation);
    }

    private void PutBack(Dictionary<string, Raised> left)
    {
        lock (_access)
        {
            foreach (var (key, raised) in left)
            {
                _waiting[key] = _waiting.TryGetValue(key, out var later) ? raised.And(later) : raised;
            }
        }
    }

    private sealed record Raised(string Title, string Text, int? CustomerId, int Count, DateTimeOffset FirstAt, DateTimeOffset LastAt)
    {
        public Raised And(Raised later) => later with { Count = Count + later.Count, FirstAt = FirstAt };
    }
}
