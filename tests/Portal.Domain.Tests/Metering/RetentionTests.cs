using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Portal.Domain.Accounts;
using Portal.Domain.Catalog;
using Portal.Domain.Invoicing;
using Portal.Domain.Metering;
using Portal.Domain.Storage;
using Portal.Domain.Values;
using static Portal.Domain.Tests.Metering.MeteringSystem;

namespace Portal.Domain.Tests.Metering;

/// <summary>A year of the business clock: months of events are made ahead and taken out by policy, ids are forgotten, and no figure changes.</summary>
public sealed class RetentionTests : IAsyncLifetime
{
    private readonly MeteringSystem _system = new();

    private EventRetentionRun Retention => new(_system.Database, new EventArchive(_system.Database.Source, _system.Clock), _system.Options);

    public Task InitializeAsync() => _system.InitializeAsync();

    public Task DisposeAsync() => _system.DisposeAsync();

    [Fact]
    public async Task Over_a_year_months_come_and_go_and_usage_stays()
    {
        _system.Options.Ingest.EventMonths = 4;
        var (customer, partitions) = (await _system.Customer("Asia/Kolkata"), _system.Partitions);
        var (year, sent) = (new Period(Start.AddDays(-1), Start.AddDays(366)), 0);
        await using var connection = await _system.Database.Source.OpenConnectionAsync();
        for (var day = 0; day < 365; day += 5)
        {
            _system.Clock.MoveTo(Start.AddDays(day));
            if ((await DueQuestion.Ask(connection, [partitions.NextDue()], CancellationToken.None)).Single() <= _system.Clock.GetUtcNow())
            {
                await partitions.Run(CancellationToken.None);
            }

            await _system.Send([.. Enumerable.Range(0, 4).Select(n => Event(customer, $"{day}.{n}", 2, _system.Clock.GetUtcNow().AddDays(-n * 8).ToString("O", CultureInfo.InvariantCulture)))]);
            sent += 4;
            await _system.KeyPrune.Run(_system.Clock.GetUtcNow(), CancellationToken.None);
            await Retention.Run(_system.Clock.GetUtcNow(), CancellationToken.None);

            Assert.Equal(0, await _system.Scalar<long>("SELECT count(*) FROM events_default"));
        }

        var rows = await _system.Usage.Series(Actor.System, new UsageQuery(customer.Key, "tokens", new Period(Start.AddDays(-40), year.End), TimeWindow.Month, []), CancellationToken.None);
        Assert.Equal((sent, sent * 2m), (rows.Sum(row => row.Events), rows.Sum(row => row.Quantity)));

        // Some 35 days of ids, five months of events and the archive's are all of them.
        Assert.InRange(await _system.Scalar<long>("SELECT count(*) FROM event_keys WHERE customer_id = $1", customer.Id), 7 * 4, 8 * 4);
        var archived = await _system.Scalar<long>("SELECT count(*) FROM archived_months");
        Assert.InRange(archived, 7, 9);
        var kept = await _system.Scalar<long>("SELECT count(*) FROM events WHERE customer_id = $1", customer.Id);
        foreach (var table in (await _system.Scalar<string>("SELECT string_agg(table_name, ',') FROM archived_months")).Split(','))
        {
            kept += await _system.Scalar<long>($"SELECT count(*) FROM archive.{table} WHERE customer_id = $1", customer.Id);
        }

        Assert.Equal(sent, kept);
        Assert.Equal(0, await _system.Scalar<long>("SELECT count(*) FROM alarms"));

        // Counted anew, what is in the archive keeps its figures; and the proof looks at what it can count.
        await new RecountWriter(_system.Database, _system.Register, _system.Clock).Rebuild(Actor.System, customer.Key, CancellationToken.None);
        await new RecountRun(_system.Database, _system.Register, _system.Rebuild, _system.Changes, _system.Clock, NullLogger<RecountRun>.Instance).Run(CancellationToken.None);
        var after = await _system.Usage.Series(Actor.System, new UsageQuery(customer.Key, "tokens", new Period(Start.AddDays(-40), year.End), TimeWindow.Month, []), CancellationToken.None);
        Assert.Equal(rows.Select(row => (row.Start, row.Quantity)), after.Select(row => (row.Start, row.Quantity)));
        Assert.Empty((await new BucketProofRun(_system.Database.Source, _system.Register, _system.Rebuild, _system.Alarms).Run(new Random(5), CancellationToken.None)).Failures);
    }

