using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Metering;

/// <summary>Reads the operator's inbox: events that were rejected because no meter reads their type, or because their customer does not exist.</summary>
public sealed class UnknownEventReader(IDbContextFactory<PortalDb> databases, Register register)
{
    /// <summary>The most types that are listed.</summary>
    public const int TypesMax = 50;

    /// <summary>The most customers that are listed.</summary>
    public const int CustomersMax = 50;

    /// <summary>The types that wait for a meter, those with the most events first.</summary>
    /// <exception cref="Refusal">Forbidden by the gate.</exception>
    public async Task<IReadOnlyList<UnknownType>> Types(Actor actor, CancellationToken cancellation)
    {
        actor.Require(Permission.ReadOperations);
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var types = await db.UnknownEvents
            .GroupBy(waiting => waiting.Type)
            .Select(waiting => new
            {
                Type = waiting.Key,
                Events = waiting.Count(),
                Customers = waiting.Select(one => one.CustomerId).Distinct().Count(),
                Newest = waiting.Max(one => one.Id),
                First = waiting.Min(one => one.ReceivedAt),
            })
            .OrderByDescending(waiting => waiting.Events).ThenBy(waiting => waiting.Type)
            .Take(TypesMax)
            .ToListAsync(cancellation);

        var newest = types.ConvertAll(type => type.Newest);
        var samples = await db.UnknownEvents.AsNoTracking().Where(waiting => newest.Contains(waiting.Id))
            .ToDictionaryAsync(waiting => waiting.Type, StringComparer.Ordinal, cancellation);
        return types.ConvertAll(type => new UnknownType(
            type.Type, type.Events, type.Customers, type.First, samples[type.Type], register.Now.MetersByType.ContainsKey(type.Type)));
    }

    /// <summary>The customers that events were sent for and that do not exist, the last one that was named first.</summary>
    /// <exception cref="Refusal">Forbidden by the gate.</exception>
    public async Task<IReadOnlyList<UnknownCustomerRow>> Customers(Actor actor, CancellationToken cancellation)
    {
        actor.Require(Permission.ReadOperations);
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var unknown = await db.UnknownCustomers.AsNoTracking()
            .OrderByDescending(customer => customer.LastAt).ThenBy(customer => customer.Key)
            .Take(CustomersMax)
            .ToListAsync(cancellation);
        return unknown.ConvertAll(customer => new UnknownCustomerRow(customer, register.Now.ByKey.ContainsKey(customer.Key)));
    }

    /// <summary>How many types wait for a meter.</summary>
    /// <exception cref="Refusal">Forbidden by the gate.</exception>
    public async Task<int> Count(Actor actor, CancellationToken cancellation)
    {
        actor.Require(Permission.ReadOperations);
        await using var db = await databases.CreateDbContextAsync(cancellation);
        return await db.UnknownEvents.Select(waiting => waiting.Type).Distinct().CountAsync(cancellation);
    }
}

/// <summary>A type of event that no meter reads.</summary>
/// <param name="Type">The type.</param>
/// <param name="Events">How many events of it wait.</param>
/// <param name="Customers">For how many customers they were sent.</param>
/// <param name="FirstAt">When the oldest of them was received, in business time; it is thrown away 7 days later.</param>
/// <param name="Sample">The one that came last.</param>
/// <param name="HasMeter">Whether a meter reads the type by now, so that the events can be counted.</param>
public sealed record UnknownType(string Type, int Events, int Customers, DateTimeOffset FirstAt, UnknownEvent Sample, bool HasMeter);

/// <summary>A customer that events were sent for and that did not exist then.</summary>
/// <param name="Customer">Its key, with how many events were rejected and when.</param>
/// <param name="Exists">Whether there is a customer of that key by now.</param>
public sealed record UnknownCustomerRow(UnknownCustomer Customer, bool Exists);
