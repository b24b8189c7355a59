using System.Security.Claims;
using Microsoft.EntityFrameworkCore;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Accounts;

/// <summary>Says as whom a signed-in person acts, from the database on each call: a circuit outlives a role.</summary>
public sealed class ActorReader(IDbContextFactory<PortalDb> databases, TimeProvider machine)
{
    /// <summary>The person as one of the operator's people.</summary>
    /// <exception cref="Refusal">Forbidden where the person is not one of them, or no longer.</exception>
    public async Task<Actor> ForOperator(ClaimsPrincipal user, CancellationToken cancellation) =>
        await FindPerson(user, cancellation) is { OperatorRole: { } role } person
            ? Actor.OfOperator(person.Email!, role)
            : throw Refusal.Forbidden("These pages are for the operator's people. Ask an administrator for a role.");

    /// <summary>The person as a caller for one customer: by its role in that customer's team, by the link it came in with, or by its role on the operator's side.</summary>
    /// <exception cref="Refusal">NotFound where the person has none of these, as if there were no such customer.</exception>
    public async Task<Actor> ForCustomer(ClaimsPrincipal user, string customerKey, CancellationToken cancellation)
    {
        if (await FindVisit(user, cancellation) is { } visit && visit.Customer.Key == customerKey)
        {
            return Actor.OfMember($"a visitor by a link of {visit.CreatedBy}", visit.CustomerId, visit.Role);
        }

        var person = await FindPerson(user, cancellation);
        if (person?.Memberships.FirstOrDefault(member => member.Customer.Key == customerKey) is { } membership)
        {
            return Actor.OfMember(person.Email!, membership.CustomerId, membership.Role);
        }

        return person?.OperatorRole is { } role
            ? Actor.OfOperator(person.Email!, role)
            : throw Refusal.NotFound("customer", customerKey);
    }

    /// <summary>Where the person may go: the operator's side or not, and the customers whose teams it is in, by name.</summary>
    public async Task<Places> Places(ClaimsPrincipal user, CancellationToken cancellation)
    {
        if (await FindVisit(user, cancellation) is { } visit)
        {
            return new Places(null, [new CustomerPlace(visit.Customer.Key, visit.Customer.Name, visit.Role)]);
        }

        return await FindPerson(user, cancellation) is { } person
            ? new Places(person.OperatorRole, [.. person.Memberships
                .OrderBy(member => member.Customer.Name, StringComparer.Ordinal)
                .Select(member => new CustomerPlace(member.Customer.Key, member.Customer.Name, member.Role))])
            : new Places(null, []);
    }

    /// <summary>Whether a cookie belongs to a visit by a link, and if so, whether that visit still lasts; null where a person signed in.</summary>
    public async Task<bool?> VisitLasts(ClaimsPrincipal user, CancellationToken cancellation) =>
        user.HasClaim(claim => claim.Type == PortalSession.Claim) ? await FindVisit(user, cancellation) is not null : null;

    private async Task<PortalSession?> FindVisit(ClaimsPrincipal user, CancellationToken cancellation)
    {
        if (!Guid.TryParse(user.FindFirstValue(PortalSession.Claim), out var id))
        {
            return null;
        }

        var now = machine.GetUtcNow();
        await using var db = await databases.CreateDbContextAsync(cancellation);
        return await db.PortalSessions.AsNoTracking().Include(session => session.Customer)
            .SingleOrDefaultAsync(session => session.Id == id && session.EndsAt > now, cancellation);
    }

    private async Task<PortalUser?> FindPerson(ClaimsPrincipal user, CancellationToken cancellation)
    {
        if (!Guid.TryParse(user.FindFirstValue(ClaimTypes.NameIdentifier), out var id))
        {
            return null;
        }

        await using var db = await databases.CreateDbContextAsync(cancellation);
        return await db.Users.AsNoTracking()
            .Include(person => person.Memberships).ThenInclude(member => member.Customer)
            .SingleOrDefaultAsync(person => person.Id == id, cancellation);
    }
}

/// <summary>Where a signed-in person may go.</summary>
/// <param name="Operator">The role on the operator's side; null for none.</param>
/// <param name="Customers">The customers whose teams the person is in.</param>
public sealed record Places(OperatorRole? Operator, IReadOnlyList<CustomerPlace> Customers)
{
    /// <summary>The customer that the person's pages and files are about: the chosen one, else the first; null where there is none.</summary>
    public CustomerPlace? Find(string? chosen) => Customers.FirstOrDefault(place => place.Key == chosen) ?? (Customers is [var first, ..] ? first : null);

    /// <summary>The same, where there has to be one.</summary>
    /// <exception cref="Refusal">Forbidden where the person is in no customer's team.</exception>
    public CustomerPlace Pick(string? chosen) =>
        Find(chosen) ?? throw Refusal.Forbidden("You are in no customer's team. Ask an owner of yours for an invitation.");
}

/// <summary>A customer whose team a person is in.</summary>
/// <param name="Key">The customer's key.</param>
/// <param name="Name">The customer's name.</param>
/// <param name="Role">The person's role in the team.</param>
public sealed record CustomerPlace(string Key, string Name, MemberRole Role);
