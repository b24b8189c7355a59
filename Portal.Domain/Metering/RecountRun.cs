using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Npgsql;
using NpgsqlTypes;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Metering;

/// <summary>Counts usage anew from its events where somebody asked for it, a stretch of time in each transaction, so that events wait for a moment and not for all of it.</summary>
/// <remarks>Cut off anywhere, it goes on where it stopped. Two runners never work on the same one, and share many between them.</remarks>
public sealed class RecountRun(
    IDbContextFactory<PortalDb> databases, Register register, BucketRebuild rebuild, UsageChanges changes, BusinessClock clock, ILogger<RecountRun> log)
{
    // Some 0.2 s in which the customer's new events wait; a single quarter-hour with more is counted in one go all the same.
    private const int EventsPerTransaction = 20_000;

    private const int ErrorMax = 1_000;

    private const string BoundsSql = """
        SELECT least((SELECT min(time) FROM events WHERE customer_id = $1), (SELECT min(start) FROM usage_buckets WHERE customer_id = $1 AND ($2 IS NULL OR meter_id = $2))),
            greatest((SELECT max(time) FROM events WHERE customer_id = $1), (SELECT max(start) FROM usage_buckets WHERE customer_id = $1 AND ($2 IS NULL OR meter_id = $2)))
        """;

    private const string NextSql = "SELECT time FROM events WHERE customer_id = $1 AND time >= $2 AND time < $3 ORDER BY time OFFSET $4 LIMIT 1";

    /// <summary>Does all that was asked for.</summary>
    public async Task<JobOutcome> Run(CancellationToken cancellation)
    {
        var (done, failures) = (0, new List<string>());

        // What a meter counts may have been changed by another node a moment ago.
        await register.Apply(RegisterChange.Catalog, cancellation);
        while (await Step(failures, cancellation) is { } isDone)
        {
            done += isDone ? 1 : 0;
        }

        return new JobOutcome(done, failures);
    }

    /// <summary>One stretch of the oldest one that nobody works on; null where there is none, true where it was the last.</summary>
    private async Task<bool?> Step(List<string> failures, CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var recount = await db.Recounts
            .FromSql($"SELECT * FROM recounts WHERE ended_at IS NULL ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED")
            .SingleOrDefaultAsync(cancellation);
        if (recount is null)
        {
            return null;
        }

        try
        {
            await Count((NpgsqlConnection)db.Database.GetDbConnection(), recount, cancellation);
            await db.SaveChangesAsync(cancellation);
            await transaction.CommitAsync(cancellation);
            changes.Announce([recount.CustomerId]);
            return recount.EndedAt is not null;
        }
        catch (Exception exception) when (exception is OverflowException or PostgresException { IsTransient: false })
        {
            log.LogError(exception, "Usage of customer {Customer} could not be counted anew", recount.CustomerId);
            await transaction.RollbackAsync(CancellationToken.None);
            failures.Add($"Customer {recount.CustomerId}: {exception.Message}");
            await GiveUp(recount.Id, exception.Message);
            return false;
        }
    }

    private async Task Count(NpgsqlConnection connection, Recount recount, CancellationToken cancellation)
    {
        recount.Version = await BucketRebuild.RaiseVersion(connection, recount.CustomerId, cancellation);
        if (recount.Until is null)
        {
            await Bound(connection, recount, cancellation);
        }

        if (recount.DoneTo is { } from && recount.Until is { } until && from < until)
        {
            var to = await NextStop(connection, recount, from, until, cancellation);
            var (readings, differences) = await rebuild.Replace(connection, recount.CustomerId, from, to, recount.MeterId, cancellation);
            (recount.DoneTo, recount.Readings, recount.Differences) = (to, recount.Readings + readings, recount.Differences + differences);
            await BucketRebuild.Notify(connection, recount.CustomerId, cancellation);
        }

        if (recount.DoneTo is null || recount.DoneTo >= recount.Until)
        {
            recount.EndedAt = clock.GetUtcNow();
        }
    }

    /// <summary>From the first event or bucket to the last. What comes in from here on is counted as it comes. Months in the archive keep their buckets.</summary>
    private static async Task Bound(NpgsqlConnection connection, Recount recount, CancellationToken cancellation)
    {
        var kept = await EventArchive.KeptFrom(connection, cancellation);
        await using var select = new NpgsqlCommand(BoundsSql, connection);
        select.Parameters.Add(new() { Value = recount.CustomerId });
        select.Parameters.Add(new() { Value = recount.MeterId is { } meter ? meter : DBNull.Value, NpgsqlDbType = NpgsqlDbType.Integer });
        await using var rows = await select.ExecuteReaderAsync(cancellation);
        await rows.ReadAsync(cancellation);
        if (rows.IsDBNull(0))
        {
            return;
        }

        var first = BucketTally.QuarterOf(rows.GetDateTime(0));
        recount.From = recount.DoneTo = new DateTimeOffset(first < kept ? kept.Value.UtcDateTime : first);
        recount.Until = new DateTimeOffset(BucketTally.QuarterOf(rows.GetDateTime(1)) + BucketTally.Quarter);
    }

    private static async Task<DateTimeOffset> NextStop(NpgsqlConnection connection, Recount recount, DateTimeOffset from, DateTimeOffset until, CancellationToken cancellation)
    {
        await using var select = new NpgsqlCommand(NextSql, connection);
        select.Parameters.Add(new() { Value = recount.CustomerId });
        select.Parameters.Add(new() { Value = from, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        select.Parameters.Add(new() { Value = until, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        select.Parameters.Add(new() { Value = EventsPerTransaction });
        if (await select.ExecuteScalarAsync(cancellation) is not DateTime next)
        {
            return until;
        }

        var stop = new DateTimeOffset(BucketTally.QuarterOf(next));
        return stop > from ? stop : from + BucketTally.Quarter;
    }

    private async Task GiveUp(long id, string why)
    {
        await using var db = await databases.CreateDbContextAsync(CancellationToken.None);
        var (now, error) = (clock.GetUtcNow(), why[..Math.Min(why.Length, ErrorMax)]);
        await db.Recounts.Where(recount => recount.Id == id && recount.EndedAt == null)
            .ExecuteUpdateAsync(row => row.SetProperty(recount => recount.EndedAt, now).SetProperty(recount => recount.Error, error), CancellationToken.None);
    }
}
