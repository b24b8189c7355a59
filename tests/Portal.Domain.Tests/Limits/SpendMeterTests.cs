using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Portal.Domain.Accounts;
using Portal.Domain.Invoicing;
using Portal.Domain.Limits;
using Portal.Domain.Metering;
using Portal.Domain.Storage;

namespace Portal.Domain.Tests.Limits;

public sealed class SpendMeterTests(LimitsSystem system) : IClassFixture<LimitsSystem>
{
    [Fact]
    public async Task Usage_that_is_stored_moves_spend_access_alerts_and_pages_by_itself()
    {
        var customer = await system.Customer();
        await system.Cap(customer, new LimitTerms(100));
        using var running = await Running.Start(system.NewMeter());
        var seen = new ConcurrentQueue<decimal>();
        using var page = system.Feed.Subscribe(customer.Id, spend => seen.Enqueue(spend.Usage.Amount));

        await system.Use(customer, 120);
        await Until(() => seen.Contains(120), "The page has not moved.");
        Assert.Equal(AccessReason.LimitReached, system.Answer(customer).Reason);
        await Until(() => system.Metering.Scalar<long>("SELECT count(*) FROM alerts WHERE customer_id = $1", customer.Id).Result == 2, "No alert is on record.");
    }

    [Fact]
    public async Task Many_changes_are_few_reads_and_the_last_one_is_never_lost()
    {
        var customer = await system.Customer();
        using var running = await Running.Start(system.NewMeter());
        var reads = 0;
        using var page = system.Feed.Subscribe(customer.Id, _ => Interlocked.Increment(ref reads));
        var watch = Stopwatch.StartNew();
        for (var i = 0; i < 60; i++)
        {
            await system.Use(customer, 1);
            running.Meter.Signal([customer.Id]);
        }

        await Until(() => system.Answer(customer).Used == 60, "The last use is missing.");

        // The signal of the start may have been read too. Reads are counted against the time that passed: a slow machine gets more of both.
        Assert.InRange(reads, 1, (int)(watch.Elapsed / SpendMeter.Pace) + 3);
    }

    [Fact]
    public async Task A_customer_is_never_read_twice_at_once()
    {
        var customer = await system.Customer();
        using var running = await Running.Start(system.NewMeter());
        using var release = new ManualResetEventSlim();
        var (reading, most) = (0, 0);
        using var page = system.Feed.Subscribe(customer.Id, _ =>
        {
            most = Math.Max(most, Interlocked.Increment(ref reading));
            release.Wait(TimeSpan.FromSeconds(60));
            Interlocked.Decrement(ref reading);
        });

        // The first read stands in its page while all the others ask for theirs.
        var first = Task.Run(() => running.Meter.BringUpToDate(customer.Id, CancellationToken.None));
        await Until(() => Volatile.Read(ref reading) == 1, "Nobody reads.");
        running.Meter.Signal([customer.Id]);
        var others = Enumerable.Range(0, 8).Select(_ => running.Meter.BringUpToDate(customer.Id, CancellationToken.None)).ToList();
        var somebodyElse = await system.Customer();
        await running.Meter.BringUpToDate(somebodyElse.Id, CancellationToken.None);
        Assert.DoesNotContain(others, other => other.IsCompleted);

        release.Set();
        await Task.WhenAll([first, .. others]);
        Assert.Equal(1, most);
    }

