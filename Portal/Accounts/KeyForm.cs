namespace Portal.Accounts;

/// <summary>The fields of a new key as a person fills them in.</summary>
internal sealed class KeyForm
{
    /// <summary>What a customer's key can be given, with the words for it.</summary>
    public static IReadOnlyList<(string Name, string Words)> Offered { get; } =
    [
        ("events:write", "Send and take back events"),
        ("usage:read", "Read usage, spend and events"),
        ("access:read", "Ask whether access is open"),
        ("billing:read", "Read invoices, limits and alerts"),
        ("billing:write", "Change the cap, pause and resume"),
    ];

    /// <summary>The key's name.</summary>
    public string Name { get; set; } = "";

    /// <summary>The scopes that are chosen.</summary>
    public HashSet<string> Scopes { get; } = ["events:write"];

    /// <summary>Chooses a scope, or leaves it out.</summary>
    public void Choose(string scope, bool isChosen)
    {
        if (isChosen)
        {
            Scopes.Add(scope);
        }
        else
        {
            Scopes.Remove(scope);
        }
    }
}
