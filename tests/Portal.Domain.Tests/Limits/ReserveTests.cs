using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Portal.Domain.Accounts;
using Portal.Domain.Catalog;
using Portal.Domain.Limits;
using Portal.Domain.Metering;
using static Portal.Domain.Tests.Metering.MeteringSystem;

namespace Portal.Domain.Tests.Limits;

/// <summary>T-22 step by step: usage that waits on the host's disk counts on top of what was read last, up to a reserve of 10 %, and stops waiting at the moment at which it is read.</summary>
public sealed class ReserveTests(LimitsSystem system) : IClassFixture<LimitsSystem>
{
    [Fact]
    public async Task What_waits_counts_and_access_ends_at_the_cap_and_its_reserve()
    {
        var customer = await Capped(100, used: 60);
        Spool(Event(customer, "a", 49));
        var open = system.Answer(customer);
        Spool(Event(customer, "b", 1));
        var closed = system.Answer(customer);

        Assert.Equal((true, 109m, 1m, 100m), (open.Allowed, open.Used, open.Remaining, open.Limit));
        Assert.Equal((AccessReason.LimitReached, 110m, 0m), (closed.Reason!.Value, closed.Used, closed.Remaining));
        Assert.StartsWith("50 of what is used waits on this host's disk until the database takes it. Meanwhile access ends 10 % of the limit later", closed.Note, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_cap_that_was_reached_before_stays_reached()
    {
        var customer = await Capped(100, used: 100);
        Spool(Event(customer, "a", 1));

        Assert.Equal((AccessReason.LimitReached, 101m, null), (system.Answer(customer).Reason, system.Answer(customer).Used, system.Answer(customer).Note));
    }

    [Fact]
    public async Task Units_of_a_feature_have_a_reserve_too()
    {
        var customer = await Capped(1_000_000, used: 0);
        Spool([.. Enumerable.Range(0, 549).Select(n => Event(customer, $"u{n}", 0))]);
        Assert.Equal((true, 549m, 1m), (system.Answer(customer, "api").Allowed, system.Answer(customer, "api").Used, system.Answer(customer, "api").Remaining));

        Spool(Event(customer, "one more", 0));
        Assert.Equal(AccessReason.LimitReached, system.Answer(customer, "api").Reason);
        Assert.True(system.Answer(customer, "chat").Allowed);
    }

    [Fact]
    public void A_limit_on_a_part_has_a_reserve_of_its_own_unless_it_was_reached_before()
    {
        AccessFacts Facts(decimal used) => new(Given.Entry(), Given.March, Given.Dollars(0), new Dictionary<string, decimal>(), [], Given.Now)
        {
            Parts = [Stand("near", used), Stand("reached", 50)],
        };

        Assert.Null(Answer(54.99m, "near").Reason);
        Assert.Equal(AccessReason.LimitReached, Answer(55, "near").Reason);
        Assert.Equal(AccessReason.LimitReached, Answer(0, "reached").Reason);

        AccessAnswer Answer(decimal used, string group) => AccessDecision.Of(Facts(used).OnTopOf(Facts(0), 10), new AccessQuestion(null, null, new Dictionary<string, string> { ["api_key"] = group }));

        static UsageLimitStand Stand(string key, decimal used) => new(
            new UsageLimit { CustomerId = 0, Key = key, Match = new Dictionary<string, string> { ["api_key"] = key }, Amount = 50, Kind = LimitKind.Hard, SoftPercent = 0, Alerts = [] }, null, used, 0);
    }

    [Fact]
    public void A_cap_without_its_protection_ends_nothing_and_says_nothing()
    {
        static AccessFacts Facts(decimal used) => new(Given.Entry(Given.Cap(100, enforced: false)), Given.March, Given.Dollars(used), new Dictionary<string, decimal>(), [], Given.Now);

        var answer = AccessDecision.Of(Facts(500).OnTopOf(Facts(60), 10), AccessQuestion.General);

        Assert.Equal((null, 500m, null), (answer.Reason, answer.Used, answer.Note));
    }

    [Fact]
    public async Task Credits_that_alone_pay_have_a_reserve_too_of_what_was_left_of_them()
    {
        var customer = await Capped(1_000_000, used: 60);
        system.Access.TakeCredits(customer.Id, new CreditsLeft(20, 60, new DateTimeOffset(2026, 2, 1, 0, 0, 0, TimeSpan.Zero)));
        Spool(Event(customer, "a", 21));
        Assert.True(system.Answer(customer).Allowed);

        Spool(Event(customer, "b", 1));
        Assert.Equal((AccessReason.CreditsExhausted, "22 of what is used waits on this host's disk until the database takes it, and is more than the credits that were left pay for."),
            (system.Answer(customer).Reason!.Value, system.Answer(customer).Note));
    }

    [Fact]
    public async Task What_is_replayed_stops_waiting_at_the_moment_at_which_it_is_read()
    {
        var customer = await Capped(100, used: 60);
        var first = Spool(Event(customer, "a", 30));
        var second = Spool(Event(customer, "b", 20));
        await Replay(first);
        Assert.Equal(110, system.Answer(customer).Used);

        await system.BringUpToDate(customer);
        Assert.Equal((110m, true), (system.Answer(customer).Used, system.Waiting.Has(customer.Id)));

        await Replay(second);
        await system.BringUpToDate(customer);
        Assert.Equal((110m, false, AccessReason.LimitReached, null), (system.Answer(customer).Used, system.Waiting.Has(customer.Id), system.Answer(customer).Reason!.Value, system.Answer(customer).Note));

        await system.Cap(customer, new LimitTerms(200));
        Assert.True(system.Answer(customer).Allowed);
    }

    [Fact]
    public async Task Figures_that_are_read_while_a_replay_is_under_way_count_when_its_versions_are_known()
    {
        var customer = await Capped(100, used: 60);
        var batch = Spool(Event(customer, "a", 30));
        var flight = system.Waiting.Launch([batch]);
        await system.BringUpToDate(customer);
        Assert.Equal(WriteOutcome.Stored, await system.Metering.Writer.Write(batch));
        await system.BringUpToDate(customer);
        Assert.Equal(90, system.Answer(customer).Used);

        system.Waiting.Land(flight);
        Assert.Equal((90m, false), (system.Answer(customer).Used, system.Waiting.Has(customer.Id)));
    }

    [Fact]
    public async Task A_replay_that_fails_leaves_everything_waiting()
    {
        var customer = await Capped(100, used: 60);
        var flight = system.Waiting.Launch([Spool(Event(customer, "a", 30))]);
        await system.BringUpToDate(customer);
        system.Waiting.Recall(flight);

        Assert.Equal((90m, true), (system.Answer(customer).Used, system.Waiting.Has(customer.Id)));
    }

    [Fact]
    public async Task What_was_stored_before_opens_access_again_once_that_is_known()
    {
        var customer = await Capped(100, used: 0);
        await system.Metering.Send(Event(customer, "again", 60));
        await system.BringUpToDate(customer);
        var batch = Spool(Event(customer, "again", 60));
        Assert.False(system.Answer(customer).Allowed);

        Assert.Equal([customer.Id], await Replay(batch));
        await system.BringUpToDate(customer);
        Assert.Equal((true, 60m), (system.Answer(customer).Allowed, system.Answer(customer).Used));
    }

    [Fact]
    public async Task What_the_disk_did_not_take_and_what_was_put_aside_is_not_counted()
    {
        var customer = await Capped(100, used: 60);
        var refused = Batch(Event(customer, "a", 45));
        system.Waiting.Note(refused);
        Assert.Equal(105, system.Answer(customer).Used);
        system.Waiting.Forget(refused);
        Assert.Equal(60, system.Answer(customer).Used);

        system.Waiting.Drop(Spool(Event(customer, "b", 45)));
        Assert.Equal((60m, false), (system.Answer(customer).Used, system.Waiting.Has(customer.Id)));
    }

    [Fact]
    public async Task What_a_damaged_record_held_is_forgotten_when_the_spool_is_empty()
    {
        var customer = await Capped(100, used: 60);
        Spool(Event(customer, "a", 45));
        system.Waiting.Settle(() => false);
        Assert.Equal(105, system.Answer(customer).Used);

        var onItsWay = Batch(Event(customer, "b", 1));
        system.Waiting.Note(onItsWay);
        system.Waiting.Settle(() => true);
        Assert.Equal(106, system.Answer(customer).Used);

        system.Waiting.Forget(onItsWay);
        system.Waiting.Settle(() => true);
        Assert.Equal(60, system.Answer(customer).Used);
    }

    [Fact]
    public async Task Usage_outside_the_running_period_is_not_counted_against_its_limits()
    {
        var customer = await Capped(100, used: 60);
        Spool(Event(customer, "late", 1_000, time: "2026-01-31T23:59:59Z"));

        Assert.Equal(60, system.Answer(customer).Used);
    }

    [Fact]
    public async Task Whoever_keeps_a_copy_hears_that_access_ended_and_that_it_is_open_again()
    {
        var customer = await Capped(100, used: 60);
        var heard = new ConcurrentQueue<AccessReason?>();
        using var listening = system.Access.Subscribe(change =>
        {
            if (change.Customer.Id == customer.Id && change.Question.Name == AccessQuestion.General.Name)
            {
                heard.Enqueue(change.Answer.Reason);
            }
        });
        var batch = Spool(Event(customer, "a", 50));
        Assert.Contains(customer.Id, system.Waiting.TakeChanged());
        system.Access.Review(customer.Id);
        system.Waiting.Drop(batch);
        Assert.Contains(customer.Id, system.Waiting.TakeChanged());
        system.Access.Review(customer.Id);

        Assert.Equal([AccessReason.LimitReached, null], heard);
    }

    [Fact]
    public async Task However_many_groups_a_sender_makes_up_they_are_added_up_in_as_many_as_are_told_apart()
    {
        var customer = await Capped(1_000_000, used: 0);
        var batches = Enumerable.Range(0, UsageGroups.Max + 500).Chunk(5_000)
            .Select(part => Spool([.. part.Select(n => Event(customer, $"g{n}", 1, model: string.Create(CultureInfo.InvariantCulture, $"m{n}")))])).ToList();
        var (_, _, totals) = system.Waiting.Of(customer.Id, new DateTimeOffset(2026, 2, 1, 0, 0, 0, TimeSpan.Zero), () => 0);

        Assert.Equal(UsageGroups.Max + 500, system.Answer(customer).Used);
        Assert.InRange(totals.Count, UsageGroups.Max, UsageGroups.Max + 10);
        batches.ForEach(system.Waiting.Drop);
        Assert.Equal(0, system.Answer(customer).Used);
    }

    [Fact]
    public void A_distinct_value_that_waits_counts_as_one_that_was_not_there_before()
    {
        var known = new UsageTotal(7, ["a"], 5, 5, null, null, null, null) { Distinct = new DistinctValues(1, [new SharedValues([1], 3)]) };
        var totals = Portal.Domain.Metering.Spooling.WaitingTotal.On([known], [new(new UsageTotal(7, ["a"], 2, 2, null, null, null, null), 2), new(new UsageTotal(7, ["b"], 4, 4, null, null, null, null), 1)]);

        Assert.Equal(6, UsageTotal.Quantity(Aggregation.Unique, [.. totals], TimeSpan.Zero));
        Assert.Equal(7, totals[0].Events);
    }

    private async Task<Customer> Capped(decimal cap, decimal used)
    {
        var customer = await system.Customer();
        await system.Cap(customer, new LimitTerms(cap));
        if (used > 0)
        {
            await system.Use(customer, used);
        }

        await system.BringUpToDate(customer);
        return customer;
    }

    private EventBatch Batch(params string[] events)
    {
        var batch = new EventBatch(system.Clock.GetUtcNow()) { KeepsVersions = true };
        Assert.True(system.Metering.Intake.Parser(Actor.System).Read(EventFormat.Plain, Encoding.UTF8.GetBytes($"[{string.Join(',', events)}]"), batch));
        Assert.Equal(events.Length, batch.Checked);
        return batch;
    }

    private EventBatch Spool(params string[] events)
    {
        var batch = Batch(events);
        system.Waiting.Note(batch);
        system.Waiting.Keep();
        return batch;
    }

    private async Task<IReadOnlyCollection<int>> Replay(EventBatch batch)
    {
        var flight = system.Waiting.Launch([batch]);
        Assert.Equal(WriteOutcome.Stored, await system.Metering.Writer.Write(batch));
        return system.Waiting.Land(flight);
    }
}
