namespace Portal.Domain.Accounts;

/// <summary>What an API key may do, as API.md's table of scopes has it.</summary>
[Flags]
public enum Scopes
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Send and void events (<c>events:write</c>).</summary>
    EventsWrite = 1,

    /// <summary>Read usage, spend and events, preview ratings (<c>usage:read</c>).</summary>
    UsageRead = 2,

    /// <summary>Ask for access (<c>access:read</c>).</summary>
    AccessRead = 4,

    /// <summary>Reserve usage (<c>access:write</c>).</summary>
    AccessWrite = 8,

    /// <summary>Read invoices, credits and alerts (<c>billing:read</c>).</summary>
    BillingRead = 16,

    /// <summary>Change invoices, limits, subscription and payment method (<c>billing:write</c>).</summary>
    BillingWrite = 32,

    /// <summary>Change meters and rate cards (<c>catalog:write</c>).</summary>
    CatalogWrite = 64,

    /// <summary>Everything (<c>admin</c>).</summary>
    Admin = 128,
}

/// <summary>The wire names of the scopes.</summary>
public static class ScopeNames
{
    private static readonly (string Name, Scopes Scope)[] s_names =
    [
        ("events:write", Scopes.EventsWrite),
        ("usage:read", Scopes.UsageRead),
        ("access:read", Scopes.AccessRead),
        ("access:write", Scopes.AccessWrite),
        ("billing:read", Scopes.BillingRead),
        ("billing:write", Scopes.BillingWrite),
        ("catalog:write", Scopes.CatalogWrite),
        ("admin", Scopes.Admin),
    ];

    /// <summary>Every scope's wire name, in the order of API.md.</summary>
    public static IEnumerable<string> All => s_names.Select(pair => pair.Name);

    /// <summary>The wire names in a set of scopes.</summary>
    public static IReadOnlyList<string> ToNames(this Scopes scopes) =>
        [.. s_names.Where(pair => scopes.HasFlag(pair.Scope)).Select(pair => pair.Name)];

    /// <summary>The scope of a wire name; null for a name that is none.</summary>
    public static Scopes? Find(string name) =>
        s_names.Where(pair => pair.Name == name).Select(pair => (Scopes?)pair.Scope).FirstOrDefault();
}
