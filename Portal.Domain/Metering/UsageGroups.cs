using System.Collections.Concurrent;
using Npgsql;
using Portal.Domain.Alerts;

namespace Portal.Domain.Metering;

/// <summary>Numbers the groups of usage, and remembers the numbers, so that a bucket carries four bytes instead of names.</summary>
public sealed class UsageGroups(NpgsqlDataSource database, AlarmWriter alarms)
{
    /// <summary>The most groups of a customer's meter; usage in further ones is counted in one group named <see cref="OtherValue"/>.</summary>
    public const int Max = 10_000;

    /// <summary>The value, for each property, of the group that takes what does not fit.</summary>
    public const string OtherValue = "(other)";

    // One numbering at a time, over all processes, so that the count against the maximum is exact. It is rare and takes milliseconds.
    private const long NumberingLock = 0x506f7274616c5547;

    private readonly ConcurrentDictionary<(int CustomerId, int MeterId), GroupSet> _sets = new();

    /// <summary>The group of this key, from memory; one that is not known yet has no number until <see cref="Number"/> gives it one.</summary>
    public UsageGroup Find(int customerId, MeterPlan meter, ReadOnlySpan<byte> key)
    {
        var set = _sets.GetOrAdd((customerId, meter.Meter.Id), _ => new GroupSet());
        if (set.Lookup.TryGetValue(key, out var group))
        {
            if (!ReferenceEquals(group.Meter.Meter, meter.Meter))
            {
                group.Meter = meter;
            }

            return group;
        }

        return set.Other is { Id: > 0 } other ? other : set.ByKey.GetOrAdd(key.ToArray(), made => new UsageGroup(customerId, meter, made));
    }

    /// <summary>The values under which a group's usage is shown: its own, or those of the group that takes what does not fit.</summary>
    public string[] Shown(UsageGroup group) =>
        _sets.TryGetValue((group.CustomerId, group.Meter.Meter.Id), out var set) && set.Other is { } other && other.Id == group.Id ? other.Values : group.Values;

    /// <summary>Gives numbers to groups that have none, in a small transaction of its own.</summary>
    public async Task Number(IReadOnlyCollection<UsageGroup> groups, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var missing = await ReadKnown(connection, groups, cancellation);
        if (missing.Count == 0)
        {
            return;
        }

        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await using (var wait = new NpgsqlCommand("SELECT pg_advisory_xact_lock($1)", connection) { Parameters = { new() { Value = NumberingLock } } })
        {
            await wait.ExecuteNonQueryAsync(cancellation);
        }

        missing = await ReadKnown(connection, missing, cancellation);
        var numbered = new List<(UsageGroup Group, int Id)>();
        var others = new List<UsageGroup>();
        foreach (var ofMeter in missing.GroupBy(group => (group.CustomerId, group.Meter.Meter.Id)))
        {
            await Add(connection, [.. ofMeter], numbered, others, cancellation);
        }

        await transaction.CommitAsync(cancellation);
        Remember(numbered, others);
        foreach (var other in others)
        {
            await alarms.Raise($"usage.groups:{other.CustomerId}:{other.Meter.Meter.Key}", $"The meter '{other.Meter.Meter.Key}' has more groups of one customer than are told apart.",
                $"It has {Max} groups; usage in further ones is counted as {OtherValue}, and priced by whichever price takes that. Nothing is lost, but it can no longer be told apart. "
                + $"Find out whether the property that it groups by ({string.Join(", ", other.Meter.Meter.GroupBy)}) should have so many values, and group by one with fewer in a new meter.", other.CustomerId);
        }
    }

    private static async Task<List<UsageGroup>> ReadKnown(NpgsqlConnection connection, IReadOnlyCollection<UsageGroup> groups, CancellationToken cancellation)
    {
        var byKey = groups.Where(group => group.Id == 0)
            .ToLookup(group => (group.CustomerId, group.Meter.Meter.Id, group.KeyHash));
        await using var select = new NpgsqlCommand("""
            SELECT known.id, known.customer_id, known.meter_id, known.values_hash
            FROM unnest($1::int[], $2::int[], $3::uuid[]) AS wanted (customer_id, meter_id, values_hash)
            JOIN usage_groups known USING (customer_id, meter_id, values_hash)
            """, connection);
        select.Parameters.Add(new() { Value = byKey.Select(group => group.Key.CustomerId).ToArray() });
        select.Parameters.Add(new() { Value = byKey.Select(group => group.Key.Id).ToArray() });
        select.Parameters.Add(new() { Value = byKey.Select(group => group.Key.KeyHash).ToArray() });
        await using var rows = await select.ExecuteReaderAsync(cancellation);
        while (await rows.ReadAsync(cancellation))
        {
            foreach (var group in byKey[(rows.GetInt32(1), rows.GetInt32(2), rows.GetGuid(3))])
            {
                group.Id = rows.GetInt32(0);
            }
        }

        return [.. groups.Where(group => group.Id == 0)];
    }

