using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using Portal.Domain.Accounts;
using Portal.Domain.Limits;
using Portal.Domain.Values;

namespace Portal.Domain.Tests.Limits;

public sealed class LimitWriterTests(LimitsSystem system) : IClassFixture<LimitsSystem>
{
    [Fact]
    public async Task A_cap_is_stored_as_asked_and_the_audit_says_what_it_was()
    {
        var customer = await system.Customer();
        await system.Cap(customer, new LimitTerms(100));
        await system.Cap(customer, new LimitTerms(250.5m, LimitKind.Soft, 20, [100, 50]), Actor.OfMember("owner@acme.example", customer.Id, MemberRole.Owner));

        await using var db = system.Database.CreateDbContext();
        var stored = await db.SpendingLimits.AsNoTracking().SingleAsync(limit => limit.CustomerId == customer.Id);
        Assert.Equal((250.5m, LimitKind.Soft, 20m, true), (stored.Amount, stored.Kind, stored.SoftPercent, stored.Enforced));
        Assert.Equal([50, 100], stored.Alerts);
        Assert.Equal(
            [
                ("system", "limit.set", "no limit → 100.00 USD hard, mails at 80, 100 %"),
                ("owner@acme.example", "limit.set", "100.00 USD hard, mails at 80, 100 % → 250.50 USD soft + 20 %, mails at 50, 100 %"),
            ],
            (await Audit(customer)).Select(entry => (entry.Actor, entry.Action, entry.Detail!)));
    }

    /// <summary>T-26: a changed cap holds at once, with its audit row.</summary>
    [Fact]
    public async Task A_cap_below_what_is_used_refuses_access_at_once_and_a_raised_one_opens_it_at_once()
    {
        var customer = await system.Customer();
        await system.Cap(customer, new LimitTerms(200));
        await system.Use(customer, 150);
        await system.BringUpToDate(customer);
        Assert.True(system.Answer(customer).Allowed);

        await system.Cap(customer, new LimitTerms(100));
        Assert.Equal(AccessReason.LimitReached, system.Answer(customer).Reason);

        await system.Cap(customer, new LimitTerms(151));
        Assert.True(system.Answer(customer).Allowed);
        Assert.Equal(1, system.Answer(customer).Remaining);
    }

    public static TheoryData<string, LimitTerms?> Loosened() => new()
    {
        { "raised", new LimitTerms(200) },
        { "softened", new LimitTerms(100, LimitKind.Soft, 100) },
        { "without protection", new LimitTerms(100, Enforced: false) },
        { "removed", null },
    };

    [Theory]
    [MemberData(nameof(Loosened))]
    public async Task What_was_unbilled_stays_unbilled_when_a_cap_is(string how, LimitTerms? terms)
    {
        var customer = await system.Customer();
        await system.Cap(customer, new LimitTerms(100));
        await system.Use(customer, 150);
        Assert.Equal(Given.Dollars(50), (await system.Spend(customer)).NotBilled);

        await Change(customer, terms);
        Assert.True(Given.Dollars(50) == (await system.Spend(customer)).NotBilled, how);

        await system.Use(customer, 30);
        Assert.Equal(Given.Dollars(50), (await system.Spend(customer)).NotBilled);
        Assert.Equal(Given.Dollars(180), (await system.Spend(customer)).Usage);
    }

    [Fact]
    public async Task What_is_forgiven_is_never_lowered()
    {
        var customer = await system.Customer();
        await system.Cap(customer, new LimitTerms(100));
        await system.Use(customer, 150);
        await system.Cap(customer, new LimitTerms(200));
        await system.Cap(customer, new LimitTerms(140));
        await system.Cap(customer, new LimitTerms(300));

        Assert.Equal(50, await Forgiven(customer));

        await system.Cap(customer, new LimitTerms(60));
        await system.Limits.Remove(Actor.System, customer.Key, CancellationToken.None);
        Assert.Equal(90, await Forgiven(customer));
    }

    [Fact]
    public async Task A_lowered_cap_forgives_nothing_by_itself()
    {
        var customer = await system.Customer();
        await system.Cap(customer, new LimitTerms(100));
        await system.Use(customer, 150);
        await system.Cap(customer, new LimitTerms(90));

        Assert.Equal(0, await Forgiven(customer));
        Assert.Equal(Given.Dollars(60), (await system.Spend(customer)).NotBilled);
    }

    [Fact]
    public async Task A_period_that_is_over_but_not_closed_keeps_what_its_cap_kept_off()
    {
        var customer = await system.Customer();
        await system.Cap(customer, new LimitTerms(100));
        await system.Use(customer, 150);
        var february = (await system.Spend(customer)).Period;
        system.Clock.MoveTo(february.End.AddMinutes(5));
        await system.Cap(customer, new LimitTerms(500));

        var entry = system.Register.Now.ById[customer.Id];
        var spend = await system.Spends.Of(entry, entry.Subscription!, february, CancellationToken.None);
        Assert.Equal(Given.Dollars(50), spend.NotBilled);
    }

