namespace Portal.Domain.Metering;

/// <summary>A checked event on its way into the database. A struct, because a batch holds thousands of them.</summary>
internal struct UsageEvent
{
    /// <summary>Its position in the request.</summary>
    public int Index;

    public int CustomerId;

    /// <summary>The first 16 bytes of SHA-256 over the id.</summary>
    public UInt128 IdHash;

    /// <summary>Tells the same content from other content under the same id.</summary>
    public long ContentHash;

    /// <summary>The sender's id, as UTF-8.</summary>
    public ReadOnlyMemory<byte> Id;

    public EventType Type;

    /// <summary>When it happened: UTC, to the microsecond.</summary>
    public DateTime Time;

    /// <summary>False where the customer is paused: stored, but in no bucket.</summary>
    public bool Billable;

    /// <summary>The properties as the sender's JSON.</summary>
    public ReadOnlyMemory<byte> Properties;

    /// <summary>Where its readings begin in the batch's list.</summary>
    public int FirstReading;

    public int ReadingCount;
}

/// <summary>A value of a group of usage, read from one event.</summary>
/// <param name="Group">The group.</param>
/// <param name="Value">The value; 1 where distinct values are counted.</param>
/// <param name="Distinct">What tells distinct values apart, where the meter counts those.</param>
internal readonly record struct GroupReading(UsageGroup Group, decimal Value, Guid Distinct);

/// <summary>A rejected event of a type that no meter reads, on its way to the operator's inbox.</summary>
internal readonly record struct InboxEvent(int CustomerId, string Id, string Type, DateTime Time, byte[] Properties);