    private static async Task Add(NpgsqlConnection connection, List<UsageGroup> groups, List<(UsageGroup Group, int Id)> numbered, List<UsageGroup> others, CancellationToken cancellation)
    {
        var (customerId, meter) = (groups[0].CustomerId, groups[0].Meter);
        await using var count = new NpgsqlCommand("SELECT count(*) FROM usage_groups WHERE customer_id = $1 AND meter_id = $2", connection);
        count.Parameters.Add(new() { Value = customerId });
        count.Parameters.Add(new() { Value = meter.Meter.Id });
        var room = (int)Math.Max(0, Max - (long)(await count.ExecuteScalarAsync(cancellation))!);

        var fitting = groups.Take(room).ToList();
        var ids = await Insert(connection, fitting, cancellation);
        numbered.AddRange(fitting.Zip(ids));
        if (fitting.Count == groups.Count)
        {
            return;
        }

        var other = UsageGroup.Other(customerId, meter);
        if ((await ReadKnown(connection, [other], cancellation)).Count > 0)
        {
            other.Id = (await Insert(connection, [other], cancellation))[0];
        }

        others.Add(other);
        numbered.AddRange(groups.Skip(room).Select(group => (group, other.Id)));
    }

    // After the commit: a number that was rolled back must not stay in memory.
    private void Remember(List<(UsageGroup Group, int Id)> numbered, List<UsageGroup> others)
    {
        foreach (var other in others)
        {
            _sets.GetOrAdd((other.CustomerId, other.Meter.Meter.Id), _ => new GroupSet()).Other = other;
        }

        foreach (var (group, id) in numbered)
        {
            group.Id = id;
            var set = _sets.GetOrAdd((group.CustomerId, group.Meter.Meter.Id), _ => new GroupSet());
            if (set.Other is { } other && other.Id == id)
            {
                // Not kept by name, so that a sender of ever new values does not fill the memory.
                set.ByKey.TryRemove(group.Key, out _);
            }
        }
    }

    private static async Task<List<int>> Insert(NpgsqlConnection connection, List<UsageGroup> groups, CancellationToken cancellation)
    {
        await using var insert = new NpgsqlBatch(connection);
        foreach (var group in groups)
        {
            var command = new NpgsqlBatchCommand("INSERT INTO usage_groups (customer_id, meter_id, values, values_hash) VALUES ($1, $2, $3, $4) RETURNING id");
            command.Parameters.Add(new() { Value = group.CustomerId });
            command.Parameters.Add(new() { Value = group.Meter.Meter.Id });
            command.Parameters.Add(new() { Value = group.Values });
            command.Parameters.Add(new() { Value = group.KeyHash });
            insert.BatchCommands.Add(command);
        }

        var ids = new List<int>();
        if (groups.Count == 0)
        {
            return ids;
        }

        await using var rows = await insert.ExecuteReaderAsync(cancellation);
        do
        {
            await rows.ReadAsync(cancellation);
            ids.Add(rows.GetInt32(0));
        }
        while (await rows.NextResultAsync(cancellation));
        return ids;
    }

    private sealed class GroupSet
    {
        public GroupSet()
        {
            ByKey = new ConcurrentDictionary<byte[], UsageGroup>(Utf8Keys.Instance);
            Lookup = ByKey.GetAlternateLookup<ReadOnlySpan<byte>>();
        }

        public ConcurrentDictionary<byte[], UsageGroup> ByKey { get; }

        public ConcurrentDictionary<byte[], UsageGroup>.AlternateLookup<ReadOnlySpan<byte>> Lookup { get; }

        public UsageGroup? Other { get; set; }
    }
}
