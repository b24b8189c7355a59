using Npgsql;
using NpgsqlTypes;

namespace Portal.Domain.Metering;

/// <summary>Reads the distinct values of meters that count them, in windows of time: whole days by day, the rest by the quarter-hour.</summary>
internal sealed class DistinctReader
{
    // Values are first gathered over each window, then counted by the groups that they came in: a handful of rows, however many values there are.
    private const string Sql = """
        SELECT number, meter_id, groups, count(*) FROM (
            SELECT number, meter_id, array_agg(group_id ORDER BY group_id) AS groups FROM (
                SELECT range.number, kept.meter_id, kept.group_id, kept.value_hash
                FROM unnest($3, $4, $5) AS range (start, finish, number)
                JOIN usage_values kept ON kept.customer_id = $1 AND kept.meter_id = ANY ($2) AND kept.start >= range.start AND kept.start < range.finish
                UNION
                SELECT range.number, kept.meter_id, kept.group_id, kept.value_hash
                FROM unnest($6, $7, $8) AS range (start, finish, number)
                JOIN usage_value_days kept ON kept.customer_id = $1 AND kept.meter_id = ANY ($2) AND kept.start >= range.start AND kept.start < range.finish
                UNION
                SELECT * FROM unnest($9, $10, $11, $12)) AS came (number, meter_id, group_id, value_hash)
            GROUP BY number, meter_id, value_hash) AS value
        GROUP BY number, meter_id, groups
        """;

    private readonly List<(int Number, int MeterId, int GroupId, Guid Value)> _single = [];
    private readonly Ranges _quarters = new();
    private readonly Ranges _days = new();

    /// <summary>Adds a value that was read from an event, of a part of a quarter-hour.</summary>
    public void Add(int window, UsageGroup group, Guid value) => _single.Add((window, group.Meter.Meter.Id, group.Id, value));

    /// <summary>Adds whole quarter-hours of a window.</summary>
    public void Add(int window, DateTime from, DateTime to)
    {
        var (firstDay, lastDay) = (from.AddDays(1).AddTicks(-1).Date, to.Date);
        if (firstDay < lastDay)
        {
            _quarters.Add(from, firstDay, window);
            _days.Add(firstDay, lastDay, window);
            _quarters.Add(lastDay, to, window);
        }
        else
        {
            _quarters.Add(from, to, window);
        }
    }

    /// <summary>Counts what was added, by window and meter.</summary>
    public async Task<ILookup<(int Window, int MeterId), SharedValues>> Count(NpgsqlConnection connection, int customerId, int[] meters, CancellationToken cancellation)
    {
        await using var select = new NpgsqlCommand(Sql, connection);
        select.Parameters.Add(new() { Value = customerId });
        select.Parameters.Add(new() { Value = meters });
        _quarters.AddTo(select);
        _days.AddTo(select);
        select.Parameters.Add(BucketWriter.Column(_single.ConvertAll(one => one.Number), NpgsqlDbType.Integer));
        select.Parameters.Add(BucketWriter.Column(_single.ConvertAll(one => one.MeterId), NpgsqlDbType.Integer));
        select.Parameters.Add(BucketWriter.Column(_single.ConvertAll(one => one.GroupId), NpgsqlDbType.Integer));
        select.Parameters.Add(BucketWriter.Column(_single.ConvertAll(one => one.Value), NpgsqlDbType.Uuid));
        var found = new List<((int, int) Key, SharedValues Values)>();
        await using var rows = await select.ExecuteReaderAsync(cancellation);
        while (await rows.ReadAsync(cancellation))
        {
            found.Add(((rows.GetInt32(0), rows.GetInt32(1)), new SharedValues(rows.GetFieldValue<int[]>(2), rows.GetInt64(3))));
        }

        return found.ToLookup(one => one.Key, one => one.Values);
    }

    private sealed class Ranges
    {
        private readonly List<DateTime> _starts = [];
        private readonly List<DateTime> _ends = [];
        private readonly List<int> _numbers = [];

        public void Add(DateTime start, DateTime end, int number)
        {
            if (start < end)
            {
                _starts.Add(start);
                _ends.Add(end);
                _numbers.Add(number);
            }
        }

        public void AddTo(NpgsqlCommand command)
        {
            command.Parameters.Add(BucketWriter.Column(_starts, NpgsqlDbType.TimestampTz));
            command.Parameters.Add(BucketWriter.Column(_ends, NpgsqlDbType.TimestampTz));
            command.Parameters.Add(BucketWriter.Column(_numbers, NpgsqlDbType.Integer));
        }
    }
}
