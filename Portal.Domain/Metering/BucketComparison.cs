using Npgsql;
using NpgsqlTypes;

namespace Portal.Domain.Metering;

/// <summary>Says how many stored buckets differ from what the events add up to: other figures, one that is missing, one too many.</summary>
internal static class BucketComparison
{
    private const string Sql = """
        SELECT meter_id, start, group_id, events, sum::text, min::text, max::text, last_time, last_value::text FROM usage_buckets
        WHERE customer_id = $1 AND start >= $2 AND start < $3 AND ($4 IS NULL OR meter_id = $4)
        """;

    /// <summary>Compares the stored buckets of a stretch of time, read as of the transaction's moment.</summary>
    /// <param name="connection">Where they are stored.</param>
    /// <param name="customerId">Whose.</param>
    /// <param name="start">A quarter-hour's start.</param>
    /// <param name="end">A later one's, not part of it.</param>
    /// <param name="meterId">One meter; null for all.</param>
    /// <param name="expected">What the events add up to.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task<int> Count(
        NpgsqlConnection connection, int customerId, DateTime start, DateTime end, int? meterId, IReadOnlyList<Bucket> expected, CancellationToken cancellation)
    {
        var missing = expected.ToDictionary(bucket => bucket.Key);
        var differences = 0;
        await using var select = new NpgsqlCommand(Sql, connection);
        select.Parameters.Add(new() { Value = customerId });
        select.Parameters.Add(new() { Value = start, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        select.Parameters.Add(new() { Value = end, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        select.Parameters.Add(new() { Value = meterId is { } id ? id : DBNull.Value, NpgsqlDbType = NpgsqlDbType.Integer });
        await using var rows = await select.ExecuteReaderAsync(cancellation);
        while (await rows.ReadAsync(cancellation))
        {
            var key = new BucketKey(customerId, rows.GetInt32(0), rows.GetDateTime(1), rows.GetInt32(2));
            differences += missing.Remove(key, out var bucket) && IsSame(bucket, rows) ? 0 : 1;
        }

        return differences + missing.Count;
    }

    // As text, because whatever was written there by hand need not fit a decimal.
    private static bool IsSame(in Bucket bucket, NpgsqlDataReader row) =>
        bucket.Events == row.GetInt64(3) && bucket.LastTime == row.GetDateTime(7)
        && Is(bucket.Sum, row.GetString(4)) && Is(bucket.Min, row.GetString(5)) && Is(bucket.Max, row.GetString(6)) && Is(bucket.LastValue, row.GetString(8));

    private static bool Is(decimal value, string stored) =>
        decimal.TryParse(stored, System.Globalization.NumberStyles.Number, System.Globalization.CultureInfo.InvariantCulture, out var number)
        && (number == value || (Math.Abs(value) >= SumBound.Whole && Math.Abs(number - value) < 1));
}
