using System.Collections.Immutable;
using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Catalog;
using Portal.Domain.Invoicing;
using Portal.Domain.Limits;

namespace Portal.Domain.Storage;

/// <summary>Keys, customers, meters, cards and the seller, held in memory: checks cost no query, and go on while the database is away.</summary>
/// <remarks>
/// The state is immutable and swapped whole, so a reader sees one consistent moment. What it holds is read without tracking and must not be changed.
/// A change is saved through <see cref="Save"/>, which tells the other processes in the same transaction.
/// </remarks>
public sealed class Register(IDbContextFactory<PortalDb> databases) : IDisposable
{
    /// <summary>The PostgreSQL channel on which processes tell each other what changed.</summary>
    public const string Channel = "portal_register";

    private readonly SemaphoreSlim _turn = new(1, 1);
    private RegisterState _state = RegisterState.Empty;

    /// <summary>The state as of now.</summary>
    public RegisterState Now => Volatile.Read(ref _state);

    /// <summary>Whether it was read from the database since the start.</summary>
    public bool IsRead { get; private set; }

    /// <summary>Raised after the state changed, with what changed; handlers must be quick and must not throw.</summary>
    public event Action<RegisterChange>? Changed;

    /// <summary>Saves what <paramref name="db"/> tracks in one transaction, tells the other processes, and takes the change into memory.</summary>
    /// <param name="db">The context with the changes; a transaction that is open on it is committed here.</param>
    /// <param name="change">Called after saving, when new rows have their numbers.</param>
    /// <param name="cancellation">Gives up before the commit; after it, the change is in.</param>
    public async Task Save(PortalDb db, Func<RegisterChange> change, CancellationToken cancellation)
    {
        var transaction = db.Database.CurrentTransaction ?? await db.Database.BeginTransactionAsync(cancellation);
        await using (transaction)
        {
            await db.SaveChangesAsync(cancellation);
            await db.Database.ExecuteSqlAsync($"SELECT pg_notify({Channel}, {change().ToString()})", cancellation);
            // Cut off in the middle, nobody could say whether it is in.
            await transaction.CommitAsync(CancellationToken.None);
        }

        try
        {
            await Apply(change(), CancellationToken.None);
        }
        catch (Exception failure) when (DatabaseAway.Is(failure))
        {
            // The change is in. Its notification is lost to us with the connection, and the listener reads everything again when it is back.
        }
    }

    /// <summary>Reads what a change concerns again.</summary>
    public async Task Apply(RegisterChange change, CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation);
        try
        {
            await using var db = await databases.CreateDbContextAsync(cancellation);
            var next = change.Kind switch
            {
                RegisterChangeKind.Everything => await ReadAll(db, cancellation),
                RegisterChangeKind.Customer => await ReadCustomer(db, Now, change.CustomerId!.Value, cancellation),
                RegisterChangeKind.Keys => Now with { Keys = await ReadKeys(db, cancellation) },
                RegisterChangeKind.Catalog => await ReadCatalog(db, Now, cancellation),
                RegisterChangeKind.Company => Now with { Company = await ReadCompany(db, cancellation), TaxRates = await ReadTaxRates(db, cancellation) },
            };
            Volatile.Write(ref _state, next);
            IsRead |= change.Kind == RegisterChangeKind.Everything;
        }
        finally
        {
            _turn.Release();
        }

