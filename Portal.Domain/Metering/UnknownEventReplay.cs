using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Metering;

/// <summary>Counts the events of the inbox once a meter reads their type: each goes through the same checks and the same writer as when it was sent.</summary>
public sealed class UnknownEventReplay(IDbContextFactory<PortalDb> databases, Register register, EventIntake intake, EventWriter writer, PortalOptions options, BusinessClock clock)
{
    /// <summary>How long an event waits in the inbox; it may be that much older than the window within which it was sent.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromDays(7);

    private const int EventsPerBatch = 5_000;

    /// <summary>Counts the events of a type. What is counted, or was sent again meanwhile, leaves the inbox; the rest stays, and is said why.</summary>
    /// <exception cref="Refusal">Forbidden by the gate; Conflict where no meter reads the type; Unavailable where the events cannot be stored now.</exception>
    public async Task<ReplayOutcome> Run(Actor actor, string type, CancellationToken cancellation)
    {
        actor.Require(Permission.ManageOperations);
        if (!register.Now.MetersByType.ContainsKey(type))
        {
            throw Refusal.Conflict("no_meter", $"No meter reads events of the type '{type}' yet: make one first.");
        }

        var (counted, refused, reasons) = (0, 0, new HashSet<string>(StringComparer.Ordinal));
        for (var after = 0L; await Next(type, after, cancellation) is { Count: > 0 } waiting; after = waiting[^1].Id)
        {
            var batch = Read(waiting);
            if (await writer.Write(batch) != WriteOutcome.Stored)
            {
                throw new Refusal(RefusalKind.Unavailable, "not_stored", $"{counted} events were counted; the rest could not be stored just now and still waits. Try again in a moment.");
            }

            var stays = batch.Rejected.Where(rejection => rejection.Code != RejectionCode.Conflict).ToDictionary(rejection => rejection.Index);
            reasons.UnionWith(stays.Values.Select(rejection => rejection.Message));
            counted += batch.Accepted;
            refused += stays.Count;
            await Remove([.. waiting.Where((_, index) => !stays.ContainsKey(index)).Select(done => done.Id)], cancellation);
        }

        await Note(actor, type, counted, cancellation);
        return new ReplayOutcome(counted, refused, [.. reasons.Take(3)]);
    }

    private async Task<List<UnknownEvent>> Next(string type, long after, CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        return await db.UnknownEvents.AsNoTracking()
            .Where(waiting => waiting.Type == type && waiting.Id > after)
            .OrderBy(waiting => waiting.Id)
            .Take(EventsPerBatch)
            .ToListAsync(cancellation);
    }

    private EventBatch Read(List<UnknownEvent> waiting)
    {
        var customers = register.Now.ById;
        var batch = intake.NewBatch();
        var parser = intake.Parser(Actor.System, TimeSpan.FromDays(options.Ingest.DedupeDays) + Kept);
        for (var index = 0; index < waiting.Count; index++)
        {
            var (sent, customer) = (waiting[index], customers[waiting[index].CustomerId].Customer.Key);
            using var properties = JsonDocument.Parse(sent.Properties);
            parser.ReadLine(
                JsonSerializer.SerializeToUtf8Bytes(new { id = sent.EventId, customer, type = sent.Type, time = sent.Time, properties = properties.RootElement }), index, batch);
        }

        return batch;
    }

    private async Task Remove(long[] done, CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        await db.UnknownEvents.Where(waiting => done.Contains(waiting.Id)).ExecuteDeleteAsync(cancellation);
    }

    private async Task Note(Actor actor, string type, int counted, CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        db.AuditEntries.Add(AuditEntry.Of(actor, clock.GetUtcNow(), null, "inbox.counted", type, UnitWords(counted)));
        await db.SaveChangesAsync(cancellation);
    }

    private static string UnitWords(int events) => events == 1 ? "1 event" : $"{events} events";
}

/// <summary>What became of the waiting events of a type.</summary>
/// <param name="Counted">How many are counted now.</param>
/// <param name="RefusedCount">How many still wait, because no meter can take them.</param>
/// <param name="Refused">Why, up to three sentences.</param>
public sealed record ReplayOutcome(int Counted, int RefusedCount, IReadOnlyList<string> Refused);
