using Npgsql;
using NpgsqlTypes;
using Portal.Domain.Storage;

namespace Portal.Domain.Metering;

/// <summary>Forgets the ids of events that were received before the dedupe window, a few thousand at a time. Safe to run twice, and at once.</summary>
public sealed class KeyPruneRun(NpgsqlDataSource database, PortalOptions options)
{
    private const int KeysPerDelete = 5_000;
    private const int DeletesMax = 2_000;

    // The BRIN index finds old keys; the planner, which hopes to meet some soon, would rather read the whole table.
    private const string PlanSql = "SET LOCAL enable_seqscan = off";

    private const string DeleteSql = """
        WITH old AS MATERIALIZED (SELECT customer_id, id_hash FROM event_keys WHERE received_at < $1 LIMIT $2),
        held AS MATERIALIZED (
            SELECT key.customer_id, key.id_hash FROM event_keys key JOIN old USING (customer_id, id_hash)
            ORDER BY key.customer_id, key.id_hash FOR UPDATE OF key SKIP LOCKED)
        DELETE FROM event_keys key USING held WHERE key.customer_id = held.customer_id AND key.id_hash = held.id_hash
        """;

    /// <summary>Forgets what is older than the window.</summary>
    /// <param name="now">Business time.</param>
    /// <param name="cancellation">Gives up; what was deleted until then is gone.</param>
    /// <returns>How many ids it forgot.</returns>
    public async Task<int> Run(DateTimeOffset now, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var before = now.AddDays(-options.Ingest.DedupeDays).UtcDateTime;
        var forgotten = 0;
        for (var i = 0; i < DeletesMax; i++)
        {
            await using var transaction = await connection.BeginTransactionAsync(cancellation);
            await using var batch = new NpgsqlBatch(connection);
            batch.BatchCommands.Add(new NpgsqlBatchCommand(PlanSql));
            batch.BatchCommands.Add(new NpgsqlBatchCommand(DeleteSql)
            {
                Parameters = { new() { Value = before, NpgsqlDbType = NpgsqlDbType.TimestampTz }, new() { Value = KeysPerDelete } },
            });
            var deleted = Math.Max(0, await batch.ExecuteNonQueryAsync(cancellation));
            await transaction.CommitAsync(cancellation);
            if (deleted == 0)
            {
                break;
            }

            forgotten += deleted;
        }

        return forgotten;
    }
}