        Changed?.Invoke(change);
    }

    /// <summary>Takes what a snapshot kept, for a start without the database: enough to know callers and to check events.</summary>
    internal void Restore(IEnumerable<ApiKey> keys, IEnumerable<CustomerEntry> customers, ImmutableArray<Meter> meters)
    {
        var entries = customers.ToList();
        Volatile.Write(ref _state, RegisterState.Empty with
        {
            ByKey = entries.ToImmutableDictionary(entry => entry.Customer.Key, StringComparer.Ordinal),
            ById = entries.ToImmutableDictionary(entry => entry.Customer.Id),
            Keys = ByHash(keys),
            Meters = meters,
            MetersByType = ByType(meters),
        });
    }

    /// <inheritdoc />
    public void Dispose() => _turn.Dispose();

    private static async Task<RegisterState> ReadAll(PortalDb db, CancellationToken cancellation)
    {
        var subscriptions = await NewestSubscriptions(db).ToDictionaryAsync(subscription => subscription.CustomerId, cancellation);
        var limits = await db.SpendingLimits.AsNoTracking().ToDictionaryAsync(limit => limit.CustomerId, cancellation);
        var pauses = (await db.Pauses.AsNoTracking().Where(pause => pause.ResumedAt == null).ToListAsync(cancellation))
            .ToLookup(pause => pause.CustomerId);
        var forgiven = (await db.ForgivenUsage.AsNoTracking().ToListAsync(cancellation)).ToLookup(usage => usage.CustomerId);
        var limitsOfParts = (await db.UsageLimits.AsNoTracking().ToListAsync(cancellation)).ToLookup(limit => limit.CustomerId);
        var forgivenParts = (await db.ForgivenParts.AsNoTracking().ToListAsync(cancellation)).ToLookup(part => part.CustomerId);
        var rules = await db.SpikeSettings.AsNoTracking().ToDictionaryAsync(setting => setting.CustomerId, cancellation);
        var customers = await db.Customers.AsNoTracking().ToListAsync(cancellation);
        var entries = customers.ConvertAll(customer => new CustomerEntry(
            customer,
            subscriptions.GetValueOrDefault(customer.Id),
            limits.GetValueOrDefault(customer.Id),
            [.. pauses[customer.Id].OrderBy(pause => pause.Cause)])
        {
            Forgiven = [.. forgiven[customer.Id]],
            Limits = [.. limitsOfParts[customer.Id].OrderBy(limit => limit.Key, StringComparer.Ordinal)],
            ForgivenParts = [.. forgivenParts[customer.Id]],
            Spike = rules.GetValueOrDefault(customer.Id)?.Rule ?? SpikeRule.Default,
        });

        var state = RegisterState.Empty with
        {
            ByKey = entries.ToImmutableDictionary(entry => entry.Customer.Key, StringComparer.Ordinal),
            ById = entries.ToImmutableDictionary(entry => entry.Customer.Id),
            Keys = await ReadKeys(db, cancellation),
            Company = await ReadCompany(db, cancellation),
            TaxRates = await ReadTaxRates(db, cancellation),
        };
        return await ReadCatalog(db, state, cancellation);
    }

    private static async Task<RegisterState> ReadCustomer(PortalDb db, RegisterState state, int id, CancellationToken cancellation)
    {
        var entry = await ReadEntry(db, id, cancellation);
        return state with { ByKey = state.ByKey.SetItem(entry.Customer.Key, entry), ById = state.ById.SetItem(id, entry) };
    }

    /// <summary>A customer as the caller's transaction sees it: for decisions that must not rest on what another process has changed meanwhile.</summary>
    internal static async Task<CustomerEntry> ReadEntry(PortalDb db, int id, CancellationToken cancellation) => new(
        await db.Customers.AsNoTracking().SingleAsync(customer => customer.Id == id, cancellation),
        await NewestSubscriptions(db).SingleOrDefaultAsync(subscription => subscription.CustomerId == id, cancellation),
        await db.SpendingLimits.AsNoTracking().SingleOrDefaultAsync(limit => limit.CustomerId == id, cancellation),
        [.. (await db.Pauses.AsNoTracking().Where(pause => pause.CustomerId == id && pause.ResumedAt == null).ToListAsync(cancellation)).OrderBy(pause => pause.Cause)])
    {
        Forgiven = [.. await db.ForgivenUsage.AsNoTracking().Where(usage => usage.CustomerId == id).ToListAsync(cancellation)],
        Limits = [.. (await db.UsageLimits.AsNoTracking().Where(limit => limit.CustomerId == id).ToListAsync(cancellation)).OrderBy(limit => limit.Key, StringComparer.Ordinal)],
        ForgivenParts = [.. await db.ForgivenParts.AsNoTracking().Where(part => part.CustomerId == id).ToListAsync(cancellation)],
        Spike = (await db.SpikeSettings.AsNoTracking().SingleOrDefaultAsync(setting => setting.CustomerId == id, cancellation))?.Rule ?? SpikeRule.Default,
    };

    private static IQueryable<Subscription> NewestSubscriptions(PortalDb db) =>
        db.Subscriptions.AsNoTracking().Include(subscription => subscription.Phases)
            .Where(subscription => !db.Subscriptions.Any(newer => newer.CustomerId == subscription.CustomerId && newer.Id > subscription.Id));

    private static async Task<ImmutableDictionary<string, ApiKey>> ReadKeys(PortalDb db, CancellationToken cancellation) =>
        ByHash(await db.ApiKeys.AsNoTracking().Where(key => key.RevokedAt == null).ToListAsync(cancellation));

    private static ImmutableDictionary<string, ApiKey> ByHash(IEnumerable<ApiKey> keys) =>
        keys.ToImmutableDictionary(key => Convert.ToHexString(key.Hash), StringComparer.Ordinal);

    private static async Task<CompanyDetails?> ReadCompany(PortalDb db, CancellationToken cancellation) =>
        (await db.Companies.AsNoTracking().SingleOrDefaultAsync(cancellation))?.Details;

    private static async Task<ImmutableDictionary<string, TaxRate>> ReadTaxRates(PortalDb db, CancellationToken cancellation) =>
        (await db.TaxRates.AsNoTracking().ToListAsync(cancellation)).ToImmutableDictionary(rate => rate.Country, StringComparer.Ordinal);

    private static async Task<RegisterState> ReadCatalog(PortalDb db, RegisterState state, CancellationToken cancellation)
    {
        var meters = await db.Meters.AsNoTracking().OrderBy(meter => meter.Key).ToListAsync(cancellation);
        var cards = await db.RateCards.AsNoTracking().Include(card => card.Versions).OrderBy(card => card.Key).ToListAsync(cancellation);
        return state with
        {
            Meters = [.. meters],
            MetersByType = ByType(meters),
            Cards = [.. cards],
        };
    }

    private static ImmutableDictionary<string, ImmutableArray<Meter>> ByType(IEnumerable<Meter> meters) => meters
        .SelectMany(meter => meter.Types.Select(type => (type.Type, Meter: meter)))
        .GroupBy(read => read.Type, read => read.Meter, StringComparer.Ordinal)
        .ToImmutableDictionary(group => group.Key, group => group.ToImmutableArray(), StringComparer.Ordinal);
}
