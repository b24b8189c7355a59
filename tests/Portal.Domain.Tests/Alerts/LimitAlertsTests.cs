using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Alerts;
using Portal.Domain.Limits;
using Portal.Domain.Storage;
using Portal.Domain.Tests.Limits;
using Portal.Tests.Shared;

namespace Portal.Domain.Tests.Alerts;

public sealed class LimitAlertsTests(LimitsSystem system) : IClassFixture<LimitsSystem>
{
    [Fact]
    public async Task A_crossing_is_one_alert_and_one_mail_that_knows_of_each_other()
    {
        var customer = await system.Customer();
        await system.Cap(customer, new LimitTerms(100));
        await system.Use(customer, 85);
        await system.BringUpToDate(customer);
        await system.BringUpToDate(customer);

        await using var db = system.Database.CreateDbContext();
        var alert = await db.Alerts.SingleAsync(row => row.CustomerId == customer.Id);
        var mail = await db.Outbox.SingleAsync(row => row.CustomerId == customer.Id);
        Assert.Equal(("limit", "cap", 80, 100m, 85m), (alert.Kind, alert.Scope, alert.Threshold, alert.Limit, alert.Used));
        Assert.Equal(alert.MessageId, mail.MessageId);
        Assert.Equal((customer.Email, "limit", MailState.Queued), (mail.To, mail.AlertKind, mail.State));
        Assert.Matches(@"^<limit\.[0-9a-f]{32}@billing\.example\.com>$", mail.MessageId);
        Assert.Contains($"https://billing.example.com/limits?customer={customer.Key}", mail.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_jump_from_70_to_130_records_both_and_mails_the_higher()
    {
        var customer = await system.Customer();
        await system.Cap(customer, new LimitTerms(100));
        await system.Use(customer, 70);
        await system.BringUpToDate(customer);
        await system.Use(customer, 60);
        await system.BringUpToDate(customer);

        await using var db = system.Database.CreateDbContext();
        Assert.Equal([(80, false), (100, true)], (await db.Alerts.Where(row => row.CustomerId == customer.Id).OrderBy(row => row.Threshold).ToListAsync())
            .Select(row => (row.Threshold, row.MessageId is not null)));
        Assert.StartsWith("Limit reached", (await db.Outbox.SingleAsync(row => row.CustomerId == customer.Id)).Subject, StringComparison.Ordinal);
    }

    [Fact]
    public async Task While_nothing_new_is_crossed_no_query_is_made()
    {
        var customer = await system.Customer();
        await system.Cap(customer, new LimitTerms(100));
        await system.Use(customer, 85);
        var spend = await system.Spend(customer);
        await system.Alerts.Check(customer, spend, CancellationToken.None);

        // A database that nobody can reach would fail the second look if it asked.
        var away = new LimitAlerts(new Unreachable(), new(LimitsSystem.Options), system.Bell, system.Clock, TimeProvider.System);
        await Assert.ThrowsAnyAsync<InvalidOperationException>(() => away.Check(customer, spend, CancellationToken.None));
        await away.Check(customer, Given.Spend(Given.Stand(79, 100)), CancellationToken.None);
    }

    [Fact]
    public async Task Two_nodes_that_see_the_same_crossing_at_once_send_one_mail()
    {
        var customers = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => system.Customer()));
        LimitAlerts[] nodes = [system.NewAlerts(), system.NewAlerts(), system.NewAlerts()];
        foreach (var customer in customers)
        {
            var low = Given.Spend(Given.Stand(85, 100));
            var high = Given.Spend(Given.Stand(120, 100));
            await Task.WhenAll(
                nodes[0].Check(customer, low, CancellationToken.None),
                nodes[1].Check(customer, high, CancellationToken.None),
                nodes[2].Check(customer, high, CancellationToken.None));
        }

        await using var db = system.Database.CreateDbContext();
        var ids = customers.Select(customer => customer.Id).ToList();
        var alerts = (await db.Alerts.Where(alert => ids.Contains(alert.CustomerId)).ToListAsync()).ToLookup(alert => alert.CustomerId);
        var mails = (await db.Outbox.Where(mail => ids.Contains(mail.CustomerId!.Value)).ToListAsync()).ToLookup(mail => mail.CustomerId!.Value);
        foreach (var id in ids)
        {
            // The node that saw 85 may have been first, and then its mail went out; the one for 100 goes out once in any case.
            Assert.Equal([80, 100], alerts[id].Select(alert => alert.Threshold).Order());
            Assert.Equal(alerts[id].Where(alert => alert.MessageId is not null).Select(alert => alert.MessageId!).Order(), mails[id].Select(mail => mail.MessageId).Order());
            Assert.NotNull(alerts[id].Single(alert => alert.Threshold == 100).MessageId);
        }
    }

