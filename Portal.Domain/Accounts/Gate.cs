using Portal.Domain.Values;

namespace Portal.Domain.Accounts;

/// <summary>The one place that says who may do what. Every reader and writer of the domain asks it first, on every call.</summary>
/// <remarks>A circuit outlives a role, so the answer is never kept: the caller's role is read anew for each action.</remarks>
public static class Gate
{
    /// <summary>Lets a caller through who may do <paramref name="permission"/> for this customer.</summary>
    /// <exception cref="Refusal">NotFound where the customer is not the caller's, so that nothing leaks; Forbidden where the role or scope does not do.</exception>
    public static void Require(this Actor actor, Permission permission, Customer customer)
    {
        if (!actor.Sees(customer.Id))
        {
            throw Refusal.NotFound("customer", customer.Key);
        }

        actor.Require(permission);
    }

    /// <summary>Lets a caller through who may do <paramref name="permission"/> at all.</summary>
    /// <exception cref="Refusal">Forbidden, naming what is missing.</exception>
    public static void Require(this Actor actor, Permission permission)
    {
        if (!actor.May(permission))
        {
            throw Refusal.Forbidden(actor.CustomerId is not null && IsOperatorsOwn(permission)
                ? $"This is the operator's to do, not a customer's ({Words(permission)})."
                : actor.Scopes is null
                ? $"Your role does not allow this ({Words(permission)}). Ask an owner or an administrator."
                : $"This key lacks the scope for this: it needs '{ScopesFor(permission).ToNames()[0]}'.");
        }
    }

    /// <summary>Whether the caller may look at this customer at all.</summary>
    public static bool Sees(this Actor actor, int customerId) => actor.CustomerId is null || actor.CustomerId == customerId;

    /// <summary>Whether the caller's scopes or role allow <paramref name="permission"/>.</summary>
    public static bool May(this Actor actor, Permission permission)
    {
        // A customer's caller never acts for the operator, whatever scopes its key was given.
        if (actor.CustomerId is not null && IsOperatorsOwn(permission))
        {
            return false;
        }

        if (actor.Scopes is { } scopes)
        {
            return (scopes & (Scopes.Admin | ScopesFor(permission))) != 0;
        }

        return actor switch
        {
            { Operator: { } role } => OperatorMay(role, permission),
            { Member: { } role } => MemberMay(role, permission),
            _ => false,
        };
    }

    private static bool IsOperatorsOwn(Permission permission) => permission is
        Permission.ManageInvoices or Permission.ManageCatalog or Permission.ReadCustomers or Permission.ManageCustomers
        or Permission.ReadOperations or Permission.ManageOperations;

    /// <summary>Whether the caller may give a scope to a key: only where it may do everything itself that the scope would allow that key.</summary>
    public static bool MayGrant(this Actor actor, Scopes scope) => Enum.GetValues<Permission>()
        .Where(permission => scope == Scopes.Admin || ScopesFor(permission) == scope)
        .Where(permission => actor.CustomerId is null || !IsOperatorsOwn(permission))
        .All(actor.May);

    /// <summary>Whether a scope is for the operator's own keys alone.</summary>
    public static bool IsOperatorsOwn(Scopes scope) => scope is Scopes.Admin or Scopes.CatalogWrite;

    /// <summary>The scopes of which a key needs one.</summary>
    public static Scopes ScopesFor(Permission permission) => permission switch
    {
        Permission.SendEvents => Scopes.EventsWrite,
        Permission.ReadUsage => Scopes.UsageRead,
        Permission.ReadAccess => Scopes.AccessRead,
        Permission.Reserve => Scopes.AccessWrite,
        Permission.ReadBilling => Scopes.BillingRead,
        Permission.ManageLimits or Permission.ManageBilling or Permission.ManageInvoices => Scopes.BillingWrite,
        Permission.ReadCatalog => Scopes.UsageRead | Scopes.CatalogWrite,
        Permission.ManageCatalog => Scopes.CatalogWrite,
        Permission.ReadTeam or Permission.ManageTeam or Permission.ReadKeys or Permission.ManageKeys
            or Permission.ReadCustomers or Permission.ManageCustomers
            or Permission.ReadOperations or Permission.ManageOperations => Scopes.Admin,
    };

    private static bool OperatorMay(OperatorRole role, Permission permission) => role switch
    {
        OperatorRole.Admin => true,
        OperatorRole.Finance => IsRead(permission) || permission is
            Permission.ManageBilling or Permission.ManageInvoices or Permission.ManageLimits or Permission.ManageCustomers or Permission.ManageCatalog,
        OperatorRole.Support => IsRead(permission),
    };

    private static bool MemberMay(MemberRole role, Permission permission) => role switch
    {
        MemberRole.Owner => true,
        MemberRole.Billing => IsRead(permission) || permission is Permission.ManageLimits or Permission.ManageBilling,
        MemberRole.Developer => IsRead(permission) || permission is Permission.ManageKeys or Permission.SendEvents or Permission.Reserve,
        MemberRole.Viewer => IsRead(permission),
    };

    private static bool IsRead(Permission permission) => permission is
        Permission.ReadUsage or Permission.ReadAccess or Permission.ReadBilling or Permission.ReadTeam or Permission.ReadKeys
        or Permission.ReadCatalog or Permission.ReadCustomers or Permission.ReadOperations;

    private static string Words(Permission permission) => permission switch
    {
        Permission.SendEvents => "sending events",
        Permission.ReadUsage => "reading usage",
        Permission.ReadAccess => "asking for access",
        Permission.Reserve => "reserving usage",
        Permission.ReadBilling => "reading invoices and limits",
        Permission.ManageLimits => "changing limits",
        Permission.ManageBilling => "changing billing",
        Permission.ManageInvoices => "issuing invoices",
        Permission.ReadTeam => "seeing the team",
        Permission.ManageTeam => "changing the team",
        Permission.ReadKeys => "seeing API keys",
        Permission.ManageKeys => "making and revoking API keys",
        Permission.ReadCatalog => "reading the catalog",
        Permission.ManageCatalog => "changing meters and rate cards",
        Permission.ReadCustomers => "seeing customers",
        Permission.ManageCustomers => "changing customers",
        Permission.ReadOperations => "seeing operations",
        Permission.ManageOperations => "running operations",
    };
}
