using Npgsql;

namespace Portal.Tests.Shared;

/// <summary>What holds after every fault, told from the client's own log: I1 stored = acknowledged, each once; I2 buckets = events.</summary>
public static class Invariants
{
    private const string BucketsSql = """
        WITH expected AS (
            SELECT meter.id AS meter_id, event.customer_id, date_bin('15 minutes', event.time, '2000-01-01Z') AS start, count(*) AS events,
                sum(coalesce((event.properties->>meter.value_property)::numeric, 1)) AS sum
            FROM events event JOIN meters meter ON meter.event_type = event.type
            WHERE event.billable AND NOT EXISTS (SELECT FROM event_voids void WHERE void.customer_id = event.customer_id AND void.event_time = event.time
                AND void.id_hash = encode(substr(sha256(convert_to(event.id, 'UTF8')), 1, 16), 'hex')::uuid)
            GROUP BY 1, 2, 3),
        actual AS (SELECT meter_id, customer_id, start, sum(events)::bigint AS events, sum(sum) AS sum FROM usage_buckets GROUP BY 1, 2, 3)
        SELECT count(*) FROM ((TABLE expected EXCEPT ALL TABLE actual) UNION ALL (TABLE actual EXCEPT ALL TABLE expected)) AS difference
        """;

    /// <summary>Fails where an acknowledged event is missing, another is there, one is there twice, or a bucket differs from its events.</summary>
    /// <param name="connectionString">The database. Its meters take every event of their type.</param>
    /// <param name="acknowledged">The ids that clients were told are kept.</param>
    /// <param name="inboxed">Ids among them that wait for a person instead, by a rule that the test is about.</param>
    public static async Task Hold(string connectionString, IReadOnlyCollection<string> acknowledged, IReadOnlyCollection<string>? inboxed = null)
    {
        await using var source = NpgsqlDataSource.Create(connectionString);
        var stored = new List<string>();
        await using (var select = source.CreateCommand("SELECT id FROM events"))
        await using (var rows = await select.ExecuteReaderAsync())
        {
            while (await rows.ReadAsync())
            {
                stored.Add(rows.GetString(0));
            }
        }

        var (expected, there) = (acknowledged.Except(inboxed ?? []).ToHashSet(StringComparer.Ordinal), stored.ToHashSet(StringComparer.Ordinal));
        Assert.True(stored.Count == there.Count, $"I1: {stored.Count - there.Count} events are stored twice.");
        var (lost, extra) = (expected.Except(there).ToList(), there.Except(expected).ToList());
        Assert.True(lost.Count == 0, $"I1: {lost.Count} of {expected.Count} acknowledged events are lost: {string.Join(", ", lost.Take(5))}");
        Assert.True(extra.Count == 0, $"I1: {extra.Count} events are stored that nobody was told of: {string.Join(", ", extra.Take(5))}");

        await using var buckets = source.CreateCommand(BucketsSql);
        Assert.True(await buckets.ExecuteScalarAsync() is 0L, "I2: buckets differ from their events.");
    }
}