    [Theory]
    [InlineData(60, 8)]
    public Task Through_batches_corrections_changed_caps_and_new_periods_the_alerts_are_those_expected(int customers, int steps) => Walk(customers, steps, seed: 24);

    [LongTheory]
    [InlineData(10_000, 8)]
    public Task The_same_for_ten_thousand_customers(int customers, int steps) => Walk(customers, steps, seed: 2_024);

    /// <summary>T-24: each customer goes its own random way, seen by two nodes at once; an oracle of its own says which alerts there should be.</summary>
    private async Task Walk(int count, int steps, int seed)
    {
        var customers = await Customers(count);
        LimitAlerts[] nodes = [system.NewAlerts(), system.NewAlerts()];
        var expected = new System.Collections.Concurrent.ConcurrentBag<string>();
        await Parallel.ForEachAsync(customers, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (customer, cancellation) =>
        {
            var random = new Random(HashCode.Combine(seed, customer.Key.Length, customer.Id));
            var (used, cap, period, armed) = (0m, 100m, Given.March, new Dictionary<int, decimal>());
            for (var step = 0; step < steps; step++)
            {
                switch (random.Next(6))
                {
                    case 0:
                        used = Math.Max(0, used - random.Next(60));
                        break;
                    case 1:
                        cap += random.Next(100);
                        break;
                    case 2:
                        cap = Math.Max(10, cap - random.Next(100));
                        break;
                    case 3:
                        (used, period) = (0, new(period.End, period.End.AddDays(30)));
                        armed.Clear();
                        break;
                    default:
                        used += random.Next(70);
                        break;
                }

                var stand = Given.Stand(used, cap);
                var spend = Given.Spend(stand) with { Period = period };
                await Task.WhenAll(nodes.Select(node => node.Check(customer, spend, cancellation)));
                foreach (var threshold in new[] { 80, 100 })
                {
                    if (used * 100 >= cap * threshold && !(armed.TryGetValue(threshold, out var at) && at >= cap))
                    {
                        armed[threshold] = Math.Max(cap, armed.GetValueOrDefault(threshold));
                        expected.Add($"{customer.Id} {period.Start:O} {threshold} {cap:0}");
                    }
                }
            }
        });

        await using var db = system.Database.CreateDbContext();
        var ids = customers.Select(customer => customer.Id).ToList();
        var alerts = await db.Alerts.AsNoTracking().Where(alert => ids.Contains(alert.CustomerId)).ToListAsync();
        Assert.Equal(expected.Order(), alerts.Select(alert => $"{alert.CustomerId} {alert.PeriodStart:O} {alert.Threshold} {alert.Limit:0}").Order());

        var mails = await db.Outbox.AsNoTracking().Where(mail => ids.Contains(mail.CustomerId!.Value)).Select(mail => mail.MessageId).ToListAsync();
        Assert.Equal(alerts.Where(alert => alert.MessageId is not null).Select(alert => alert.MessageId!).Order(), mails.Order());

        // What was crossed at once is one mail: the alerts of one sight carry at most one, and the highest.
        Assert.All(
            alerts.GroupBy(alert => (alert.CustomerId, alert.PeriodStart, alert.Limit, alert.Used)),
            together => Assert.All(together.Where(alert => alert.MessageId is not null), mailed => Assert.Equal(together.Max(alert => alert.Threshold), mailed.Threshold)));
    }

    private async Task<List<Customer>> Customers(int count)
    {
        await using var db = system.Database.CreateDbContext();
        var customers = Enumerable.Range(0, count).Select(i => new Customer
        {
            Key = $"walk-{count}-{i}", Name = "Walker", Email = "walker@example.com", Currency = "USD", CreatedAt = Given.Now,
        }).ToList();
        db.Customers.AddRange(customers);
        await db.SaveChangesAsync();
        return customers;
    }

    private sealed class Unreachable : IDbContextFactory<PortalDb>
    {
        public PortalDb CreateDbContext() => throw new InvalidOperationException("No query was to be made.");
    }
}
