using Npgsql;
using NpgsqlTypes;

namespace Portal.Domain.Metering;

/// <summary>Makes a customer's buckets anew from its events. Buckets are derived data: this is what they must equal.</summary>
public sealed class BucketRebuild(NpgsqlDataSource database, StoredEvents events, UsageChanges changes)
{
    private const string DeleteSql = "DELETE FROM usage_buckets WHERE customer_id = $1 AND start >= $2 AND start < $3";

    /// <summary>Makes the buckets of the quarter-hours that a stretch of time touches anew, in one transaction; the customer's events wait meanwhile.</summary>
    public async Task Run(int customerId, DateTimeOffset from, DateTimeOffset to, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await RaiseVersion(connection, customerId, cancellation);
        await Replace(connection, customerId, from, to, cancellation);
        await Notify(connection, customerId, cancellation);
        await transaction.CommitAsync(cancellation);
        changes.Announce([customerId]);
    }

    /// <summary>Raises a customer's version and holds its row, so that no writer changes its usage until the end of the transaction.</summary>
    internal static async Task<long> RaiseVersion(NpgsqlConnection connection, int customerId, CancellationToken cancellation)
    {
        await using var raise = new NpgsqlCommand("UPDATE customers SET usage_version = usage_version + 1 WHERE id = $1 RETURNING usage_version", connection);
        raise.Parameters.Add(new() { Value = customerId });
        return (long)(await raise.ExecuteScalarAsync(cancellation))!;
    }

    /// <summary>Tells other processes at the commit that the customer's usage changed.</summary>
    internal static async Task Notify(NpgsqlConnection connection, int customerId, CancellationToken cancellation)
    {
        await using var notify = new NpgsqlCommand("SELECT pg_notify($1, $2)", connection);
        notify.Parameters.Add(new() { Value = UsageChanges.Channel });
        notify.Parameters.Add(new() { Value = EventCommit.Notices([customerId])[0] });
        await notify.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>Replaces the buckets in the connection's open transaction, which holds the customer's row.</summary>
    internal async Task Replace(NpgsqlConnection connection, int customerId, DateTimeOffset from, DateTimeOffset to, CancellationToken cancellation)
    {
        var start = BucketTally.QuarterOf(from.UtcDateTime);
        var end = BucketTally.QuarterOf(to.UtcDateTime.AddTicks(-1)) + BucketTally.Quarter;
        var tally = new BucketTally();
        await events.Read(connection, customerId, start, end, reading => tally.Add(reading.Group, reading.Time, reading.Value), cancellation);

        await using var batch = new NpgsqlBatch(connection);
        var delete = new NpgsqlBatchCommand(DeleteSql);
        delete.Parameters.Add(new() { Value = customerId });
        delete.Parameters.Add(new() { Value = start, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        delete.Parameters.Add(new() { Value = end, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        batch.BatchCommands.Add(delete);
        if (tally.Count > 0)
        {
            batch.BatchCommands.Add(new BucketWriter().Command(tally));
        }

        await batch.ExecuteNonQueryAsync(cancellation);
    }
}
