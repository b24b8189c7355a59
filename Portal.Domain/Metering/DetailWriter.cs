using System.Numerics;
using Npgsql;
using NpgsqlTypes;

namespace Portal.Domain.Metering;

/// <summary>Adds distinct values and changes of levels to what the database has, after the buckets that they belong to.</summary>
internal static class DetailWriter
{
    /// <summary>Makes days of their quarter-hours; which ones, and the grouping by five columns, is added to it.</summary>
    public const string DaysSql = """
        INSERT INTO usage_value_days (customer_id, meter_id, start, group_id, value_hash, events)
        SELECT customer_id, meter_id, date_bin('1 day', start, '2000-01-01Z'), group_id, value_hash, sum(events)
        FROM usage_values
        """;

    private const string ValuesSql = """
        INSERT INTO usage_values AS kept (customer_id, meter_id, start, group_id, value_hash, events)
        SELECT * FROM unnest($1, $2, $3, $4, $5, $6)
        ON CONFLICT (customer_id, meter_id, start, group_id, value_hash) DO UPDATE SET events = kept.events + excluded.events
        """;

    private const string ValuesByDaySql = """
        INSERT INTO usage_value_days AS kept (customer_id, meter_id, start, group_id, value_hash, events)
        SELECT * FROM unnest($1, $2, $3, $4, $5, $6)
        ON CONFLICT (customer_id, meter_id, start, group_id, value_hash) DO UPDATE SET events = kept.events + excluded.events
        """;

    private const string MomentsSql = """
        INSERT INTO usage_moments AS kept (customer_id, meter_id, start, group_id, moment)
        SELECT * FROM unnest($1, $2, $3, $4, $5)
        ON CONFLICT (customer_id, meter_id, start, group_id) DO UPDATE SET moment = kept.moment + excluded.moment
        """;

    /// <summary>The statements that add a tally; none where no meter asks for more than buckets.</summary>
    /// <param name="tally">What is to be added.</param>
    /// <param name="withDays">Whether days are added to as well.</param>
    public static IEnumerable<NpgsqlBatchCommand> Commands(DetailTally tally, bool withDays = true)
    {
        if (tally.Values is { Count: > 0 } values)
        {
            yield return Add(ValuesSql, values);
            if (withDays)
            {
                yield return Add(ValuesByDaySql, tally.ValuesByDay);
            }
        }

        if (tally.Moments is { Count: > 0 } moments)
        {
            var command = new NpgsqlBatchCommand(MomentsSql);
            AddKeys(command, [.. moments.Select(moment => moment.Key)]);
            command.Parameters.Add(BucketWriter.Column<BigInteger>([.. moments.Select(moment => moment.Value)], NpgsqlDbType.Numeric));
            yield return command;
        }
    }

    private static NpgsqlBatchCommand Add(string sql, IReadOnlyList<KeyValuePair<ValueKey, long>> values)
    {
        var command = new NpgsqlBatchCommand(sql);
        AddKeys(command, [.. values.Select(value => value.Key.Bucket)]);
        command.Parameters.Add(BucketWriter.Column<Guid>([.. values.Select(value => value.Key.Value)], NpgsqlDbType.Uuid));
        command.Parameters.Add(BucketWriter.Column<long>([.. values.Select(value => value.Value)], NpgsqlDbType.Bigint));
        return command;
    }

    private static void AddKeys(NpgsqlBatchCommand command, List<BucketKey> keys)
    {
        command.Parameters.Add(BucketWriter.Column(keys.ConvertAll(key => key.CustomerId), NpgsqlDbType.Integer));
        command.Parameters.Add(BucketWriter.Column(keys.ConvertAll(key => key.MeterId), NpgsqlDbType.Integer));
        command.Parameters.Add(BucketWriter.Column(keys.ConvertAll(key => key.Start), NpgsqlDbType.TimestampTz));
        command.Parameters.Add(BucketWriter.Column(keys.ConvertAll(key => key.GroupId), NpgsqlDbType.Integer));
    }
}
