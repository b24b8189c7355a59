using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Alerts;

namespace Portal.Domain.Tests.Limits;

/// <summary>The plan of these customers includes 500 calls in the feature "api"; each event is one call.</summary>
public sealed class IncludedAlertsTests : IAsyncLifetime
{
    private readonly LimitsSystem _system = new();

    public Task InitializeAsync() => _system.InitializeAsync();

    public Task DisposeAsync() => _system.DisposeAsync();

    [Fact]
    public async Task Units_that_are_nearly_used_up_and_used_up_are_mailed_once_each()
    {
        var customer = await _system.Customer();
        await Call(customer, 399);
        await _system.BringUpToDate(customer);
        Assert.Empty(await Mails(customer));

        await Call(customer, 1);
        await _system.BringUpToDate(customer);
        await _system.BringUpToDate(customer);
        var warning = Assert.Single(await Mails(customer));
        Assert.Equal(("included", customer.Email), (warning.AlertKind, warning.To));
        Assert.Contains("400 tokens of the 500 tokens", warning.Text, StringComparison.Ordinal);
        Assert.Contains("Nothing stops yet", warning.Text, StringComparison.Ordinal);

        await Call(customer, 150);
        await _system.BringUpToDate(customer);
        await _system.BringUpToDate(customer);
        var mails = await Mails(customer);
        Assert.Equal(2, mails.Count);
        Assert.Contains("Requests for api are refused", mails[1].Text, StringComparison.Ordinal);
        Assert.False(_system.Answer(customer, "api").Allowed);
    }

    [Fact]
    public async Task Both_crossed_at_once_are_on_record_and_the_higher_one_is_mailed()
    {
        var customer = await _system.Customer();
        await Call(customer, 600);
        await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => _system.NewMeter().BringUpToDate(customer.Id, CancellationToken.None)));
        await using var db = _system.Database.CreateDbContext();
        var alerts = await db.Alerts.Where(alert => alert.CustomerId == customer.Id).OrderBy(alert => alert.Threshold).ToListAsync();
        Assert.Equal([80, 100], alerts.Select(alert => alert.Threshold));
        Assert.All(alerts, alert => Assert.Equal(("included", "api", 500m, 600m), (alert.Kind, alert.Scope, alert.Limit, alert.Used)));
        Assert.Equal((null, (await Mails(customer)).Single().MessageId), (alerts[0].MessageId, alerts[1].MessageId));
    }

    [Fact]
    public async Task A_new_period_counts_and_warns_anew()
    {
        var customer = await _system.Customer();
        await Call(customer, 450);
        await _system.BringUpToDate(customer);
        Assert.True(_system.Clock.MoveTo(new DateTimeOffset(2026, 3, 2, 0, 0, 0, TimeSpan.Zero)));
        await _system.BringUpToDate(customer);
        Assert.Single(await Mails(customer));
        await Call(customer, 450);
        await _system.BringUpToDate(customer);
        Assert.Equal(2, (await Mails(customer)).Count);
    }

    private async Task Call(Customer customer, int times)
    {
        for (var n = 0; n < times; n += 50)
        {
            await Task.WhenAll(Enumerable.Range(0, Math.Min(50, times - n)).Select(_ => _system.Use(customer, 0)));
        }
    }

    private async Task<List<OutboxMail>> Mails(Customer customer)
    {
        await using var db = _system.Database.CreateDbContext();
        return await db.Outbox.AsNoTracking().Where(mail => mail.CustomerId == customer.Id).OrderBy(mail => mail.Id).ToListAsync();
    }
}
