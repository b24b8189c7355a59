namespace Portal.Domain.Accounts;

/// <summary>Who asks: an API key, one of the operator's people, or a member acting for one customer.</summary>
/// <param name="Name">For the audit: an e-mail address, or a key's name and prefix.</param>
/// <param name="CustomerId">The one customer that the caller is bound to; null for the operator's side.</param>
/// <param name="Scopes">An API key's scopes; null for a person.</param>
/// <param name="Operator">A person's role on the operator's side.</param>
/// <param name="Member">A person's role for <paramref name="CustomerId"/>.</param>
public sealed record Actor(string Name, int? CustomerId, Scopes? Scopes, OperatorRole? Operator, MemberRole? Member)
{
    /// <summary>The system itself: jobs and the seed, which act for nobody.</summary>
    public static Actor System { get; } = new("system", null, Accounts.Scopes.Admin, null, null);

    /// <summary>An API key as a caller.</summary>
    public static Actor Of(ApiKey key) => key.AsActor();

    /// <summary>One of the operator's people as a caller.</summary>
    public static Actor OfOperator(string email, OperatorRole role) => new(email, null, null, role, null);

    /// <summary>A member as a caller for one customer.</summary>
    public static Actor OfMember(string email, int customerId, MemberRole role) => new(email, customerId, null, null, role);
}
