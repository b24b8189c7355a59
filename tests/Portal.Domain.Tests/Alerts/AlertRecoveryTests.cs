using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Alerts;
using Portal.Domain.Limits;
using Portal.Domain.Tests.Limits;

namespace Portal.Domain.Tests.Alerts;

public sealed class AlertRecoveryTests(LimitsSystem system) : IClassFixture<LimitsSystem>
{
    [Fact]
    public async Task A_raised_cap_ends_the_alarm_and_usage_that_comes_back_brings_it_back_without_a_second_mail()
    {
        var customer = await system.Customer();
        await system.Cap(customer, new LimitTerms(100));
        await system.Use(customer, 130);
        Assert.Equal(["80 Warning", "100 Alarm"], await States(customer));

        await system.Cap(customer, new LimitTerms(160));
        Assert.Equal(["80 Warning", "100 Ok", "80 Warning"], await States(customer));
        await system.Use(customer, 35);
        Assert.Equal(["80 Warning", "100 Alarm", "80 Warning", "100 Alarm"], await States(customer));

        await system.Cap(customer, new LimitTerms(1_000));
        Assert.Equal(["80 Ok", "100 Ok", "80 Ok", "100 Ok"], await States(customer));
        Assert.Equal(3, await system.Metering.Scalar<long>("SELECT count(*) FROM outbox_mails WHERE customer_id = $1", customer.Id));
    }

    [Fact]
    public async Task A_limit_on_a_part_that_is_gone_holds_nothing_up()
    {
        var customer = await system.Customer();
        var limits = new UsageLimitWriter(system.Register, system.Database, system.Spends, system.Clock);
        await limits.Set(Actor.System, customer.Key, "tokens", new UsageLimitTerms("tokens", null, new Dictionary<string, string>(), 10, null), CancellationToken.None);
        await system.Use(customer, 12);
        Assert.Equal(["80 Warning", "100 Alarm"], await States(customer));

        await limits.Remove(Actor.System, customer.Key, "tokens", CancellationToken.None);
        Assert.Equal(["80 Ok", "100 Ok"], await States(customer));
    }

    private async Task<List<string>> States(Customer customer)
    {
        await system.BringUpToDate(customer);
        await new AlertRecoveryRun(system.Database, system.Register, system.Access, system.Clock).Run(CancellationToken.None);
        var rows = await new AlertReader(system.Database, system.Register).List(Actor.System, customer.Key, null, 10, CancellationToken.None);
        return [.. rows.OrderBy(row => row.Id).Select(row => $"{row.Threshold} {row.Standing}")];
    }
}
