using Npgsql;
using NpgsqlTypes;

namespace Portal.Domain.Metering;

/// <summary>Makes a customer's buckets anew from its events. Buckets are derived data: this is what they must equal.</summary>
public sealed class BucketRebuild(NpgsqlDataSource database, StoredEvents events, UsageChanges changes)
{
    private const string Within = "customer_id = $1 AND start >= $2 AND start < $3 AND ($4 IS NULL OR meter_id = $4)";

    /// <summary>Makes the buckets of the quarter-hours that a stretch of time touches anew, in one transaction; the customer's events wait meanwhile.</summary>
    public async Task Run(int customerId, DateTimeOffset from, DateTimeOffset to, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await RaiseVersion(connection, customerId, cancellation);
        await Replace(connection, customerId, from, to, null, cancellation);
        await Notify(connection, customerId, cancellation);
        await transaction.CommitAsync(cancellation);
        changes.Announce([customerId]);
    }

    /// <summary>What the buckets of a stretch of time have to be, by its events.</summary>
    /// <param name="connection">Where they are read, as of its transaction's moment.</param>
    /// <param name="customerId">Whose.</param>
    /// <param name="start">A quarter-hour's start.</param>
    /// <param name="end">A later one's, not part of it.</param>
    /// <param name="meterId">One meter; null for all.</param>
    /// <param name="cancellation">Gives up.</param>
    internal async Task<(BucketTally Buckets, DetailTally Detail)> Tally(
        NpgsqlConnection connection, int customerId, DateTime start, DateTime end, int? meterId, CancellationToken cancellation)
    {
        var (tally, detail) = (new BucketTally(), new DetailTally());
        await events.Read(connection, customerId, start, end, Add, cancellation);
        return (tally, detail);

        void Add(StoredReading reading)
        {
            if (meterId is null || reading.Group.Meter.Meter.Id == meterId)
            {
                tally.Add(reading.Group, reading.Time, reading.Value);
                if (reading.Group.Meter.HasDetail)
                {
                    detail.Add(reading.Group, reading.Time, reading.Value, reading.Distinct);
                }
            }
        }
    }

    /// <summary>Raises a customer's version and holds its row, so that no writer changes its usage until the end of the transaction. What is made anew counts as late, whenever it was.</summary>
    internal static async Task<long> RaiseVersion(NpgsqlConnection connection, int customerId, CancellationToken cancellation)
    {
        await using var raise = new NpgsqlCommand("UPDATE customers SET usage_version = usage_version + 1, late_version = usage_version + 1 WHERE id = $1 RETURNING usage_version", connection);
        raise.Parameters.Add(new() { Value = customerId });
        return (long)(await raise.ExecuteScalarAsync(cancellation))!;
    }

    /// <summary>Tells other processes at the commit that the customer's usage changed.</summary>
    internal static async Task Notify(NpgsqlConnection connection, int customerId, CancellationToken cancellation)
    {
        await using var notify = new NpgsqlCommand("SELECT pg_notify($1, $2)", connection);
        notify.Parameters.Add(new() { Value = UsageChanges.Channel });
        notify.Parameters.Add(new() { Value = UsageChanges.Notices([customerId])[0] });
        await notify.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>Replaces the buckets in the connection's open transaction, which holds the customer's row.</summary>
    /// <returns>How many readings they are of, and how many buckets had other figures before.</returns>
    internal async Task<(long Readings, int Differences)> Replace(
        NpgsqlConnection connection, int customerId, DateTimeOffset from, DateTimeOffset to, int? meterId, CancellationToken cancellation)
    {
        var start = BucketTally.QuarterOf(from.UtcDateTime);
        var end = BucketTally.QuarterOf(to.UtcDateTime.AddTicks(-1)) + BucketTally.Quarter;
        var (tally, detail) = await Tally(connection, customerId, start, end, meterId, cancellation);
        var buckets = tally.Sorted();
        var differences = await BucketComparison.Count(connection, customerId, start, end, meterId, buckets, cancellation)
            + await DetailComparison.Count(connection, customerId, start, end, meterId, detail, cancellation);

        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(Command($"DELETE FROM usage_buckets WHERE {Within}", start, end));
        batch.BatchCommands.Add(Command($"DELETE FROM usage_values WHERE {Within}", start, end));
        batch.BatchCommands.Add(Command($"DELETE FROM usage_moments WHERE {Within}", start, end));
        if (tally.Count > 0)
        {
            batch.BatchCommands.Add(new BucketWriter().Command(tally));
        }

        foreach (var command in DetailWriter.Commands(detail, withDays: false))
        {
            batch.BatchCommands.Add(command);
        }

        // A day is also made of quarter-hours that stay.
        var (firstDay, lastDay) = (start.Date, end.AddTicks(-1).Date.AddDays(1));
        batch.BatchCommands.Add(Command($"DELETE FROM usage_value_days WHERE {Within}", firstDay, lastDay));
        batch.BatchCommands.Add(Command($"{DetailWriter.DaysSql} WHERE {Within} GROUP BY 1, 2, 3, 4, 5", firstDay, lastDay));
        await batch.ExecuteNonQueryAsync(cancellation);
        return (buckets.Sum(bucket => bucket.Events), differences);

        NpgsqlBatchCommand Command(string sql, DateTime begin, DateTime finish) => new(sql)
        {
            Parameters =
            {
                new() { Value = customerId },
                new() { Value = begin, NpgsqlDbType = NpgsqlDbType.TimestampTz },
                new() { Value = finish, NpgsqlDbType = NpgsqlDbType.TimestampTz },
                new() { Value = meterId is { } id ? id : DBNull.Value, NpgsqlDbType = NpgsqlDbType.Integer },
            },
        };
    }
}
