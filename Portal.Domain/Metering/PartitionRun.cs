using System.Globalization;
using Npgsql;
using Portal.Domain.Alerts;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Metering;

/// <summary>Makes the months of the events table ahead of need: those of the dedupe window, this one and three more. Safe to run twice, and at once.</summary>
/// <remarks>An event whose month is missing lands in the default partition; the next run makes that month too, moves the event there and raises an alarm.</remarks>
public sealed class PartitionRun(NpgsqlDataSource database, PortalOptions options, AlarmWriter alarms, BusinessClock clock) : IClockWork
{
    private const int MonthsAhead = 3;
    internal const long OneAtATime = 0x506f7274616c5061;

    // The last month that this process knows to be there, as its day number; 0 until it has looked.
    private int _madeTo;

    /// <inheritdoc />
    public DueQuestion NextDue() => DueQuestion.Known(
        Volatile.Read(ref _madeTo) is > 0 and var last
            ? new DateTimeOffset(DateOnly.FromDayNumber(last).AddMonths(1 - MonthsAhead).ToDateTime(TimeOnly.MinValue), TimeSpan.Zero)
            : clock.GetUtcNow());

    /// <inheritdoc />
    public async Task<JobOutcome> Run(CancellationToken cancellation) => JobOutcome.Of(await Run(clock.GetUtcNow(), cancellation));

    /// <summary>Makes the months that are missing.</summary>
    /// <param name="now">Business time.</param>
    /// <param name="cancellation">Gives up; months made until then stay.</param>
    /// <returns>How many it made.</returns>
    public async Task<int> Run(DateTimeOffset now, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var late = await MonthsInDefault(connection, cancellation);
        var months = new SortedSet<DateOnly>(late);
        var last = MonthOf(now).AddMonths(MonthsAhead);
        for (var month = MonthOf(now.AddDays(-options.Ingest.DedupeDays)); month <= last; month = month.AddMonths(1))
        {
            months.Add(month);
        }

        var made = 0;
        foreach (var month in months)
        {
            made += await Make(connection, month, cancellation) ? 1 : 0;
        }

        Volatile.Write(ref _madeTo, last.DayNumber);
        if (late.Count > 0)
        {
            await alarms.Raise("events.month_missing", "Events came in before their month had a table.",
                $"Events of {string.Join(", ", late.Select(month => month.ToString("MMMM yyyy", CultureInfo.InvariantCulture)))} were stored in the default partition. Nothing is lost, "
                + "and they are in their month now. The job event-partitions makes months ahead: see on the jobs page why it had not run.");
        }

        return made;
    }

    private static async Task<SortedSet<DateOnly>> MonthsInDefault(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var select = new NpgsqlCommand("SELECT DISTINCT date_trunc('month', time AT TIME ZONE 'UTC')::date FROM events_default", connection);
        await using var rows = await select.ExecuteReaderAsync(cancellation);
        var months = new SortedSet<DateOnly>();
        while (await rows.ReadAsync(cancellation))
        {
            months.Add(rows.GetFieldValue<DateOnly>(0));
        }

        return months;
    }

    // Made aside and attached: adding a partition outright would hold up every reader and writer of the table.
    private static async Task<bool> Make(NpgsqlConnection connection, DateOnly month, CancellationToken cancellation)
    {
        // In SQL: a partition's name and bounds cannot be parameters. They are made from a month and from nothing that came from outside.
        var name = string.Create(CultureInfo.InvariantCulture, $"events_{month:yyyy_MM}");
        var (from, to) = (Bound(month), Bound(month.AddMonths(1)));
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await Execute(connection, $"SELECT pg_advisory_xact_lock({OneAtATime})", cancellation);
        await using (var find = new NpgsqlCommand($"SELECT to_regclass('{name}') IS NOT NULL", connection))
        {
            if ((bool)(await find.ExecuteScalarAsync(cancellation))!)
            {
                return false;
            }
        }

        await Execute(connection, $"""
            SET LOCAL lock_timeout = '10s';
            LOCK TABLE events_default IN ACCESS EXCLUSIVE MODE;
            CREATE TABLE {name} (LIKE events);
            WITH moved AS (DELETE FROM events_default WHERE time >= {from} AND time < {to} RETURNING *) INSERT INTO {name} SELECT * FROM moved;
            ALTER TABLE events ATTACH PARTITION {name} FOR VALUES FROM ({from}) TO ({to});
            """, cancellation);
        await transaction.CommitAsync(cancellation);
        return true;
    }

    private static async Task Execute(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellation);
    }

    private static DateOnly MonthOf(DateTimeOffset time) => new(time.UtcDateTime.Year, time.UtcDateTime.Month, 1);

    private static string Bound(DateOnly month) => string.Create(CultureInfo.InvariantCulture, $"'{month:yyyy-MM-dd} 00:00:00+00'");
}
