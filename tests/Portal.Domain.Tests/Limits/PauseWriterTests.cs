using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Limits;
using Portal.Domain.Tests.Metering;
using Portal.Domain.Values;

namespace Portal.Domain.Tests.Limits;

public sealed class PauseWriterTests(LimitsSystem system) : IClassFixture<LimitsSystem>
{
    [Fact]
    public async Task Each_side_pauses_for_itself_and_access_names_the_operator_first()
    {
        var customer = await system.Customer();
        var owner = Owner(customer);

        await system.Pauses.Pause(owner, customer.Key, null, CancellationToken.None);
        Assert.Equal(AccessReason.PausedByCustomer, system.Answer(customer).Reason);

        await system.Pauses.PauseForSpike(customer.Key, "Usage rose to 5 times the usual.", _ => { }, CancellationToken.None);
        var open = await system.Pauses.Pause(Actor.System, customer.Key, "Under review.", CancellationToken.None);
        Assert.Equal([PauseCause.Operator, PauseCause.Customer, PauseCause.Spike], open.Select(pause => pause.Cause));
        Assert.Equal(AccessReason.PausedByOperator, system.Answer(customer).Reason);
    }

    [Fact]
    public async Task A_customer_lifts_its_own_pause_and_a_spikes_but_not_the_operators()
    {
        var customer = await system.Customer();
        var owner = Owner(customer);
        await system.Pauses.Pause(owner, customer.Key, null, CancellationToken.None);
        await system.Pauses.PauseForSpike(customer.Key, "Usage rose to 5 times the usual.", _ => { }, CancellationToken.None);
        await system.Pauses.Pause(Actor.System, customer.Key, null, CancellationToken.None);

        var left = await system.Pauses.Resume(owner, customer.Key, CancellationToken.None);
        Assert.Equal([PauseCause.Operator], left.Select(pause => pause.Cause));
        Assert.Equal(AccessReason.PausedByOperator, system.Answer(customer).Reason);

        var refusal = await Assert.ThrowsAsync<Refusal>(() => system.Pauses.Resume(owner, customer.Key, CancellationToken.None));
        Assert.Equal(RefusalKind.Forbidden, refusal.Kind);

        Assert.Empty(await system.Pauses.Resume(Actor.System, customer.Key, CancellationToken.None));
        Assert.True(system.Answer(customer).Allowed);
    }

    [Fact]
    public async Task Pausing_twice_is_one_pause_and_resuming_nothing_is_nothing()
    {
        var customer = await system.Customer();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => system.Pauses.Pause(Actor.System, customer.Key, null, CancellationToken.None)));
        await system.Pauses.Resume(Actor.System, customer.Key, CancellationToken.None);
        await system.Pauses.Resume(Actor.System, customer.Key, CancellationToken.None);

        await using var db = system.Database.CreateDbContext();
        Assert.Equal(1, await db.Pauses.CountAsync(pause => pause.CustomerId == customer.Id));
        Assert.Equal(
            ["customer.paused operator", "customer.resumed operator"],
            await db.AuditEntries.Where(entry => entry.CustomerId == customer.Id).OrderBy(entry => entry.Id).Select(entry => $"{entry.Action} {entry.Detail}").ToListAsync());
    }

    [Fact]
    public async Task A_developer_may_not_pause_and_a_stranger_finds_nobody_to_pause()
    {
        var (customer, other) = (await system.Customer(), await system.Customer());
        var developer = Actor.OfMember("dev@acme.example", customer.Id, MemberRole.Developer);

        Assert.Equal(RefusalKind.Forbidden, (await Assert.ThrowsAsync<Refusal>(() => system.Pauses.Pause(developer, customer.Key, null, CancellationToken.None))).Kind);
        Assert.Equal(RefusalKind.NotFound, (await Assert.ThrowsAsync<Refusal>(() => system.Pauses.Resume(Owner(other), customer.Key, CancellationToken.None))).Kind);
    }

    [Fact]
    public async Task A_reason_is_one_line_of_text()
    {
        var customer = await system.Customer();
        await Assert.ThrowsAsync<InvalidInputException>(() => system.Pauses.Pause(Actor.System, customer.Key, "a\nb", CancellationToken.None));
        await Assert.ThrowsAsync<InvalidInputException>(() => system.Pauses.Pause(Actor.System, customer.Key, new string('x', 501), CancellationToken.None));
        Assert.True(system.Answer(customer).Allowed);
    }

    [Fact]
    public async Task T28_through_pauses_and_resumes_under_load_every_event_is_stored_and_those_of_a_pause_are_not_billed()
    {
        var customer = await system.Customer();
        var billable = 0;
        for (var round = 0; round < 10; round++)
        {
            billable += await Load(round, "before");
            await system.Pauses.Pause(Actor.System, customer.Key, null, CancellationToken.None);
            Assert.False(system.Answer(customer).Allowed);

            // What was under way is still billed for a minute.
            system.Clock.MoveTo(system.Clock.GetUtcNow().AddSeconds(60));
            billable += await Load(round, "grace");
            system.Clock.MoveTo(system.Clock.GetUtcNow().AddSeconds(1));
            await Load(round, "paused");
            await system.Pauses.Resume(Actor.System, customer.Key, CancellationToken.None);
            Assert.True(system.Answer(customer).Allowed);
        }

        Assert.Equal(10 * 3 * 40, await system.Metering.Scalar<long>("SELECT count(*) FROM events WHERE customer_id = $1", customer.Id));
        Assert.Equal(billable, await system.Metering.Scalar<long>("SELECT count(*) FROM events WHERE customer_id = $1 AND billable", customer.Id));
        Assert.Equal(0, await system.Metering.Scalar<long>("SELECT count(*) FROM events WHERE customer_id = $1 AND billable = (id LIKE 'paused%')", customer.Id));
        Assert.Equal(Given.Dollars(billable), (await system.Spend(customer)).Usage);

        async Task<int> Load(int round, string when)
        {
            var sent = await Task.WhenAll(Enumerable.Range(0, 40).Select(i =>
                system.Metering.Send(MeteringSystem.Event(customer, string.Create(CultureInfo.InvariantCulture, $"{when}-{round}-{i}")))));
            Assert.All(sent, batch => Assert.Equal(1, batch.Accepted));
            return sent.Length;
        }
    }

    private static Actor Owner(Customer customer) => Actor.OfMember("owner@example.com", customer.Id, MemberRole.Owner);
}
