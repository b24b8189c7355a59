namespace Portal.Domain.Metering;

/// <summary>The events of one request: those that were checked, those that were rejected, and after writing, what became of them.</summary>
/// <remarks>The events' bytes lie in the request's buffer: it must stay untouched until the events are written.</remarks>
/// <param name="receivedAt">When they were received, in business time.</param>
/// <param name="rejectedMax">Of how many that are rejected it keeps what was wrong; the rest is counted. A stream of nothing else must not fill the memory.</param>
public sealed class EventBatch(DateTimeOffset receivedAt, int rejectedMax = int.MaxValue)
{
    private const int Waiting = 0;
    private const int Completed = 1;
    private const int Detached = 2;

    // So many names of a request are told to the operator: a sender who makes them up must not fill the memory.
    private const int UnknownCustomersMax = 100;

    private readonly List<Rejection> _rejected = [];
    private int _state;

    /// <summary>When the events were received, in business time.</summary>
    public DateTimeOffset ReceivedAt { get; } = receivedAt;

    /// <summary>How many events passed the checks.</summary>
    public int Checked => Events.Count;

    /// <summary>How many events were stored; known after writing.</summary>
    public int Accepted { get; private set; }

    /// <summary>How many events had been stored before, with the same content; known after writing.</summary>
    public int Duplicates { get; private set; }

    /// <summary>The events that were not taken, in the order of the request: all of them, or the first.</summary>
    public IReadOnlyList<Rejection> Rejected => _rejected;

    /// <summary>How many events were not taken.</summary>
    public int RejectedCount { get; private set; }

    /// <summary>Whether a transaction that hangs may still read the events' bytes, so that their buffer must never be used again.</summary>
    public bool IsDetached => Volatile.Read(ref _state) == Detached;

    internal List<UsageEvent> Events { get; } = [];

    internal List<GroupReading> Readings { get; } = [];

    internal List<InboxEvent> Inbox { get; } = [];

    /// <summary>The customers that do not exist, by the key that was sent, with the number of events; null where there are none.</summary>
    internal Dictionary<string, long>? UnknownCustomers { get; private set; }

    /// <summary>How many bytes its events take.</summary>
    internal long Bytes { get; set; }

    /// <summary>Whether it keeps the usage versions that its transaction gave.</summary>
    internal bool KeepsVersions { get; init; }

    /// <summary>The usage versions of the customers of whom its transaction stored something new; null where nobody asked, or before.</summary>
    internal IReadOnlyDictionary<int, long>? Versions { get; private set; }

    /// <summary>Whether there is anything to write.</summary>
    internal bool IsEmpty => Events.Count == 0 && Inbox.Count == 0;

    /// <summary>Rejects what could not even be read, such as a line that is too long.</summary>
    public void Reject(int index, string message) => Reject(index, null, RejectionCode.InvalidEvent, message);

    internal void Reject(int index, string? id, string code, string message)
    {
        RejectedCount++;
        if (_rejected.Count < rejectedMax)
        {
            _rejected.Add(new Rejection(index, id, code, message));
        }
    }

    /// <summary>Counts an event whose customer does not exist.</summary>
    internal void CountUnknownCustomer(string key)
    {
        UnknownCustomers ??= new Dictionary<string, long>(StringComparer.Ordinal);
        if (UnknownCustomers.Count < UnknownCustomersMax || UnknownCustomers.ContainsKey(key))
        {
            UnknownCustomers[key] = UnknownCustomers.GetValueOrDefault(key) + 1;
        }
    }

    /// <summary>Takes the batch away from its transaction; false where that has ended.</summary>
    internal bool TryDetach() => Interlocked.CompareExchange(ref _state, Detached, Waiting) == Waiting;

    /// <summary>Takes note that the spool has all that was checked.</summary>
    internal void Buffer() => Accepted = Events.Count;

    /// <summary>Takes the outcome of the transaction: called after the commit. It concerns nobody any more where the batch was taken away.</summary>
    internal void Complete(int accepted, int duplicates, List<Rejection>? conflicts, IReadOnlyDictionary<int, long> versions)
    {
        if (Interlocked.CompareExchange(ref _state, Completed, Waiting) != Waiting)
        {
            return;
        }

        (Accepted, Duplicates) = (accepted, duplicates);
        Versions = KeepsVersions ? new Dictionary<int, long>(versions) : null;
        if (conflicts is not null)
        {
            RejectedCount += conflicts.Count;
            _rejected.AddRange(conflicts);
            _rejected.Sort((left, right) => left.Index.CompareTo(right.Index));
        }
    }
}
