namespace Portal.Domain.Limits;

/// <summary>Whose turn it is to be brought up to date, and when it was last.</summary>
/// <param name="customerId">The customer.</param>
internal sealed class SpendTurn(int customerId)
{
    /// <summary>That it was not read since the start.</summary>
    public const long Never = long.MinValue;

    /// <summary>1 from the signal until the read that follows it begins.</summary>
    public int IsDue;

    /// <summary>The machine's timestamp at which the last read began.</summary>
    public long LastRead = Never;

    /// <summary>The customer.</summary>
    public int CustomerId => customerId;

    /// <summary>Held by whoever reads the customer.</summary>
    public SemaphoreSlim Reading { get; } = new(1, 1);
}
