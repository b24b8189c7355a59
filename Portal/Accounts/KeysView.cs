using Portal.Domain.Accounts;
using Portal.Domain.Limits;

namespace Portal.Accounts;

/// <summary>What the page of API keys shows.</summary>
/// <param name="Caller">Who looks.</param>
/// <param name="Working">Keys that work, the newest first.</param>
/// <param name="Revoked">Keys that were revoked, the newest first.</param>
/// <param name="Zone">The customer's zone.</param>
public sealed record KeysView(CustomerCaller Caller, IReadOnlyList<ApiKey> Working, IReadOnlyList<ApiKey> Revoked, string Zone)
{
    /// <summary>Limits on groups of usage, such as API keys, as they stand in the running period; empty for a caller who may not see them.</summary>
    public IReadOnlyList<UsageLimitStand> Limits { get; init; } = [];

    /// <summary>The limits that are on a key: usage is grouped by its name or its prefix.</summary>
    public IReadOnlyList<UsageLimitStand> LimitsOf(ApiKey key) => [.. Limits.Where(stand => stand.Limit.Match.Values.Any(value => value == key.Name || value == key.Prefix))];

    /// <summary>Whether the page offers changes. The domain asks the gate again when one is made.</summary>
    public bool MayChange => Caller.Actor.May(Permission.ManageKeys);
}
