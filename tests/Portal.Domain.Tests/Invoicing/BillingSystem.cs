using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Portal.Domain.Accounts;
using Portal.Domain.Alerts;
using Portal.Domain.Catalog;
using Portal.Domain.Invoicing;
using Portal.Domain.Metering;
using Portal.Domain.Rating;
using Portal.Domain.Storage;
using Portal.Domain.Values;
using Portal.Tests.Shared;

namespace Portal.Domain.Tests.Invoicing;

/// <summary>The whole domain on a database of its own, with a business clock that stands still until it is walked.</summary>
internal sealed class BillingSystem : IAsyncDisposable
{
    private readonly ServiceProvider _services;
    private int _events;
    private int _made;

    private BillingSystem(TestDatabase database, ServiceProvider services)
    {
        (Database, _services) = (database, services);
    }

    public TestDatabase Database { get; }

    public BusinessClock Clock => Get<BusinessClock>();

    /// <summary>Starts one whose clock stands at an instant.</summary>
    public static async Task<BillingSystem> Start(string at, Action<DbContextOptionsBuilder>? database = null)
    {
        var test = new TestDatabase();
        await test.InitializeAsync();
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton(new PortalOptions { PublicUrl = "https://portal.example", Sandbox = true });
        services.AddSingleton(TimeProvider.System);
        services.AddPortalDomain(test.ConnectionString);
        services.AddSingleton(new BusinessClock(new StoppedClock(at)));
        services.AddSingleton<IMailer, KeptMails>();
        if (database is not null)
        {
            services.ConfigureDbContext<PortalDb>(database);
        }

        var system = new BillingSystem(test, services.BuildServiceProvider());
        await using var db = test.CreateDbContext();
        db.Meters.Add(new Meter
        {
            Key = "tokens", Name = "Tokens", EventType = "llm", Aggregation = Aggregation.Sum, ValueProperty = "tokens",
            GroupBy = ["model"], Filter = [], Unit = "token", CreatedAt = system.Clock.GetUtcNow(),
        });
        await system.Get<Register>().Save(db, () => RegisterChange.Everything, CancellationToken.None);
        await system.Get<EventWriter>().StartAsync(CancellationToken.None);
        return system;
    }

    public async ValueTask DisposeAsync()
    {
        await Get<EventWriter>().StopAsync(CancellationToken.None);
        await _services.DisposeAsync();
        await Database.DisposeAsync();
    }

    public T Get<T>()
        where T : notnull => _services.GetRequiredService<T>();

    /// <summary>A customer on a card of its own with these prices, from an instant on.</summary>
    public async Task<Customer> Subscribe(
        IReadOnlyList<Price> prices, string? startsAt = null, string zone = "UTC", string currency = "USD", int? anchorDay = null,
        Action<RateCard>? publish = null, BillingTerms? terms = null, BillingInterval interval = BillingInterval.Month)
    {
        var key = string.Create(CultureInfo.InvariantCulture, $"c{Interlocked.Increment(ref _made)}");
        var start = startsAt is null ? Clock.GetUtcNow() : Instant(startsAt);
        await using var db = Database.CreateDbContext();
        var customer = new Customer { Key = key, Name = $"Customer {key}", Email = $"{key}@example.com", Currency = currency, TimeZone = zone, CreatedAt = start };
        var card = new RateCard { Key = key };
        card.Versions.Add(Version(1, start, currency, prices, terms, interval));
        publish?.Invoke(card);
        db.AddRange(customer, card);
        await db.SaveChangesAsync();
        var subscription = new Subscription
        {
            CustomerId = customer.Id, StartsAt = start, BilledUntil = start, Interval = interval,
            AnchorDay = anchorDay ?? BillingCalendar.DefaultAnchorDay(start, interval, TimeZones.Find(zone)!),
        };
        subscription.Phases.Add(new SubscriptionPhase { From = start, RateCardId = card.Id });
        db.Add(subscription);
        await Get<Register>().Save(db, () => RegisterChange.Everything, CancellationToken.None);
        return customer;
    }

    /// <summary>Many customers at once, on one card, from now on.</summary>
    public async Task<IReadOnlyList<Customer>> SubscribeMany(int count, params Price[] prices)
    {
        var now = Clock.GetUtcNow();
        await using var db = Database.CreateDbContext();
        var card = new RateCard { Key = $"many{Interlocked.Increment(ref _made)}" };
        card.Versions.Add(Version(1, now, "USD", prices));
        db.Add(card);
        var customers = Enumerable.Range(0, count).Select(_ => string.Create(CultureInfo.InvariantCulture, $"c{Interlocked.Increment(ref _made)}"))
            .Select(key => new Customer { Key = key, Name = key, Email = $"{key}@example.com", Currency = "USD", CreatedAt = now }).ToList();
        db.AddRange(customers);
        await db.SaveChangesAsync();
        foreach (var customer in customers)
        {
            var subscription = new Subscription { CustomerId = customer.Id, StartsAt = now, BilledUntil = now, Interval = BillingInterval.Month, AnchorDay = 1 };
            subscription.Phases.Add(new SubscriptionPhase { From = now, RateCardId = card.Id });
            db.Add(subscription);
        }

        await Get<Register>().Save(db, () => RegisterChange.Everything, CancellationToken.None);
        return customers;
    }