    [Fact]
    public async Task Bringing_up_to_date_sees_all_that_was_committed_before_the_call()
    {
        var customers = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => system.Customer()));
        await Task.WhenAll(customers.Select((customer, i) => system.Use(customer, i + 1)));
        await system.Meter.BringAll(CancellationToken.None);

        Assert.Equal(Enumerable.Range(1, 12).Select(i => (decimal)i), customers.Select(customer => system.Answer(customer).Used));
    }

    [Fact]
    public async Task While_the_database_is_away_access_goes_on_from_what_is_known_and_catches_up_afterwards()
    {
        var customer = await system.Customer();
        await system.Cap(customer, new LimitTerms(100));
        await system.Use(customer, 50);
        await using var line = new Line(system.Database.ConnectionString);
        using var running = await Running.Start(MeterOver(line.Source));
        await Until(() => system.Answer(customer).Used == 50, "Not read.");

        line.IsCut = true;
        await system.Use(customer, 60);
        var during = system.Answer(customer);
        await running.Meter.EnsureRead(customer.Id, CancellationToken.None);
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => running.Meter.BringUpToDate(customer.Id, CancellationToken.None));
        Assert.Equal((true, 50m), (during.Allowed, during.Used));
        Assert.Equal(50, system.Answer(customer).Used);

        line.IsCut = false;
        await Until(() => system.Answer(customer).Reason == AccessReason.LimitReached, "It has not caught up.");

        // T-22: what was used meanwhile is the overshoot, and none of it is billed.
        var spend = await system.Spend(customer);
        Assert.Equal((110m, 10m), (spend.Usage.Amount, spend.NotBilled.Amount));
    }

    [Fact]
    public async Task One_customer_that_cannot_be_rated_holds_nobody_up()
    {
        var (broken, fine) = (await system.Customer(), await system.Customer());
        await using (var db = system.Database.CreateDbContext())
        {
            // A currency that no validation would let through.
            db.Attach(broken).Entity.Currency = "???";
            await system.Register.Save(db, () => RegisterChange.Of(broken), CancellationToken.None);
        }

        using var running = await Running.Start(system.NewMeter());
        await system.Use(fine, 9);
        await Until(() => system.Answer(fine).Used == 9, "Not read.");
        await running.Meter.BringAll(CancellationToken.None);

        await using var mend = system.Database.CreateDbContext();
        mend.Attach(broken).Entity.Currency = "USD";
        await system.Register.Save(mend, () => RegisterChange.Of(broken), CancellationToken.None);
    }

    [Fact]
    public async Task When_a_period_ends_access_opens_at_once_and_the_new_period_is_read()
    {
        var customer = await system.Customer();
        await system.Cap(customer, new LimitTerms(100));
        await system.Use(customer, 100);
        using var running = await Running.Start(system.NewMeter());
        await Until(() => system.Answer(customer).Reason == AccessReason.LimitReached, "Not read.");
        var changes = new ConcurrentQueue<AccessChange>();
        using var stream = system.Access.Subscribe(changes.Enqueue);

        var end = system.Answer(customer).ResetsAt!.Value;
        system.Clock.MoveTo(end);
        Assert.Equal((true, 0m), (system.Answer(customer).Allowed, system.Answer(customer).Used));
        Assert.True(system.Answer(customer).ResetsAt > end);

        await Until(() => changes.Any(change => change.Customer.Id == customer.Id && change.Question.Feature is null && change.Answer.Allowed), "The stream has not told.");
        await Until(() => system.Access.Outdated().All(id => id != customer.Id), "The new period has not been read.");
    }

    [Fact]
    public async Task A_changed_cap_and_a_pause_are_told_and_a_change_of_figures_alone_is_not()
    {
        var customer = await system.Customer();
        await system.Cap(customer, new LimitTerms(100));
        await system.BringUpToDate(customer);
        using var running = await Running.Start(system.NewMeter());
        var told = new ConcurrentQueue<string>();
        using var stream = system.Access.Subscribe(change =>
        {
            if (change.Customer.Id == customer.Id && change.Question.Feature is null)
            {
                told.Enqueue($"{change.Answer.Reason} {change.Answer.Limit:0}");
            }
        });

        await system.Use(customer, 60);
        await Until(() => system.Answer(customer).Used == 60, "Not read.");
        await system.Cap(customer, new LimitTerms(50));
        await system.Cap(customer, new LimitTerms(80));
        await system.Pauses.Pause(Actor.System, customer.Key, null, CancellationToken.None);
        await system.Pauses.Resume(Actor.System, customer.Key, CancellationToken.None);

        Assert.Equal(["LimitReached 50", " 80", "PausedByOperator 80", " 80"], told);
    }

    [Fact]
    public async Task A_page_that_fails_keeps_no_other_from_hearing_and_one_that_is_closed_hears_nothing()
    {
        var customer = await system.Customer();
        var heard = new ConcurrentQueue<string>();
        using var failing = system.Feed.Subscribe(customer.Id, _ => throw new InvalidOperationException("A page of ours failed."));
        using var open = system.Feed.Subscribe(customer.Id, _ => heard.Enqueue("open"));
        using var all = system.Feed.SubscribeToAll(spend => heard.Enqueue($"all {spend.CustomerId == customer.Id}"));
        system.Feed.Subscribe(customer.Id, _ => heard.Enqueue("closed")).Dispose();

        await system.BringUpToDate(customer);
        Assert.Equal(["open", "all True"], heard);
    }

    private SpendMeter MeterOver(NpgsqlDataSource source)
    {
        var usage = new UsageReader(source, system.Register, system.Metering.Groups, new StoredEvents(system.Metering.Intake, system.Metering.Groups), system.Metering.Clock);
        return new SpendMeter(
            system.Register, system.Metering.Changes, new SpendReader(system.Register, usage, new EachValueReader(system.Register), system.Clock), system.Access, system.NewAlerts(), system.NewIncluded(), system.NewParts(), system.Watch, [], system.Feed,
            new UsageVersions(system.Database), TimeProvider.System, NullLogger<SpendMeter>.Instance);
    }

    private static async Task Until(Func<bool> holds, string otherwise)
    {
        for (var watch = Stopwatch.StartNew(); !holds(); await Task.Delay(10))
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(60), otherwise);
        }
    }

    /// <summary>A meter that runs as in a host, until the test ends.</summary>
    private sealed class Running(SpendMeter meter) : IDisposable
    {
        public SpendMeter Meter => meter;

        public static async Task<Running> Start(SpendMeter meter)
        {
            await meter.StartAsync(CancellationToken.None);
            return new Running(meter);
        }

        public void Dispose()
        {
            meter.StopAsync(CancellationToken.None).GetAwaiter().GetResult();
            meter.Dispose();
        }
    }

    /// <summary>A way to the database that can be cut.</summary>
    private sealed class Line : IAsyncDisposable
    {
        public Line(string connectionString)
        {
            var builder = new NpgsqlDataSourceBuilder(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString);
            builder.UsePhysicalConnectionInitializer(_ => Check(), _ => Task.Run(Check));
            Source = builder.Build();
        }

        public NpgsqlDataSource Source { get; }

        public volatile bool IsCut;

        public ValueTask DisposeAsync() => Source.DisposeAsync();

        private void Check()
        {
            if (IsCut)
            {
                throw new NpgsqlException("The line is cut.");
            }
        }
    }
}
