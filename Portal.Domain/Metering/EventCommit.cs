using System.Runtime.InteropServices;
using System.Text;
using Npgsql;
using NpgsqlTypes;

namespace Portal.Domain.Metering;

/// <summary>One transaction that stores the events of many requests: their keys, the events, what they add to the buckets, and the news of it.</summary>
/// <remarks>
/// Locks are taken in one order by every writer of usage: keys by (part of the table, customer, id), customers by number, buckets by key. Events are no lock: they
/// are written before their customers are locked wherever <see cref="VersionTurns"/> knows the versions to come. Each is kept for the next transaction of the same
/// loop, with the memory that it has grown.
/// </remarks>
internal sealed class EventCommit(string channel, VersionTurns turns)
{
    private const string RaiseSql = """
        WITH locked AS MATERIALIZED (SELECT id FROM customers WHERE id = ANY ($1) ORDER BY id FOR NO KEY UPDATE)
        UPDATE customers SET usage_version = usage_version + 1,
            late_version = CASE WHEN news.earliest < closed_until THEN usage_version + 1 ELSE late_version END
        FROM locked JOIN unnest($1, $2) AS news (id, earliest) USING (id) WHERE customers.id = locked.id
        RETURNING customers.id, customers.usage_version
        """;

    private const string CopySql = "COPY events (customer_id, time, received_at, usage_version, billable, id, type, properties) FROM STDIN (FORMAT binary)";
    private const short Columns = 8;

    // The columns of fixed size, and jsonb's version.
    private const int FixedBytes = sizeof(int) + (3 * sizeof(long)) + 1 + 1;

    // The first fails where an id was in use; each further one only where another transaction took one meanwhile, which is then known.
    private const int KeyAttempts = 10;

    private readonly EventKeys _keys = new();
    private readonly BucketTally _tally = new();
    private readonly BucketWriter _buckets = new();
    private readonly DetailTally _detail = new();
    private readonly SortedDictionary<int, long> _versions = [];
    private readonly Dictionary<int, DateTime> _earliest = [];

    /// <summary>The transaction's number once it has written something; what to ask about when the reply to its commit is lost.</summary>
    public string? TransactionId { get; private set; }

    /// <summary>Whether the commit was sent, so that its outcome is open until the reply.</summary>
    public bool IsCommitting { get; private set; }

    /// <summary>The customers whose usage it changed, in order.</summary>
    public IReadOnlyCollection<int> Customers => _versions.Keys;

    /// <summary>Forgets the transaction before, so that nothing that fails from here on is taken for its end.</summary>
    public void Begin()
    {
        (TransactionId, IsCommitting) = (null, false);
        _versions.Clear();
        _earliest.Clear();
        _tally.Clear();
        _detail.Clear();
    }

    /// <summary>Stores the batches, after <see cref="Begin"/>. Their outcome is theirs only after <see cref="Complete"/>.</summary>
    public async Task Run(NpgsqlConnection connection, IReadOnlyList<EventBatch> batches, CancellationToken cancellation)
    {
        // The second time asks for the versions first.
        while (!await TryRun(connection, batches, cancellation))
        {
            Begin();
        }
    }

    /// <summary>Tells each batch what became of its events, after the commit.</summary>
    public void Complete(IReadOnlyList<EventBatch> batches)
    {
        var position = 0;
        foreach (var batch in batches)
        {
            var (accepted, duplicates) = (0, 0);
            List<Rejection>? conflicts = null;
            foreach (ref readonly var item in CollectionsMarshal.AsSpan(batch.Events))
            {
                switch (_keys[position++])
                {
                    case EventOutcome.New:
                        accepted++;
                        break;
                    case EventOutcome.Duplicate:
                        duplicates++;
                        break;
                    case EventOutcome.Conflict:
                        var id = Encoding.UTF8.GetString(item.Id.Span);
                        (conflicts ??= []).Add(new Rejection(item.Index, id, RejectionCode.Conflict,
                            $"Another event has the id '{id}': the first one stands. Give each event an id of its own; void the first one if it is wrong."));
                        break;
                }
            }

            batch.Complete(accepted, duplicates, conflicts, _versions);
        }
    }

    /// <summary>Runs the transaction; false where a version was foretold wrongly, and nothing is stored.</summary>
    private async Task<bool> TryRun(NpgsqlConnection connection, IReadOnlyList<EventBatch> batches, CancellationToken cancellation)
    {
        await using var transaction = await BeginWithKeys(connection, batches, cancellation);
        FindCustomersWithNews(batches);
        if (_versions.Count > 0 && !await TryWriteEvents(connection, batches, cancellation))
        {
            return false;
        }

        await using (var rest = new NpgsqlBatch(connection))
        {
            AddRest(rest, batches);
            if (rest.BatchCommands.Count > 0)
            {
                await rest.PrepareAsync(cancellation);
                await rest.ExecuteNonQueryAsync(cancellation);
            }
        }

        IsCommitting = true;
        await transaction.CommitAsync(cancellation);
        return true;
    }