    /// <summary>Changes the customer's newest subscription, as its writer does.</summary>
    public async Task Change(Customer customer, Action<PortalDb, Subscription> change)
    {
        await using var db = Database.CreateDbContext();
        change(db, await db.Subscriptions.Include(subscription => subscription.Phases).OrderBy(subscription => subscription.Id)
            .LastAsync(subscription => subscription.CustomerId == customer.Id));
        await Get<Register>().Save(db, () => RegisterChange.Everything, CancellationToken.None);
    }

    /// <summary>Sends an event and has it stored; at once, or at an instant that has passed.</summary>
    /// <returns>Its id.</returns>
    public async Task<string> Use(Customer customer, decimal tokens, string? time = null, string model = "m")
    {
        var id = string.Create(CultureInfo.InvariantCulture, $"e{Interlocked.Increment(ref _events)}");
        var body = string.Create(CultureInfo.InvariantCulture, $$"""
            {"id":"{{id}}","customer":"{{customer.Key}}","type":"llm","properties":{"tokens":{{tokens}},"model":"{{model}}"}{{(time is null ? "" : $",\"time\":\"{time}\"")}}}
            """);
        var batch = Get<EventIntake>().NewBatch();
        Assert.True(Get<EventIntake>().Parser(Actor.System).Read(EventFormat.Plain, Encoding.UTF8.GetBytes(body), batch));
        Assert.Equal(WriteOutcome.Stored, await Get<EventWriter>().Write(batch));
        Assert.Empty(batch.Rejected);
        return id;
    }

    /// <summary>Moves the clock to an instant, through all that falls due on the way.</summary>
    public Task WalkTo(string instant) => Get<ClockWalk>().To(Actor.System, Instant(instant), CancellationToken.None);

    /// <summary>Moves the clock and runs nothing.</summary>
    public void MoveTo(string instant) => Assert.True(Clock.MoveTo(Instant(instant)));

    /// <summary>A customer's invoices, in the order of their periods and numbers, with lines.</summary>
    public async Task<List<Invoice>> Invoices(Customer customer)
    {
        await using var db = Database.CreateDbContext();
        return await db.Invoices.AsNoTracking().Include(invoice => invoice.Lines.OrderBy(line => line.N)).Include(invoice => invoice.Payments)
            .Where(invoice => invoice.CustomerId == customer.Id)
            .OrderBy(invoice => invoice.IssuedAt ?? invoice.FinalizeAt).ThenBy(invoice => invoice.PeriodStart).ThenBy(invoice => invoice.Number).ToListAsync();
    }

    /// <summary>What the running period comes to.</summary>
    public Task<Spend> Spend(Customer customer) => Get<SpendReader>().Current(Actor.System, customer.Key, CancellationToken.None);

    public static DateTimeOffset Instant(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);

    /// <summary>A price per token.</summary>
    public static Price PerToken(string amount, string key = "tokens", decimal included = 0, params (string, string)[] match) => new(
        key, key, "tokens", match.ToDictionary(pair => pair.Item1, pair => pair.Item2), null, null,
        new PriceTerms(new PerUnitRate(decimal.Parse(amount, CultureInfo.InvariantCulture)), included));

    /// <summary>A fee of every period.</summary>
    public static Price Fee(string amount, string when = "arrears", string key = "fee") => new(
        key, key, null, new Dictionary<string, string>(), when, null, new PriceTerms(new FlatRate(decimal.Parse(amount, CultureInfo.InvariantCulture))));

    /// <summary>A published version of a card.</summary>
    public static RateCardVersion Version(int number, DateTimeOffset from, string currency, IReadOnlyList<Price> prices, BillingTerms? terms = null,
        BillingInterval interval = BillingInterval.Month) => new()
    {
        Number = number, EffectiveFrom = from, PublishedAt = from, PublishedBy = "test",
        Content = new RateCardContent("Card", currency, interval, prices, [], 0, terms ?? BillingTerms.Default),
    };

    /// <summary>A published version that says this.</summary>
    public static RateCardVersion Version(int number, DateTimeOffset from, RateCardContent content) =>
        new() { Number = number, EffectiveFrom = from, PublishedAt = from, PublishedBy = "test", Content = content };

    /// <summary>Mails that have left: the outside world of these tests.</summary>
    public IReadOnlyCollection<Mail> Mails => ((KeptMails)Get<IMailer>()).Sent;

    private sealed class KeptMails : IMailer
    {
        public ConcurrentQueue<Mail> Sent { get; } = [];

        public Task Send(Mail mail, CancellationToken cancellation)
        {
            Sent.Enqueue(mail);
            return Task.CompletedTask;
        }
    }
}
