namespace Portal.Domain.Metering;

/// <summary>Tells whoever shows or limits usage that a customer's has changed: at once for what this process commits, by notification for others.</summary>
/// <remarks>A notification may be lost with its connection, so whoever must not miss one also looks by itself from time to time.</remarks>
public sealed class UsageChanges
{
    /// <summary>The PostgreSQL channel on which processes tell each other whose usage changed, as "17,18".</summary>
    public const string Channel = "portal_usage";

    /// <summary>Raised after a commit with the numbers of the customers; handlers must be quick and must not throw.</summary>
    public event Action<IReadOnlyCollection<int>>? Changed;

    /// <summary>Tells that the usage of these customers changed.</summary>
    public void Announce(IReadOnlyCollection<int> customerIds)
    {
        if (customerIds.Count > 0)
        {
            Changed?.Invoke(customerIds);
        }
    }
}
