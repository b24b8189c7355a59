using System.Numerics;
using Npgsql;
using NpgsqlTypes;

namespace Portal.Domain.Metering;

/// <summary>Says how many stored distinct values and changes of levels differ from what the events add up to, and how many days from their quarter-hours.</summary>
internal static class DetailComparison
{
    private const string Within = "customer_id = $1 AND start >= $2 AND start < $3 AND ($4 IS NULL OR meter_id = $4)";

    private const string ValuesSql = $"SELECT meter_id, start, group_id, value_hash, events FROM usage_values WHERE {Within}";

    private const string MomentsSql = $"SELECT meter_id, start, group_id, moment::text FROM usage_moments WHERE {Within}";

    // Days that the stretch has whole.
    private const string DaysSql = $"""
        SELECT count(*) FROM (
            SELECT meter_id, start, group_id, value_hash, events::numeric FROM usage_value_days WHERE {Within} AND start + interval '1 day' <= $3) AS day
        FULL JOIN (
            SELECT meter_id, date_bin('1 day', start, '2000-01-01Z') AS start, group_id, value_hash, sum(events) AS events FROM usage_values
            WHERE {Within} AND date_bin('1 day', start, '2000-01-01Z') >= $2 AND date_bin('1 day', start, '2000-01-01Z') + interval '1 day' <= $3
            GROUP BY 1, 2, 3, 4) AS quarters USING (meter_id, start, group_id, value_hash, events)
        WHERE day.meter_id IS NULL OR quarters.meter_id IS NULL
        """;

    /// <summary>Compares what is stored of a stretch of time, read as of the transaction's moment.</summary>
    /// <param name="connection">Where it is stored.</param>
    /// <param name="customerId">Whose.</param>
    /// <param name="start">A quarter-hour's start.</param>
    /// <param name="end">A later one's, not part of it.</param>
    /// <param name="meterId">One meter; null for all.</param>
    /// <param name="expected">What the events add up to.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task<int> Count(
        NpgsqlConnection connection, int customerId, DateTime start, DateTime end, int? meterId, DetailTally expected, CancellationToken cancellation)
    {
        var (values, moments, differences) = (new Dictionary<ValueKey, long>(expected.Values), new Dictionary<BucketKey, BigInteger>(expected.Moments), 0);
        await Look(ValuesSql, row => differences += values.Remove(new ValueKey(Key(row), row.GetGuid(3)), out var events) && events == row.GetInt64(4) ? 0 : 1);
        await Look(MomentsSql, row => differences += moments.Remove(Key(row), out var moment) && IsNumber(row.GetString(3), moment) ? 0 : 1);
        await Look(DaysSql, row => differences += (int)row.GetInt64(0));
        return differences + values.Count + moments.Count;

        BucketKey Key(NpgsqlDataReader row) => new(customerId, row.GetInt32(0), row.GetDateTime(1), row.GetInt32(2));

        async Task Look(string sql, Action<NpgsqlDataReader> take)
        {
            await using var select = new NpgsqlCommand(sql, connection);
            select.Parameters.Add(new() { Value = customerId });
            select.Parameters.Add(new() { Value = start, NpgsqlDbType = NpgsqlDbType.TimestampTz });
            select.Parameters.Add(new() { Value = end, NpgsqlDbType = NpgsqlDbType.TimestampTz });
            select.Parameters.Add(new() { Value = meterId is { } id ? id : DBNull.Value, NpgsqlDbType = NpgsqlDbType.Integer });
            await using var rows = await select.ExecuteReaderAsync(cancellation);
            while (await rows.ReadAsync(cancellation))
            {
                take(rows);
            }
        }
    }

    // As text, because what was written there by hand need not be a whole number.
    private static bool IsNumber(string stored, BigInteger value) =>
        BigInteger.TryParse(stored, System.Globalization.NumberStyles.AllowLeadingSign, System.Globalization.CultureInfo.InvariantCulture, out var number) && number == value;
}
