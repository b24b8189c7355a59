using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Portal.Domain.Accounts;
using Portal.Domain.Alerts;
using Portal.Domain.Catalog;
using Portal.Domain.Invoicing;
using Portal.Domain.Limits;
using Portal.Domain.Metering;
using Portal.Domain.Metering.Spooling;
using Portal.Domain.Rating;
using Portal.Domain.Storage;
using Portal.Domain.Tests.Metering;
using Portal.Domain.Values;
using Portal.Tests.Shared;

namespace Portal.Domain.Tests.Limits;

/// <summary>Limits on a real database, over real metering: a dollar a token, a monthly fee of $7 that no cap counts, 500 calls in the feature "api".</summary>
public sealed class LimitsSystem : IAsyncLifetime
{
    public static readonly PortalOptions Options = new() { PublicUrl = "https://billing.example.com" };

    private readonly ConcurrentDictionary<int, int> _sent = new();
    private int _cardId;

    public MeteringSystem Metering { get; } = new();

    public TestDatabase Database => Metering.Database;

    public BusinessClock Clock => Metering.Clock;

    public Register Register => Metering.Register;

    public OutboxBell Bell { get; } = new();

    public UsageFeed Feed { get; } = new(NullLogger<UsageFeed>.Instance);

    public SpendReader Spends { get; private set; } = null!;

    public AccessBook Access { get; private set; } = null!;

    /// <summary>What waits on the host's disk.</summary>
    public WaitingUsage Waiting { get; private set; } = null!;

    public LimitWriter Limits { get; private set; } = null!;

    public PauseWriter Pauses { get; private set; } = null!;

    public LimitAlerts Alerts { get; private set; } = null!;

    public AlarmWriter Alarms { get; private set; } = null!;

    public SpikeWatch Watch { get; private set; } = null!;

    /// <summary>Not started: tests bring customers up to date themselves.</summary>
    public SpendMeter Meter { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        await Metering.InitializeAsync();
        Spends = new SpendReader(Register, Metering.Usage, new EachValueReader(Register), Clock);
        Waiting = new WaitingUsage(Register);
        Access = new AccessBook(Register, new KnownSpends(Waiting, Spends), Options, Clock, NullLogger<AccessBook>.Instance);
        Limits = new LimitWriter(Register, Database, Spends, Clock);
        Pauses = new PauseWriter(Register, Database, Clock);
        Alerts = NewAlerts();
        Alarms = new AlarmWriter(Database, Clock, NullLogger<AlarmWriter>.Instance);
        Watch = NewWatch();
        Meter = NewMeter();
        await using var db = Database.CreateDbContext();
        var card = new RateCard { Key = "payg" };
        card.Versions.Add(new RateCardVersion { Number = 1, EffectiveFrom = MeteringSystem.Start, PublishedAt = MeteringSystem.Start, PublishedBy = "test", Content = Content() });
        db.RateCards.Add(card);
        await Register.Save(db, () => RegisterChange.Catalog, CancellationToken.None);
        _cardId = card.Id;
    }

    public async Task DisposeAsync()
    {
        Meter.Dispose();
        Alarms.Dispose();
        Bell.Dispose();
        await Metering.DisposeAsync();
    }

    /// <summary>A node of its own: it remembers nothing that another one recorded.</summary>
    public LimitAlerts NewAlerts() => new(Database, new PortalLinks(Options), Bell, Clock, TimeProvider.System);

    public IncludedAlerts NewIncluded() => new(Database, Register, new PortalLinks(Options), Bell, Clock, TimeProvider.System);

    public UsageLimitAlerts NewParts() => new(Database, Register, new PortalLinks(Options), Bell, Clock, TimeProvider.System);

    public SpikeWatch NewWatch() => new(
        Database, Register, new ActivityReader(Database.Source, Register, new UsageHistory(Database.Source, Register)), Pauses, Alarms,
        new PortalLinks(Options), Bell, Clock, TimeProvider.System, NullLogger<SpikeWatch>.Instance);

    public SpendMeter NewMeter() => new(
        Register, Metering.Changes, Spends, Access, Alerts, NewIncluded(), NewParts(), Watch, [], Feed, new UsageVersions(Database), TimeProvider.System, NullLogger<SpendMeter>.Instance);

    /// <summary>A new customer on the card, with periods from the first of each month.</summary>
    public async Task<Customer> Customer(string timeZone = "UTC")
    {
        var customer = await Metering.Customer(timeZone);
        await using var db = Database.CreateDbContext();
        var start = new DateTimeOffset(Clock.GetUtcNow().Year, Clock.GetUtcNow().Month, 1, 0, 0, 0, TimeSpan.Zero);
        var subscription = new Subscription { CustomerId = customer.Id, StartsAt = start, AnchorDay = 1, Interval = BillingInterval.Month, BilledUntil = start };
        subscription.Phases.Add(new SubscriptionPhase { From = start, RateCardId = _cardId });
        db.Subscriptions.Add(subscription);
        await Register.Save(db, () => RegisterChange.Of(customer), CancellationToken.None);
        return customer;
    }

    /// <summary>Uses tokens, each of which costs a dollar.</summary>
    public Task<EventBatch> Use(Customer customer, decimal dollars) =>
        Metering.Send(MeteringSystem.Event(customer, string.Create(CultureInfo.InvariantCulture, $"e{_sent.AddOrUpdate(customer.Id, 1, (_, n) => n + 1)}"), dollars));

    public Task<SpendingLimit> Cap(Customer customer, LimitTerms terms, Actor? actor = null) =>
        Limits.Set(actor ?? Actor.System, customer.Key, terms, CancellationToken.None);

    public Task BringUpToDate(Customer customer) => Meter.BringUpToDate(customer.Id, CancellationToken.None);

    public async Task<Spend> Spend(Customer customer) => (await Spends.Current(Register.Now.ById[customer.Id], CancellationToken.None))!;

    public AccessAnswer Answer(Customer customer, string? feature = null) => Access.Answer(Actor.System, customer.Key, feature);

    private static RateCardContent Content() => new(
        "Pay as you go", "USD", BillingInterval.Month,
        [
            new Price("tokens", "Tokens", "tokens", new Dictionary<string, string>(), null, null, new PriceTerms(new PerUnitRate(1))),
            new Price("fee", "Fee", null, new Dictionary<string, string>(), "arrears", null, new PriceTerms(new FlatRate(7))),
        ],
        [new Feature("api", 500, "calls"), new Feature("chat", null, null)], 0, BillingTerms.Default);
}