    /// <summary>Writes the events with the versions of their customers; false where a version was foretold wrongly.</summary>
    private async Task<bool> TryWriteEvents(NpgsqlConnection connection, IReadOnlyList<EventBatch> batches, CancellationToken cancellation)
    {
        using var turn = turns.Take(_versions.Keys);
        if (!turn.IsForetold)
        {
            await turn.Before;
            await RaiseVersions(connection, cancellation);
            turn.End(_versions);
            await Copy(connection, batches, cancellation);
            return true;
        }

        foreach (var (customer, version) in turn.Foretold)
        {
            _versions[customer] = version;
        }

        await Copy(connection, batches, cancellation);
        await turn.Before;
        await RaiseVersions(connection, cancellation);
        return turn.End(_versions);
    }

    private async Task<NpgsqlTransaction> BeginWithKeys(NpgsqlConnection connection, IReadOnlyList<EventBatch> batches, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            var transaction = await connection.BeginTransactionAsync(cancellation);
            try
            {
                await _keys.Take(connection, batches, cancellation);
                return transaction;
            }
            catch (KeyInUseException) when (attempt < KeyAttempts)
            {
                // Nothing but keys was written yet.
                await transaction.DisposeAsync();
            }
        }
    }

    private void FindCustomersWithNews(IReadOnlyList<EventBatch> batches)
    {
        var position = 0;
        foreach (var batch in batches)
        {
            foreach (ref readonly var item in CollectionsMarshal.AsSpan(batch.Events))
            {
                if (_keys[position++] == EventOutcome.New)
                {
                    _versions.TryAdd(item.CustomerId, 0);
                    ref var earliest = ref CollectionsMarshal.GetValueRefOrAddDefault(_earliest, item.CustomerId, out var isKnown);
                    earliest = isKnown && earliest < item.Time ? earliest : item.Time;
                }
            }
        }
    }

    private async Task RaiseVersions(NpgsqlConnection connection, CancellationToken cancellation)
    {
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new NpgsqlBatchCommand(RaiseSql)
                {
                    Parameters =
                    {
                        BucketWriter.Column([.. _versions.Keys], NpgsqlDbType.Integer),
                        BucketWriter.Column([.. _versions.Keys.Select(customer => _earliest[customer])], NpgsqlDbType.TimestampTz),
                    },
                },
                new NpgsqlBatchCommand("SELECT pg_current_xact_id()::text"),
            },
        };
        await batch.PrepareAsync(cancellation);
        await using var rows = await batch.ExecuteReaderAsync(cancellation);
        while (await rows.ReadAsync(cancellation))
        {
            _versions[rows.GetInt32(0)] = rows.GetInt64(1);
        }

        await rows.NextResultAsync(cancellation);
        await rows.ReadAsync(cancellation);
        TransactionId = rows.GetString(0);
    }

    private async Task Copy(NpgsqlConnection connection, IReadOnlyList<EventBatch> batches, CancellationToken cancellation)
    {
        using var copy = await BinaryCopy.Begin(connection, CopySql, cancellation);
        var position = 0;
        foreach (var batch in batches)
        {
            for (var i = 0; i < batch.Events.Count; i++)
            {
                if (_keys[position++] == EventOutcome.New)
                {
                    Add(copy, batch, CollectionsMarshal.AsSpan(batch.Events)[i]);
                    await copy.Flush(cancellation);
                }
            }
        }

        await copy.End(cancellation);
    }

    private void Add(BinaryCopy copy, EventBatch batch, in UsageEvent item)
    {
        copy.BeginRow(Columns, FixedBytes + item.Id.Length + item.Type.Utf8Name.Length + item.Properties.Length);
        copy.Add(item.CustomerId);
        copy.Add(item.Time);
        copy.Add(batch.ReceivedAt.UtcDateTime);
        copy.Add(_versions[item.CustomerId]);
        copy.Add(item.Billable);
        copy.Add(item.Id.Span);
        copy.Add(item.Type.Utf8Name);
        copy.AddJson(item.Properties.Span);
        if (item.Billable)
        {
            foreach (var reading in CollectionsMarshal.AsSpan(batch.Readings).Slice(item.FirstReading, item.ReadingCount))
            {
                _tally.Add(reading.Group, item.Time, reading.Value);
                if (reading.Group.Meter.HasDetail)
                {
                    _detail.Add(reading.Group, item.Time, reading.Value, reading.Distinct);
                }
            }
        }
    }

    private void AddRest(NpgsqlBatch rest, IReadOnlyList<EventBatch> batches)
    {
        if (_tally.Count > 0)
        {
            rest.BatchCommands.Add(_buckets.Command(_tally));
        }

        foreach (var command in DetailWriter.Commands(_detail))
        {
            rest.BatchCommands.Add(command);
        }

        if (UnknownEventWriter.Command(batches) is { } inbox)
        {
            rest.BatchCommands.Add(inbox);
        }

        if (_versions.Count > 0)
        {
            rest.BatchCommands.Add(new NpgsqlBatchCommand("SELECT pg_notify($1, notice) FROM unnest($2) AS notice")
            {
                Parameters = { new NpgsqlParameter<string> { TypedValue = channel }, BucketWriter.Column(UsageChanges.Notices(_versions.Keys), NpgsqlDbType.Text) },
            });
        }
    }
}
