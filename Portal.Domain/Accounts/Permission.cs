namespace Portal.Domain.Accounts;

/// <summary>One thing that a caller may be allowed to do. Who may is told in <see cref="Gate"/> alone.</summary>
public enum Permission
{
    /// <summary>Send and void events.</summary>
    SendEvents,

    /// <summary>Read usage, spend and events.</summary>
    ReadUsage,

    /// <summary>Ask for access.</summary>
    ReadAccess,

    /// <summary>Hold room under a cap for work, and end that.</summary>
    Reserve,

    /// <summary>Read invoices, limits and alerts.</summary>
    ReadBilling,

    /// <summary>Set the cap, pause and resume for oneself.</summary>
    ManageLimits,

    /// <summary>Pay invoices, change a subscription.</summary>
    ManageBilling,

    /// <summary>Finalize and void drafts, record money that came in by bank: the operator's own, a customer never settles its own bill by hand.</summary>
    ManageInvoices,

    /// <summary>See the team.</summary>
    ReadTeam,

    /// <summary>Invite and remove members.</summary>
    ManageTeam,

    /// <summary>See API keys (never their secrets).</summary>
    ReadKeys,

    /// <summary>Make and revoke API keys.</summary>
    ManageKeys,

    /// <summary>Read meters and rate cards.</summary>
    ReadCatalog,

    /// <summary>Change meters and rate cards.</summary>
    ManageCatalog,

    /// <summary>See every customer.</summary>
    ReadCustomers,

    /// <summary>Create and change customers and their subscriptions.</summary>
    ManageCustomers,

    /// <summary>See outbox, jobs, audit and the operator's own keys.</summary>
    ReadOperations,

    /// <summary>Resend mails, run jobs, move the sandbox clock, make the operator's own keys, say who the seller is.</summary>
    ManageOperations,
}
