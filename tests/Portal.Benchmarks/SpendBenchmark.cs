using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using Portal.Domain;
using Portal.Domain.Catalog;
using Portal.Domain.Limits;
using Portal.Domain.Rating;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Benchmarks;

/// <summary>Customers whose spend, limits and alerts are brought up to date, as after a commit that touched them all; beside it, a bare query that adds up the same buckets by the batch.</summary>
internal static class SpendBenchmark
{
    private const int Customers = 10_000;
    private const int Groups = 5;
    private const int PerDay = 4;
    private const int Runs = 5;
    private const int Batch = 200;
    private const int Readers = 4;

    private static readonly DateTimeOffset s_start = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset s_now = s_start.AddDays(10);

    public static async Task Run()
    {
        await using var system = await BenchmarkSystem.Start(Customers);
        var services = new ServiceCollection();
        services.AddLogging(log => log.AddSimpleConsole().SetMinimumLevel(LogLevel.Error));
        services.AddSingleton(new PortalOptions { PublicUrl = "https://billing.example.com" });
        services.AddSingleton(TimeProvider.System);
        services.AddPortalDomain(system.ConnectionString);
        services.AddSingleton(new BusinessClock(new StillClock()));
        await using var domain = services.BuildServiceProvider();
        await Fill(domain);
        await Use(system);
        Console.WriteLine(
            $"{Customers:N0} customers with a cap each, 10 days of a month, {Groups} usage prices, {PerDay} quarter-hours a day with usage: {await system.Scalar<long>("SELECT count(*) FROM usage_buckets"):N0} buckets");

        var meter = domain.GetRequiredService<SpendMeter>();
        for (var run = 1; run <= Runs; run++)
        {
            await Measure($"spend, limits and alerts, run {run} of {Runs} (bar: 5,000/s)", () => meter.BringAll(CancellationToken.None));
        }

        var (register, access) = (domain.GetRequiredService<Register>(), domain.GetRequiredService<AccessBook>());
        Console.WriteLine($"  {register.Now.ById.Values.Sum(entry => access.Answer(entry, AccessQuestion.General).Used):N2} USD used by all");
        await Measure("one bare query a batch that adds up the same buckets", () => Bare(system));
        await system.Execute("UPDATE spending_limits SET amount = 1 WHERE customer_id % 100 = 0");
        await register.Apply(RegisterChange.Everything, CancellationToken.None);
        await Measure("the same run with 1 in 100 crossing its cap", () => meter.BringAll(CancellationToken.None));
        Console.WriteLine($"  {await system.Scalar<long>("SELECT count(*) FROM alerts"):N0} alerts and {await system.Scalar<long>("SELECT count(*) FROM outbox_mails"):N0} mails were written");
    }

    private static async Task Measure(string what, Func<Task> act)
    {
        var watch = Stopwatch.StartNew();
        await act();
        Console.WriteLine($"  {what,-60} {watch.Elapsed.TotalSeconds,7:N2} s   {Customers / watch.Elapsed.TotalSeconds,9:N0} customers/s");
    }

    private static async Task Bare(BenchmarkSystem system) => await Parallel.ForEachAsync(
        await Ids(system), new ParallelOptions { MaxDegreeOfParallelism = Readers }, async (ids, cancellation) =>
        {
            await using var select = system.Database.CreateCommand("SELECT customer_id, meter_id, group_id, sum(sum) FROM usage_buckets WHERE customer_id = ANY ($1) AND start >= $2 GROUP BY 1, 2, 3");
            select.Parameters.Add(new NpgsqlParameter { Value = ids });
            select.Parameters.Add(new NpgsqlParameter { Value = s_start.UtcDateTime });
            await using var rows = await select.ExecuteReaderAsync(cancellation);
            while (await rows.ReadAsync(cancellation))
            {
                rows.GetDecimal(3);
            }
        });

    private static async Task<IEnumerable<int[]>> Ids(BenchmarkSystem system) => (await system.Scalar<int[]>("SELECT array_agg(id ORDER BY id) FROM customers")).Chunk(Batch);

    private static async Task Fill(ServiceProvider domain)
    {
        await using var db = await domain.GetRequiredService<IDbContextFactory<PortalDb>>().CreateDbContextAsync();
        var card = new RateCard { Key = "bench" };
        card.Versions.Add(new RateCardVersion { Number = 1, EffectiveFrom = s_start, PublishedAt = s_start, PublishedBy = "bench", Content = Card() });
        db.Add(card);
        await db.SaveChangesAsync();
        foreach (var customer in await db.Customers.ToListAsync())
        {
            var subscription = new Subscription { CustomerId = customer.Id, StartsAt = s_start, BilledUntil = s_start, Interval = BillingInterval.Month, AnchorDay = 1 };
            subscription.Phases.Add(new SubscriptionPhase { From = s_start, RateCardId = card.Id });
            db.Add(subscription);
            db.Add(new SpendingLimit { CustomerId = customer.Id, Amount = 1_000_000, Kind = LimitKind.Hard, SoftPercent = 10, Alerts = [80, 100], Enforced = true });
        }

        await domain.GetRequiredService<Register>().Save(db, () => RegisterChange.Everything, CancellationToken.None);

        static RateCardContent Card() => new(
            "Bench", "USD", BillingInterval.Month,
            [.. Enumerable.Range(0, Groups).Select(n => new Price(
                $"p{n}", $"Price {n}", "input", new Dictionary<string, string> { ["model"] = $"m{n}" }, null, null,
                new PriceTerms(new GraduatedRate([new Tier(1_000_000, 0.0000025m), new Tier(10_000_000, 0.000001m), new Tier(null, 0.0000005m)]), 10_000)))],
            [], 0, BillingTerms.Default);
    }

    private static async Task Use(BenchmarkSystem system)
    {
        await system.Execute($"""
            INSERT INTO usage_groups (customer_id, meter_id, values, values_hash)
            SELECT customer.id, meter.id, ARRAY['m' || n], md5(customer.id || '/' || n)::uuid
            FROM customers customer CROSS JOIN (SELECT id FROM meters WHERE key = 'input') meter CROSS JOIN generate_series(0, {Groups - 1}) n;
            INSERT INTO usage_buckets (customer_id, meter_id, group_id, start, events, sum, min, max, last_time, last_value)
            SELECT known.customer_id, known.meter_id, known.id, start, 40, 400 * (100 + known.id % 1000), 1, 2000, start, 7
            FROM usage_groups known
            CROSS JOIN generate_series('{s_start:O}'::timestamptz, '{s_now.AddMinutes(-15):O}'::timestamptz, '{24 / PerDay} hours') start
            ORDER BY 1, 2, 4, 3;
            """);
        await system.Execute("VACUUM ANALYZE usage_buckets");
    }

    private sealed class StillClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => s_now;
    }
}
