using Npgsql;
using Portal.Domain.Storage;

namespace Portal.Domain.Metering;

/// <summary>Reads how far back a customer's usage goes.</summary>
public sealed class UsageHistory(NpgsqlDataSource database, Register register)
{
    // One look into the index for each meter, however many buckets there are.
    private const string Sql = """
        SELECT min(oldest.start) FROM unnest($2) AS meter(id)
        CROSS JOIN LATERAL (SELECT start FROM usage_buckets WHERE customer_id = $1 AND meter_id = meter.id ORDER BY start LIMIT 1) AS oldest
        """;

    /// <summary>The quarter-hour in which a customer's usage began; null where nothing was used yet.</summary>
    public async Task<DateTimeOffset?> Begin(int customerId, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(Sql);
        command.Parameters.Add(new() { Value = customerId });
        command.Parameters.Add(new() { Value = register.Now.Meters.Select(meter => meter.Id).ToArray() });
        return await command.ExecuteScalarAsync(cancellation) is DateTime begin ? new DateTimeOffset(begin) : null;
    }
}
