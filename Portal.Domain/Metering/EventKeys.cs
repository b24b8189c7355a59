using System.Buffers.Binary;
using Npgsql;
using NpgsqlTypes;

namespace Portal.Domain.Metering;

/// <summary>What became of an event.</summary>
internal enum EventOutcome : byte
{
    /// <summary>It is the first of its id.</summary>
    New,

    /// <summary>One with the same id and content is there already.</summary>
    Duplicate,

    /// <summary>One with the same id and other content is there already.</summary>
    Conflict,
}

/// <summary>Takes the ids of a commit's events, and says which of them were free.</summary>
/// <remarks>Keys are inserted in one order by everybody, so two transactions that want the same ids wait for each other in a row and never in a circle.</remarks>
internal sealed class EventKeys
{
    private const string InsertSql = """
        INSERT INTO event_keys (customer_id, id_hash, content_hash, event_time, received_at)
        SELECT * FROM unnest($1, $2, $3, $4, $5)
        ON CONFLICT DO NOTHING
        """;

    // A row that this transaction wrote carries its number: all others were there before.
    private const string FindSql = """
        SELECT wanted.n, known.content_hash
        FROM unnest($1, $2) WITH ORDINALITY AS wanted (customer_id, id_hash, n)
        JOIN event_keys known ON known.customer_id = wanted.customer_id AND known.id_hash = wanted.id_hash
        WHERE known.xmin <> pg_current_xact_id()::xid
        """;

    private readonly List<Entry> _entries = [];
    private readonly List<int> _firsts = [];
    private readonly List<int> _customers = [];
    private readonly List<Guid> _idHashes = [];
    private readonly List<long> _contentHashes = [];
    private readonly List<DateTime> _times = [];
    private readonly List<DateTime> _received = [];
    private EventOutcome[] _outcomes = [];

    /// <summary>The outcome of the event at a position, counted over all batches.</summary>
    public EventOutcome this[int position] => _outcomes[position];

    /// <summary>Takes the ids in the connection's open transaction.</summary>
    /// <exception cref="KeysPrunedException">A key was pruned between being in the way and being looked at: try again.</exception>
    public async Task Take(NpgsqlConnection connection, IReadOnlyList<EventBatch> batches, CancellationToken cancellation)
    {
        Sort(batches);
        if (_firsts.Count == 0)
        {
            return;
        }

        int taken;
        await using (var insert = new NpgsqlCommand(InsertSql, connection))
        {
            insert.Parameters.Add(BucketWriter.Column(_customers, NpgsqlDbType.Integer));
            insert.Parameters.Add(BucketWriter.Column(_idHashes, NpgsqlDbType.Uuid));
            insert.Parameters.Add(BucketWriter.Column(_contentHashes, NpgsqlDbType.Bigint));
            insert.Parameters.Add(BucketWriter.Column(_times, NpgsqlDbType.TimestampTz));
            insert.Parameters.Add(BucketWriter.Column(_received, NpgsqlDbType.TimestampTz));
            await insert.PrepareAsync(cancellation);
            taken = await insert.ExecuteNonQueryAsync(cancellation);
        }

        // The count alone tells whether any id was in use; only then is it asked which.
        var known = new Dictionary<int, long>();
        if (taken < _firsts.Count)
        {
            await Find(connection, known, cancellation);
            if (taken + known.Count != _firsts.Count)
            {
                throw new KeysPrunedException();
            }
        }

        Decide(known);
    }

    private void Sort(IReadOnlyList<EventBatch> batches)
    {
        _entries.Clear();
        foreach (var batch in batches)
        {
            foreach (ref readonly var item in System.Runtime.InteropServices.CollectionsMarshal.AsSpan(batch.Events))
            {
                _entries.Add(new Entry(item.CustomerId, item.IdHash, item.ContentHash, item.Time, batch.ReceivedAt.UtcDateTime, _entries.Count));
            }
        }

        _entries.Sort();
        if (_outcomes.Length < _entries.Count)
        {
            _outcomes = new EventOutcome[_entries.Count];
        }

        Clear();
        Span<byte> hash = stackalloc byte[16];
        for (var i = 0; i < _entries.Count; i++)
        {
            var entry = _entries[i];
            if (i > 0 && entry.IsSameId(_entries[i - 1]))
            {
                continue;
            }

            BinaryPrimitives.WriteUInt128BigEndian(hash, entry.IdHash);
            _firsts.Add(i);
            _customers.Add(entry.CustomerId);
            _idHashes.Add(new Guid(hash, bigEndian: true));
            _contentHashes.Add(entry.ContentHash);
            _times.Add(entry.Time);
            _received.Add(entry.ReceivedAt);
        }
    }

    private void Clear()
    {
        _firsts.Clear();
        _customers.Clear();
        _idHashes.Clear();
        _contentHashes.Clear();
        _times.Clear();
        _received.Clear();
    }

    private async Task Find(NpgsqlConnection connection, Dictionary<int, long> known, CancellationToken cancellation)
    {
        await using var find = new NpgsqlCommand(FindSql, connection);
        find.Parameters.Add(BucketWriter.Column(_customers, NpgsqlDbType.Integer));
        find.Parameters.Add(BucketWriter.Column(_idHashes, NpgsqlDbType.Uuid));
        await find.PrepareAsync(cancellation);
        await using var rows = await find.ExecuteReaderAsync(cancellation);
        while (await rows.ReadAsync(cancellation))
        {
            known.Add((int)rows.GetInt64(0) - 1, rows.GetInt64(1));
        }
    }

    // Within a commit the first to come stands, unless the id was in use before: then all are measured by what was there.
    private void Decide(Dictionary<int, long> known)
    {
        for (var first = 0; first < _firsts.Count; first++)
        {
            var (from, to) = (_firsts[first], first + 1 < _firsts.Count ? _firsts[first + 1] : _entries.Count);
            var isKnown = known.TryGetValue(first, out var content);
            for (var i = from; i < to; i++)
            {
                var entry = _entries[i];
                _outcomes[entry.Position] =
                    i == from && !isKnown ? EventOutcome.New
                    : entry.ContentHash == (isKnown ? content : _entries[from].ContentHash) ? EventOutcome.Duplicate
                    : EventOutcome.Conflict;
            }
        }
    }

    private readonly record struct Entry(int CustomerId, UInt128 IdHash, long ContentHash, DateTime Time, DateTime ReceivedAt, int Position) : IComparable<Entry>
    {
        public bool IsSameId(in Entry other) => CustomerId == other.CustomerId && IdHash == other.IdHash;

        public int CompareTo(Entry other) =>
            CustomerId != other.CustomerId ? CustomerId.CompareTo(other.CustomerId)
            : IdHash != other.IdHash ? IdHash.CompareTo(other.IdHash)
            : Position.CompareTo(other.Position);
    }
}

/// <summary>A key was pruned in the instant between being in the way and being looked at; the same commit succeeds when it is tried again.</summary>
internal sealed class KeysPrunedException : Exception;
