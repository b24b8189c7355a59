using Portal.Domain.Invoicing;
using Portal.Domain.Limits;
using Portal.Domain.Storage;

namespace Portal.Domain.Reporting;

/// <summary>How a customer stands, in one word: the first that holds.</summary>
public enum CustomerState
{
    /// <summary>Access is refused: somebody or the kill switch has paused it.</summary>
    Paused,

    /// <summary>Access is refused: an invoice is unpaid beyond its grace.</summary>
    Restricted,

    /// <summary>Access is refused: the cap is used up.</summary>
    Stopped,

    /// <summary>80 % or more of the cap is used.</summary>
    NearCap,

    /// <summary>Nothing is charged: no subscription runs.</summary>
    NoSubscription,

    /// <summary>Nothing to do.</summary>
    Ok,
}

/// <summary>Says how a customer stands; the causes of refused access in the order in which access names them.</summary>
public static class CustomerStates
{
    private const int NearPercent = 80;

    /// <summary>How a customer stands at an instant.</summary>
    /// <param name="entry">The customer with its pauses.</param>
    /// <param name="spend">Its running period; null where none runs, or it was not read yet.</param>
    /// <param name="now">The instant, in business time.</param>
    public static CustomerState Of(CustomerEntry entry, Spend? spend, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(entry);
        if (entry.OpenPauses.Length > 0)
        {
            return CustomerState.Paused;
        }

        if (entry.Customer.RestrictedAt <= now)
        {
            return CustomerState.Restricted;
        }

        if (spend is not null && entry.Limit is { } limit)
        {
            var stand = new LimitStand(limit, spend.Usage);
            return stand.IsReached ? CustomerState.Stopped : stand.HasCrossed(NearPercent) ? CustomerState.NearCap : CustomerState.Ok;
        }

        return entry.Subscription is { } subscription && subscription.StartsAt <= now && !(subscription.EndsAt <= now) ? CustomerState.Ok : CustomerState.NoSubscription;
    }
}
