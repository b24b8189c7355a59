namespace Portal.Accounts;

/// <summary>Who did something, as a customer's people read it.</summary>
internal static class ActorWords
{
    /// <summary>A person's address or a key's name; what the operator's machines and the system did is the provider's doing.</summary>
    internal static string Of(string actor) =>
        actor == Domain.Accounts.Actor.System.Name || actor.Contains("(sk_", StringComparison.Ordinal) ? "your provider" : actor;
}
