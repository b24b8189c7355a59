using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.WebUtilities;
using Portal.Domain.Accounts;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Accounts;

/// <summary>The person who looks at a page, for the pages: as whom it acts, read anew on each call, because a circuit outlives a role.</summary>
/// <remarks>Scoped: one per request, and one per circuit.</remarks>
public sealed class Caller(AuthenticationStateProvider authentication, ActorReader actors, Register register, NavigationManager navigation)
{
    private string? _chosen;

    private const string OperatorsCustomers = "admin/customers/";

    private string? Named =>
        QueryHelpers.ParseQuery(new Uri(navigation.Uri).Query).TryGetValue("customer", out var key) && key is [{ Length: > 0 } first, ..] ? first : null;

    // What stands on the operator's page of a customer is about that customer, also the parts that stand on the customer's own pages.
    private string? Operated => navigation.ToBaseRelativePath(navigation.Uri) is var path && path.StartsWith(OperatorsCustomers, StringComparison.Ordinal)
        ? Uri.UnescapeDataString(path[OperatorsCustomers.Length..].Split('/', '?', '#')[0])
        : null;

    /// <summary>Notes which of its customers the person has chosen; what is not its own is never picked.</summary>
    public void Choose(string? customerKey) => _chosen = customerKey;

    /// <summary>Where the person may go.</summary>
    public async Task<Places> Places(CancellationToken cancellation) =>
        await actors.Places((await authentication.GetAuthenticationStateAsync()).User, cancellation);

    /// <summary>The customer among these that the customer's pages are about: the chosen one, else the first; null where there is none.</summary>
    public CustomerPlace? Pick(Places? places) => places?.Find(_chosen);

    /// <summary>The person for the customer that the customer's pages are about: the one that the address names (<c>?customer=acme</c>, as links in mails and
    /// the operator's pages do), else the person's own. On the operator's page of a customer, as one of the operator's people.</summary>
    /// <exception cref="Refusal">NotFound where the address names a customer that is not the person's; Forbidden where the person is in no team, or no longer.</exception>
    public async Task<CustomerCaller> AsMember(CancellationToken cancellation)
    {
        if ((Operated ?? Named) is { } named)
        {
            var actor = Operated is null ? await For(named, cancellation) : await AsOperator(cancellation);
            return register.Now.ByKey.TryGetValue(named, out var entry)
                ? new CustomerCaller(actor, named, entry.Customer.Name)
                : throw Refusal.NotFound("customer", named);
        }

        var place = (await Places(cancellation)).Pick(_chosen);
        return new CustomerCaller(await For(place.Key, cancellation), place.Key, place.Name);
    }

    /// <summary>The person as one of the operator's people: for the operator's pages.</summary>
    /// <exception cref="Refusal">Forbidden where the person is not one of them, or no longer.</exception>
    public async Task<Actor> AsOperator(CancellationToken cancellation) =>
        await actors.ForOperator((await authentication.GetAuthenticationStateAsync()).User, cancellation);

    /// <summary>The person for one customer, by the customer's key.</summary>
    /// <exception cref="Refusal">NotFound where the person has nothing to do with that customer.</exception>
    public async Task<Actor> For(string customerKey, CancellationToken cancellation) =>
        await actors.ForCustomer((await authentication.GetAuthenticationStateAsync()).User, customerKey, cancellation);
}

/// <summary>A person in a customer's team.</summary>
/// <param name="Actor">As whom it acts.</param>
/// <param name="Key">The customer's key.</param>
/// <param name="Name">The customer's name.</param>
public sealed record CustomerCaller(Actor Actor, string Key, string Name);
