using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Accounts;

/// <summary>Makes and revokes API keys. The secret is told once, when it is made, and kept nowhere.</summary>
public sealed class ApiKeyWriter(IDbContextFactory<PortalDb> databases, Register register, BusinessClock clock)
{
    /// <summary>Makes a key that is bound to a customer.</summary>
    /// <returns>The key and its secret, which nobody can tell again.</returns>
    /// <exception cref="InvalidInputException">Where a scope is unknown, the operator's alone, or more than the caller has.</exception>
    public async Task<(ApiKey Key, string Secret)> CreateForCustomer(Actor actor, string customerKey, string name, IReadOnlyList<string> scopes, CancellationToken cancellation)
    {
        var customer = register.Now.Customer(actor, Permission.ManageKeys, customerKey).Customer;
        return await Create(actor, customer, name, scopes, cancellation);
    }

    /// <summary>Makes one of the operator's own keys.</summary>
    /// <returns>The key and its secret, which nobody can tell again.</returns>
    /// <exception cref="InvalidInputException">Where a scope is unknown.</exception>
    public async Task<(ApiKey Key, string Secret)> CreateForOperator(Actor actor, string name, IReadOnlyList<string> scopes, CancellationToken cancellation)
    {
        actor.Require(Permission.ManageOperations);
        return await Create(actor, null, name, scopes, cancellation);
    }

    /// <summary>Ends a customer's key at once. Ending it again changes nothing.</summary>
    /// <exception cref="Refusal">NotFound where this customer has no such key.</exception>
    public async Task<ApiKey> RevokeForCustomer(Actor actor, string customerKey, Guid id, CancellationToken cancellation)
    {
        var customer = register.Now.Customer(actor, Permission.ManageKeys, customerKey).Customer;
        return await Revoke(actor, customer.Id, id, cancellation);
    }

    /// <summary>Ends one of the operator's own keys at once. Ending it again changes nothing.</summary>
    /// <exception cref="Refusal">NotFound where the operator has no such key.</exception>
    public async Task<ApiKey> RevokeForOperator(Actor actor, Guid id, CancellationToken cancellation)
    {
        actor.Require(Permission.ManageOperations);
        return await Revoke(actor, null, id, cancellation);
    }

    private async Task<(ApiKey Key, string Secret)> Create(Actor actor, Customer? customer, string name, IReadOnlyList<string> scopes, CancellationToken cancellation)
    {
        var granted = Check(actor, customer, name, scopes);
        var secret = ApiKey.NewSecret(forCustomer: customer is not null);
        var now = clock.GetUtcNow();
        var key = new ApiKey
        {
            Name = name,
            Prefix = ApiKey.PrefixOf(secret),
            Hash = ApiKey.HashOf(secret),
            Scopes = granted,
            CustomerId = customer?.Id,
            CreatedAt = now,
            CreatedBy = actor.Name,
        };
        await using var db = await databases.CreateDbContextAsync(cancellation);
        db.ApiKeys.Add(key);
        db.AuditEntries.Add(AuditEntry.Of(actor, now, customer?.Id, "key.created", Words(key), string.Join(", ", granted.ToNames())));
        await register.Save(db, () => RegisterChange.Keys, cancellation);
        return (key, secret);
    }

    private static Scopes Check(Actor actor, Customer? customer, string name, IReadOnlyList<string> scopes)
    {
        var errors = new FieldErrors();
        PlainText.Check(name, "name", PlainText.NameMax, errors);
        if (scopes.Count == 0)
        {
            errors.Add("scopes", $"A key without a scope may do nothing: give some of {string.Join(", ", ScopeNames.All)}.");
        }

        var granted = Scopes.None;
        for (var i = 0; i < scopes.Count; i++)
        {
            var path = string.Create(CultureInfo.InvariantCulture, $"scopes[{i}]");
            if (ScopeNames.Find(scopes[i]) is not { } scope)
            {
                errors.Add(path, $"There is no scope '{scopes[i]}': use {string.Join(", ", ScopeNames.All)}.");
            }
            else if (customer is not null && Gate.IsOperatorsOwn(scope))
            {
                errors.Add(path, $"'{scopes[i]}' is for the operator's own keys: a customer's key never has it.");
            }
            else if (!actor.MayGrant(scope))
            {
                errors.Add(path, $"Your role may not do what '{scopes[i]}' allows, so you cannot give it to a key. Ask an owner.");
            }
            else
            {
                granted |= scope;
            }
        }

        errors.ThrowIfAny();
        return granted;
    }

    private async Task<ApiKey> Revoke(Actor actor, int? customerId, Guid id, CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var key = await db.ApiKeys.SingleOrDefaultAsync(candidate => candidate.Id == id && candidate.CustomerId == customerId, cancellation)
            ?? throw Refusal.NotFound("key", id.ToString());
        if (key.RevokedAt is null)
        {
            var now = clock.GetUtcNow();
            key.RevokedAt = now;
            db.AuditEntries.Add(AuditEntry.Of(actor, now, customerId, "key.revoked", Words(key)));
            await register.Save(db, () => RegisterChange.Keys, cancellation);
        }

        return key;
    }

    private static string Words(ApiKey key) => $"{key.Name} ({key.Prefix}…)";
}