    [Fact]
    public async Task Usage_that_is_being_stored_while_a_cap_is_raised_is_waited_for_and_stays_unbilled()
    {
        var customer = await system.Customer();
        await system.Cap(customer, new LimitTerms(100));
        await system.Use(customer, 150);

        // As the event writer does it: the customer's row first, then the buckets, then the commit.
        await using var connection = await system.Database.Source.OpenConnectionAsync();
        await using var storing = await connection.BeginTransactionAsync();
        await using var more = new NpgsqlCommand($"""
            UPDATE customers SET usage_version = usage_version + 1 WHERE id = {customer.Id};
            UPDATE usage_buckets SET sum = sum + 30 WHERE customer_id = {customer.Id} AND meter_id = (SELECT id FROM meters WHERE key = 'tokens')
            """, connection);
        await more.ExecuteNonQueryAsync();
        var raising = system.Cap(customer, new LimitTerms(1_000));
        await IsWaiting();
        Assert.False(raising.IsCompleted);
        await storing.CommitAsync();
        await raising;

        Assert.Equal(80, await Forgiven(customer));
    }

    [Fact]
    public async Task Only_the_operator_turns_the_protection_on_and_off()
    {
        var customer = await system.Customer();
        var owner = Actor.OfMember("owner@acme.example", customer.Id, MemberRole.Owner);

        var refusal = await Assert.ThrowsAsync<Refusal>(() => system.Cap(customer, new LimitTerms(100, Enforced: false), owner));
        Assert.Equal(RefusalKind.Forbidden, refusal.Kind);
        Assert.Null(system.Register.Now.ById[customer.Id].Limit);

        await system.Cap(customer, new LimitTerms(100, Enforced: false), Actor.OfOperator("ada@example.com", OperatorRole.Finance));
        await system.Cap(customer, new LimitTerms(120), owner);
        Assert.False(system.Register.Now.ById[customer.Id].Limit!.Enforced);
        Assert.EndsWith("not enforced → 120.00 USD hard, mails at 80, 100 %, not enforced", (await Audit(customer))[^1].Detail, StringComparison.Ordinal);

        refusal = await Assert.ThrowsAsync<Refusal>(() => system.Cap(customer, new LimitTerms(120, Enforced: true), owner));
        Assert.Equal(RefusalKind.Forbidden, refusal.Kind);
    }

    [Fact]
    public async Task A_viewer_changes_nothing_and_a_stranger_finds_nothing()
    {
        var (customer, other) = (await system.Customer(), await system.Customer());
        var viewer = Actor.OfMember("viewer@acme.example", customer.Id, MemberRole.Viewer);
        var stranger = Actor.OfMember("owner@globex.example", other.Id, MemberRole.Owner);

        Assert.Equal(RefusalKind.Forbidden, (await Assert.ThrowsAsync<Refusal>(() => system.Cap(customer, new LimitTerms(1), viewer))).Kind);
        Assert.Equal(RefusalKind.NotFound, (await Assert.ThrowsAsync<Refusal>(() => system.Cap(customer, new LimitTerms(1), stranger))).Kind);
        Assert.Equal(RefusalKind.NotFound, (await Assert.ThrowsAsync<Refusal>(() => system.Limits.Remove(stranger, customer.Key, CancellationToken.None))).Kind);
        Assert.Empty(await Audit(customer));
    }

    [Fact]
    public async Task What_makes_no_sense_is_refused_with_its_fields_and_changes_nothing()
    {
        var customer = await system.Customer();
        var refused = await Assert.ThrowsAsync<InvalidInputException>(() => system.Cap(customer, new LimitTerms(100.001m, Alerts: [0])));

        Assert.Equal(["amount", "alerts[0]"], refused.Errors.Items.Select(error => error.Path));
        Assert.Empty(await Audit(customer));
    }

    [Fact]
    public async Task Removing_a_cap_that_is_not_there_does_nothing()
    {
        var customer = await system.Customer();
        await system.Limits.Remove(Actor.System, customer.Key, CancellationToken.None);
        Assert.Empty(await Audit(customer));
    }

    [Fact]
    public async Task Two_who_change_a_cap_at_once_do_so_one_after_the_other()
    {
        var customer = await system.Customer();
        await Task.WhenAll(Enumerable.Range(1, 8).Select(amount => system.Cap(customer, new LimitTerms(amount))));

        var steps = (await Audit(customer)).Select(entry => entry.Detail!.Split(" → ")).ToList();
        Assert.Equal(8, steps.Count);
        Assert.Equal(steps.SkipLast(1).Select(step => step[1]), steps.Skip(1).Select(step => step[0]));
    }

    private async Task IsWaiting()
    {
        var deadline = Stopwatch.StartNew();
        while (await system.Metering.Scalar<long>("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'") == 0)
        {
            Assert.True(deadline.Elapsed < TimeSpan.FromSeconds(30), "Nobody waits for the lock.");
            await Task.Delay(10);
        }
    }

    private async Task Change(Customer customer, LimitTerms? terms)
    {
        if (terms is null)
        {
            await system.Limits.Remove(Actor.System, customer.Key, CancellationToken.None);
        }
        else
        {
            await system.Cap(customer, terms);
        }
    }

    private async Task<decimal> Forgiven(Customer customer)
    {
        await using var db = system.Database.CreateDbContext();
        return await db.ForgivenUsage.Where(usage => usage.CustomerId == customer.Id).SumAsync(usage => usage.Amount);
    }

    private async Task<List<AuditEntry>> Audit(Customer customer)
    {
        await using var db = system.Database.CreateDbContext();
        return await db.AuditEntries.AsNoTracking().Where(entry => entry.CustomerId == customer.Id).OrderBy(entry => entry.Id).ToListAsync();
    }
}
