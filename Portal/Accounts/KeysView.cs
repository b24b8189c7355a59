using Portal.Domain.Accounts;

namespace Portal.Accounts;

/// <summary>What the page of API keys shows.</summary>
/// <param name="Caller">Who looks.</param>
/// <param name="Working">Keys that work, the newest first.</param>
/// <param name="Revoked">Keys that were revoked, the newest first.</param>
/// <param name="Zone">The customer's zone.</param>
public sealed record KeysView(CustomerCaller Caller, IReadOnlyList<ApiKey> Working, IReadOnlyList<ApiKey> Revoked, string Zone)
{
    /// <summary>Whether the page offers changes. The domain asks the gate again when one is made.</summary>
    public bool MayChange => Caller.Actor.May(Permission.ManageKeys);
}
