namespace Portal.Domain.Credits;

/// <summary>What is taken of a grant.</summary>
/// <param name="Grant">The grant.</param>
/// <param name="Amount">Minor units; more than zero, and at most what is left of it.</param>
public sealed record CreditUse(CreditGrant Grant, long Amount);

/// <summary>Which credits pay for what. Pure.</summary>
public static class Burndown
{
    /// <summary>Takes credits of one kind for amounts: the soonest to expire first, then the lower priority number, then the oldest; each for what it applies to.</summary>
    /// <param name="grants">The customer's grants.</param>
    /// <param name="kind">The kind that is taken.</param>
    /// <param name="prices">The key of the price behind each amount; null for none.</param>
    /// <param name="amounts">What there is to pay, minor units; what is taken is taken off it.</param>
    /// <param name="from">Business time: what had expired by then pays nothing. For a billing period its start: what expires inside it pays what was used before.</param>
    public static IReadOnlyList<CreditUse> Take(
        IEnumerable<CreditGrant> grants, CreditKind kind, IReadOnlyList<string?> prices, long[] amounts, DateTimeOffset from)
    {
        ArgumentNullException.ThrowIfNull(grants);
        ArgumentNullException.ThrowIfNull(prices);
        ArgumentNullException.ThrowIfNull(amounts);
        var uses = new List<CreditUse>();
        foreach (var grant in InOrder(grants.Where(grant => grant.Kind == kind && grant.Left > 0 && !(grant.ExpiresAt <= from))))
        {
            var left = grant.Left;
            for (var i = 0; i < amounts.Length && left > 0; i++)
            {
                if (amounts[i] > 0 && (grant.AppliesTo.Count == 0 || (prices[i] is { } price && grant.AppliesTo.Contains(price))))
                {
                    var taken = Math.Min(left, amounts[i]);
                    amounts[i] -= taken;
                    left -= taken;
                }
            }

            if (left < grant.Left)
            {
                uses.Add(new CreditUse(grant, grant.Left - left));
            }
        }

        return uses;
    }

    /// <summary>Grants in the order in which they are used: promotional ones before prepaid ones, then what expires soonest, then the lower number, then the oldest.</summary>
    public static IEnumerable<CreditGrant> InOrder(IEnumerable<CreditGrant> grants) => grants
        .OrderByDescending(grant => grant.Kind).ThenBy(grant => grant.ExpiresAt ?? DateTimeOffset.MaxValue)
        .ThenBy(grant => grant.Priority).ThenBy(grant => grant.GrantedAt).ThenBy(grant => grant.Id);
}
