using System.Globalization;
using Npgsql;
using Portal.Domain.Values;

namespace Portal.Domain.Metering;

/// <summary>Takes old months out of the events table. Their buckets stay, so every figure stays; their events go to tables of the schema <c>archive</c>.</summary>
public sealed class EventArchive(NpgsqlDataSource database, BusinessClock clock)
{
    // The same as for making months: a month is not made and taken out at once.
    private const long OneAtATime = PartitionRun.OneAtATime;

    private const string MonthsSql = """
        SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid
        WHERE inhparent = 'events'::regclass AND relname ~ '^events_[0-9]{4}_[0-9]{2}$' ORDER BY relname
        """;

    /// <summary>Takes the months out that end at or before an instant; what that instant must be is for whoever bills to say.</summary>
    /// <returns>How many it took out.</returns>
    public async Task<int> TakeOut(DateTimeOffset before, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var taken = 0;
        foreach (var (name, month) in await Months(connection, cancellation))
        {
            if (month.AddMonths(1).ToDateTime(TimeOnly.MinValue) <= before.UtcDateTime)
            {
                await TakeOut(connection, name, month, cancellation);
                taken++;
            }
        }

        return taken;
    }

    /// <summary>From when on events are all in the events table; null where none were taken out.</summary>
    internal static async Task<DateTimeOffset?> KeptFrom(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var select = new NpgsqlCommand("SELECT max(month) FROM archived_months", connection);
        return await select.ExecuteScalarAsync(cancellation) is DateOnly last
            ? new DateTimeOffset(last.AddMonths(1).ToDateTime(TimeOnly.MinValue), TimeSpan.Zero)
            : null;
    }

    private static async Task<List<(string Name, DateOnly Month)>> Months(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var select = new NpgsqlCommand(MonthsSql, connection);
        await using var rows = await select.ExecuteReaderAsync(cancellation);
        var months = new List<(string, DateOnly)>();
        while (await rows.ReadAsync(cancellation))
        {
            var name = rows.GetString(0);
            months.Add((name, DateOnly.ParseExact(name["events_".Length..], "yyyy_MM", CultureInfo.InvariantCulture)));
        }

        return months;
    }

    private async Task TakeOut(NpgsqlConnection connection, string name, DateOnly month, CancellationToken cancellation)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellation);

        // In SQL: a table's name cannot be a parameter. It was read from the catalog and has the form of a month.
        await using (var detach = new NpgsqlCommand($"""
            SELECT pg_advisory_xact_lock({OneAtATime});
            SET LOCAL lock_timeout = '10s';
            ALTER TABLE events DETACH PARTITION {name};
            ALTER TABLE {name} SET SCHEMA archive;
            """, connection))
        {
            await detach.ExecuteNonQueryAsync(cancellation);
        }

        await using (var note = new NpgsqlCommand("INSERT INTO archived_months (month, table_name, archived_at) VALUES ($1, $2, $3)", connection))
        {
            note.Parameters.Add(new() { Value = month });
            note.Parameters.Add(new() { Value = name });
            note.Parameters.Add(new() { Value = clock.GetUtcNow() });
            await note.ExecuteNonQueryAsync(cancellation);
        }

        await transaction.CommitAsync(cancellation);
    }
}