    [Fact]
    public async Task What_a_bill_may_need_stays_however_short_the_policy()
    {
        _system.Options.Ingest.EventMonths = 1;
        var customer = await _system.Customer();
        await using (var db = _system.Database.CreateDbContext())
        {
            var card = new RateCard { Key = "yearly" };
            card.Versions.Add(new RateCardVersion
            {
                Number = 1, EffectiveFrom = Start, PublishedAt = Start, PublishedBy = "test",
                Content = new RateCardContent("Yearly", "USD", BillingInterval.Year, [], [], 0, BillingTerms.Default),
            });
            db.RateCards.Add(card);
            await db.SaveChangesAsync();
            var subscription = new Subscription
            {
                CustomerId = customer.Id, StartsAt = Start, AnchorDay = 5, Interval = BillingInterval.Year, BilledUntil = Start,
            };
            subscription.Phases.Add(new SubscriptionPhase { From = Start, RateCardId = card.Id });
            db.Subscriptions.Add(subscription);
            await db.SaveChangesAsync();
        }

        await _system.Partitions.Run(CancellationToken.None);
        await _system.Send(Event(customer, "a", 2));
        _system.Clock.MoveTo(Start.AddMonths(11));

        Assert.Equal(1, await Retention.Run(_system.Clock.GetUtcNow(), CancellationToken.None));
        Assert.Equal("events_2026_01", await _system.Scalar<string>("SELECT string_agg(table_name, ',') FROM archived_months"));
        Assert.Equal(1, await _system.Scalar<long>("SELECT count(*) FROM events WHERE customer_id = $1", customer.Id));
    }

    [Fact]
    public async Task Without_a_policy_everything_stays()
    {
        await _system.Partitions.Run(CancellationToken.None);

        Assert.Equal(0, await Retention.Run(Start.AddYears(9), CancellationToken.None));
    }

    [Fact]
    public async Task T37_at_the_turn_of_a_month_under_load_with_its_table_missing_nothing_is_lost_and_an_alarm_is_raised()
    {
        var customer = await _system.Customer();
        await _system.Partitions.Run(CancellationToken.None);

        // Nobody made months for four of them.
        var turn = new DateTimeOffset(2026, 6, 1, 0, 0, 0, TimeSpan.Zero);
        _system.Clock.MoveTo(turn.AddSeconds(-1));
        var late = Parallel.ForAsync(0, 80, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (i, _) =>
        {
            if (i == 30)
            {
                _system.Clock.MoveTo(turn);
            }

            await _system.Send([.. Enumerable.Range(0, 10).Select(n => Event(customer, $"e{i}.{n}", 1))]);
        });
        await late;
        Assert.NotEqual(0, await _system.Scalar<long>("SELECT count(*) FROM events_default"));

        var more = Parallel.ForAsync(80, 120, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (i, _) =>
            await _system.Send([.. Enumerable.Range(0, 10).Select(n => Event(customer, $"e{i}.{n}", 1))]));
        await _system.Partitions.Run(CancellationToken.None);
        await more;
        await _system.Partitions.Run(CancellationToken.None);

        Assert.Equal(0, await _system.Scalar<long>("SELECT count(*) FROM events_default"));
        Assert.Equal(1_200, await _system.Scalar<long>("SELECT count(*) FROM events WHERE customer_id = $1", customer.Id));
        Assert.Equal(1, await _system.Scalar<long>("SELECT count(*) FROM alarms WHERE key = 'events.month_missing'"));
        await _system.BucketsEqualEvents(customer);
    }
}
