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

/// <summary>A month of five usage prices, closed and issued for two thousand subscriptions or as many as are asked for; beside it, the same invoices and lines inserted into bare tables, fifty a transaction.</summary>
internal static class CloseBenchmark
{
    private const int Prices = 5;
    private const int PerDay = 4;
    private const int PerTransaction = 50;
    private const long Megabyte = 1024 * 1024;

    private static readonly DateTimeOffset s_start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static async Task Run(int customers, int months)
    {
        await using var system = await BenchmarkSystem.Start(customers);
        var clock = new MovedClock { Now = s_start.AddMonths(months).AddDays(5) };
        await using var domain = Domain(system.ConnectionString, clock);
        await Fill(domain, clock);
        await Use(system, clock.Now);
        Console.WriteLine($"{customers:N0} subscriptions, {Prices} usage prices each, {PerDay} quarter-hours a day with usage; each run closes and issues a month of all of them");
        for (var run = 1; run <= months; run++)
        {
            clock.Now = s_start.AddMonths(run).AddHours(2);
            var (previewing, foreseen) = await Preview(domain, clock.Now);
            var watch = Stopwatch.StartNew();
            var closed = await domain.GetRequiredService<InvoiceRun>().Run(CancellationToken.None);
            var closing = watch.Elapsed;
            var issued = await domain.GetRequiredService<FinalizeRun>().Run(CancellationToken.None);
            var all = watch.Elapsed;
            if (closed.Done != customers || issued.Done != customers)
            {
                throw new InvalidOperationException($"{closed.Done} were closed and {issued.Done} issued: {string.Join(' ', closed.Failures.Concat(issued.Failures).Take(3))}");
            }

            if (await Issued(domain, clock.Now) is var billed && billed != foreseen)
            {
                throw new InvalidOperationException($"{billed} cents were billed, and {foreseen} were foreseen.");
            }

            Console.WriteLine(
                $"  run {run} of {months} (bar: 500/s): {customers / all.TotalSeconds,7:N0} invoices/s   closed in {closing.TotalSeconds:N2} s, issued in {(all - closing).TotalSeconds:N2} s; previewed in {previewing.TotalSeconds:N2} s");
        }

        using var self = Process.GetCurrentProcess();
        Console.WriteLine($"  most memory of this process:      {self.PeakWorkingSet64 / Megabyte,7:N0} MB");
        Console.WriteLine($"  the same rows into bare tables:   {await Bare(system, customers),7:N0} invoices/s");
    }

    /// <summary>What billing is about to do, and how long it takes to tell.</summary>
    private static async Task<(TimeSpan Took, long Cents)> Preview(ServiceProvider domain, DateTimeOffset now)
    {
        var watch = Stopwatch.StartNew();
        var reader = domain.GetRequiredService<BillingPreviewReader>();
        var preview = await reader.Read(Actor.System, await reader.Customers(Actor.System, now, CancellationToken.None), now, null, CancellationToken.None);
        return (watch.Elapsed, preview.Invoices.Sum(invoice => invoice.Total.Minor));
    }

    private static async Task<long> Issued(ServiceProvider domain, DateTimeOffset since)
    {
        await using var db = await domain.GetRequiredService<IDbContextFactory<PortalDb>>().CreateDbContextAsync();
        return await db.Invoices.Where(invoice => invoice.IssuedAt >= since).SumAsync(invoice => invoice.Total);
    }

