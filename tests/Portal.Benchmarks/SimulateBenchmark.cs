using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Portal.Domain;
using Portal.Domain.Accounts;
using Portal.Domain.Catalog;
using Portal.Domain.Invoicing;
using Portal.Domain.Rating;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Benchmarks;

/// <summary>A draft with five usage prices on three closed months, and the running one, of a thousand customers; beside it, adding up the same buckets in one bare query.</summary>
internal static class SimulateBenchmark
{
    private const int Customers = 1_000;
    private const int Groups = 5;
    private const int Months = 3;
    private const int Runs = 3;

    private static readonly DateTimeOffset s_start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset s_now = s_start.AddMonths(Months).AddDays(10);

    public static async Task Run()
    {
        await using var system = await BenchmarkSystem.Start(Customers);
        await using var domain = Domain(system.ConnectionString);
        await Fill(domain);
        foreach (var perDay in new[] { 4, 24 })
        {
            await Use(system, perDay);
            var buckets = await system.Scalar<long>("SELECT count(*) FROM usage_buckets");
            Console.WriteLine($"{Customers:N0} customers, {Months} closed months and 10 days, {Groups} usage prices, {perDay} quarter-hours a day with usage: {buckets:N0} buckets");
            for (var run = 1; run <= Runs; run++)
            {
                await Measure($"simulation, run {run} of {Runs} (bar: 5 s)", async () =>
                {
                    var done = await domain.GetRequiredService<SimulationReader>().Run(Actor.System, new SimulationQuestion("bench", Months), null, CancellationToken.None);
                    return $"{done.Customers.Count:N0} customers, {done.Customers.Sum(one => one.Periods.Count):N0} periods, was {done.Totals[0].Was}, would be {done.Totals[0].WouldBe}";
                });
            }

            await Measure("one bare query that adds up the same buckets", async () =>
                $"{await system.Scalar<long>("SELECT count(*) FROM (SELECT customer_id, meter_id, group_id, sum(sum) FROM usage_buckets GROUP BY 1, 2, 3) added"):N0} sums");
        }
    }

    private static async Task Measure(string what, Func<Task<string>> act)
    {
        var watch = Stopwatch.StartNew();
        var said = await act();
        Console.WriteLine($"  {what,-50} {watch.Elapsed.TotalSeconds,7:N2} s   {said}");
    }

    private static ServiceProvider Domain(string connection)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton(new PortalOptions());
        services.AddSingleton(TimeProvider.System);
        services.AddPortalDomain(connection);
        services.AddSingleton(new BusinessClock(new StillClock()));
        return services.BuildServiceProvider();
    }

    private static async Task Fill(ServiceProvider domain)
    {
        await using var db = await domain.GetRequiredService<IDbContextFactory<PortalDb>>().CreateDbContextAsync();
        var card = new RateCard { Key = "bench", Draft = Card(0.000003m), DraftSavedAt = s_now };
        card.Versions.Add(new RateCardVersion { Number = 1, EffectiveFrom = s_start, PublishedAt = s_start, PublishedBy = "bench", Content = Card(0.0000025m) });
        db.Add(card);
        await db.SaveChangesAsync();
        foreach (var customer in await db.Customers.ToListAsync())
        {
            var subscription = new Subscription { CustomerId = customer.Id, StartsAt = s_start, BilledUntil = s_start, Interval = BillingInterval.Month, AnchorDay = 1 };
            subscription.Phases.Add(new SubscriptionPhase { From = s_start, RateCardId = card.Id });
            db.Add(subscription);
        }

        await domain.GetRequiredService<Register>().Save(db, () => RegisterChange.Everything, CancellationToken.None);

        static RateCardContent Card(decimal amount) => new(
            "Bench", "USD", BillingInterval.Month,
            [.. Enumerable.Range(0, Groups).Select(n => new Price(
                $"p{n}", $"Price {n}", "input", new Dictionary<string, string> { ["model"] = $"m{n}" }, null, null,
                new PriceTerms(new GraduatedRate([new Tier(1_000_000, amount), new Tier(10_000_000, amount / 2), new Tier(null, amount / 4)]), 10_000)))],
            [], 0, BillingTerms.Default);
    }

    private static async Task Use(BenchmarkSystem system, int perDay)
    {
        await system.Execute($"""
            TRUNCATE usage_groups, usage_buckets RESTART IDENTITY;
            INSERT INTO usage_groups (customer_id, meter_id, values, values_hash)
            SELECT customer.id, meter.id, ARRAY['m' || n], md5(customer.id || '/' || n)::uuid
            FROM customers customer CROSS JOIN (SELECT id FROM meters WHERE key = 'input') meter CROSS JOIN generate_series(0, {Groups - 1}) n;
            INSERT INTO usage_buckets (customer_id, meter_id, group_id, start, events, sum, min, max, last_time, last_value)
            SELECT known.customer_id, known.meter_id, known.id, start, 40, 40 * (100 + known.id % 1000), 1, 2000, start, 7
            FROM usage_groups known
            CROSS JOIN generate_series('{s_start:O}'::timestamptz, '{s_now.AddMinutes(-15):O}'::timestamptz, '{24 / perDay} hours') start
            ORDER BY 1, 2, 4, 3;
            """);
        await system.Execute("VACUUM ANALYZE usage_buckets");
    }

    private sealed class StillClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => s_now;
    }
}
