using Portal.Domain.Accounts;

namespace Portal.Accounts;

/// <summary>What the team's page shows.</summary>
/// <param name="Caller">Who looks.</param>
/// <param name="Members">The members, owners first.</param>
/// <param name="Zone">The customer's zone.</param>
public sealed record TeamView(CustomerCaller Caller, IReadOnlyList<Membership> Members, string Zone)
{
    /// <summary>Whether the page offers changes. The domain asks the gate again when one is made.</summary>
    public bool MayChange => Caller.Actor.May(Permission.ManageTeam);
}