    /// <summary>Inserts the last month's invoices and lines as they are stored, into tables without keys.</summary>
    private static async Task<double> Bare(BenchmarkSystem system, int invoices)
    {
        await system.Execute("CREATE TABLE bare_invoices (LIKE invoices); CREATE TABLE bare_lines (LIKE invoice_lines)");
        await using var database = await system.Database.OpenConnectionAsync();
        var ids = new List<Guid>();
        await using (var select = database.CreateCommand())
        {
            select.CommandText = $"SELECT id FROM invoices ORDER BY period_end DESC, id LIMIT {invoices}";
            await using var rows = await select.ExecuteReaderAsync();
            while (await rows.ReadAsync())
            {
                ids.Add(rows.GetGuid(0));
            }
        }

        var watch = Stopwatch.StartNew();
        foreach (var batch in ids.Chunk(PerTransaction))
        {
            await using var transaction = await database.BeginTransactionAsync();
            foreach (var id in batch)
            {
                await using var insert = new Npgsql.NpgsqlBatch(database, transaction)
                {
                    BatchCommands =
                    {
                        new("INSERT INTO bare_invoices SELECT * FROM invoices WHERE id = $1") { Parameters = { new() { Value = id } } },
                        new("INSERT INTO bare_lines SELECT * FROM invoice_lines WHERE invoice_id = $1") { Parameters = { new() { Value = id } } },
                    },
                };
                await insert.ExecuteNonQueryAsync();
            }

            await transaction.CommitAsync();
        }

        return ids.Count / watch.Elapsed.TotalSeconds;
    }

    private static ServiceProvider Domain(string connection, MovedClock clock)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton(new PortalOptions { PublicUrl = "https://portal.example" });
        services.AddSingleton(TimeProvider.System);
        services.AddPortalDomain(connection);
        services.AddSingleton(new BusinessClock(clock));
        return services.BuildServiceProvider();
    }

    private static async Task Fill(ServiceProvider domain, MovedClock clock)
    {
        await using var db = await domain.GetRequiredService<IDbContextFactory<PortalDb>>().CreateDbContextAsync();
        var card = new RateCard { Key = "bench" };
        card.Versions.Add(new RateCardVersion
        {
            Number = 1, EffectiveFrom = s_start, PublishedAt = clock.Now, PublishedBy = "bench",
            Content = new RateCardContent(
                "Bench", "USD", BillingInterval.Month,
                [.. Enumerable.Range(0, Prices).Select(n => new Price(
                    $"p{n}", $"Price {n}", "input", new Dictionary<string, string> { ["model"] = $"m{n}" }, null, null,
                    new PriceTerms(new GraduatedRate([new Tier(1_000_000, 0.0000025m), new Tier(10_000_000, 0.000002m), new Tier(null, 0.000001m)]), 10_000)))],
                [], 0, BillingTerms.Default),
        });
        db.Add(card);
        await db.SaveChangesAsync();
        foreach (var customer in await db.Customers.ToListAsync())
        {
            var subscription = new Subscription { CustomerId = customer.Id, StartsAt = s_start, BilledUntil = s_start, Interval = BillingInterval.Month, AnchorDay = 1 };
            subscription.Phases.Add(new SubscriptionPhase { From = s_start, RateCardId = card.Id });
            db.Add(subscription);
        }

        await domain.GetRequiredService<Register>().Save(db, () => RegisterChange.Everything, CancellationToken.None);
    }

    private static async Task Use(BenchmarkSystem system, DateTimeOffset until)
    {
        await system.Execute($"""
            INSERT INTO usage_groups (customer_id, meter_id, values, values_hash)
            SELECT customer.id, meter.id, ARRAY['m' || n], md5(customer.id || '/' || n)::uuid
            FROM customers customer CROSS JOIN (SELECT id FROM meters WHERE key = 'input') meter CROSS JOIN generate_series(0, {Prices - 1}) n;
            INSERT INTO usage_buckets (customer_id, meter_id, group_id, start, events, sum, min, max, last_time, last_value)
            SELECT known.customer_id, known.meter_id, known.id, start, 40, 40 * (100 + known.id % 1000), 1, 2000, start, 7
            FROM usage_groups known
            CROSS JOIN generate_series('{s_start:O}'::timestamptz, '{until.AddMinutes(-15):O}'::timestamptz, '{24 / PerDay} hours') start
            ORDER BY 1, 2, 4, 3;
            """);
        await system.Execute("VACUUM ANALYZE");
    }

    private sealed class MovedClock : TimeProvider
    {
        public DateTimeOffset Now { get; set; }

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
