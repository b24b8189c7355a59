using Portal.Domain.Invoicing;
using Portal.Domain.Storage;

namespace Portal.Domain.Limits;

/// <summary>What looks at a customer each time its spend has been brought up to date, after access and alerts.</summary>
public interface ISpendFollower
{
    /// <summary>Looks, and does what the figures ask for. Safe to call twice, and on several nodes at once.</summary>
    Task Follow(CustomerEntry entry, Spend spend, CancellationToken cancellation);
}
