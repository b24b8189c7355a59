using System.Data;
using Npgsql;

namespace Portal.Domain.Metering;

/// <summary>Usage as of one moment: every figure that is read from it, and the version that it names, belong together, whatever is committed meanwhile.</summary>
public sealed class UsageSnapshot : IAsyncDisposable
{
    private readonly UsageReader _reader;
    private readonly NpgsqlConnection _connection;
    private readonly Dictionary<UsageSpan, IReadOnlyList<UsageTotal>> _kept = [];

    private UsageSnapshot(UsageReader reader, NpgsqlConnection connection)
    {
        (_reader, _connection, At) = (reader, connection, reader.Now);
    }

    /// <summary>The moment, in business time to the microsecond: levels are known up to here.</summary>
    public DateTimeOffset At { get; }

    internal static async Task<UsageSnapshot> Open(UsageReader reader, NpgsqlDataSource database, CancellationToken cancellation)
    {
        var connection = await database.OpenConnectionAsync(cancellation);
        try
        {
            // The connection holds its transaction; closing it rolls back, and there is nothing to keep.
            await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellation);
            return new UsageSnapshot(reader, connection);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>The customer's usage version: events up to it are in the figures, later ones are not.</summary>
    public async Task<long> Version(int customerId, CancellationToken cancellation)
    {
        await using var select = new NpgsqlCommand("SELECT usage_version FROM customers WHERE id = $1", _connection) { Parameters = { new() { Value = customerId } } };
        return (long)(await select.ExecuteScalarAsync(cancellation))!;
    }

    /// <summary>The usage version of each of many customers, and the newest one that changed what was closed before.</summary>
    public async Task<IReadOnlyDictionary<int, (long Newest, long Late)>> Versions(int[] customerIds, CancellationToken cancellation)
    {
        await using var select = new NpgsqlCommand("SELECT id, usage_version, late_version FROM customers WHERE id = ANY ($1)", _connection) { Parameters = { new() { Value = customerIds } } };
        await using var rows = await select.ExecuteReaderAsync(cancellation);
        var versions = new Dictionary<int, (long Newest, long Late)>();
        while (await rows.ReadAsync(cancellation))
        {
            versions.Add(rows.GetInt32(0), (rows.GetInt64(1), rows.GetInt64(2)));
        }

        return versions;
    }

    /// <summary>What a customer used of each meter and group in a stretch of time.</summary>
    public async Task<IReadOnlyList<UsageTotal>> Totals(int customerId, DateTimeOffset from, DateTimeOffset to, CancellationToken cancellation) =>
        _kept.TryGetValue(new UsageSpan(customerId, from, to), out var kept)
            ? [.. kept, .. await _reader.DetailTotals(_connection, customerId, from, to, At, cancellation)]
            : await _reader.Totals(_connection, customerId, from, to, At, cancellation);

    /// <summary>Reads quarter-hours and single values, as of the same moment.</summary>
    internal QuarterReader Quarters => _reader.Quarters;

    /// <summary>The connection that holds the moment.</summary>
    internal NpgsqlConnection Connection => _connection;

    /// <summary>Keeps what was read ahead for many customers, so that it is not read again.</summary>
    internal void Keep(IEnumerable<KeyValuePair<UsageSpan, IReadOnlyList<UsageTotal>>> totals)
    {
        foreach (var (span, read) in totals)
        {
            _kept[span] = read;
        }
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync() => _connection.DisposeAsync();
}
