using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Alerts;
using Portal.Domain.Catalog;
using Portal.Domain.Limits;
using Portal.Domain.Metering;
using Portal.Domain.Rating;
using Portal.Domain.Tests.Metering;
using Portal.Domain.Values;

namespace Portal.Domain.Tests.Limits;

/// <summary>T-25, the watch: a spike pauses once, with its mail, its link and its audit.</summary>
public sealed partial class SpikeWatchTests : IAsyncLifetime
{
    private static readonly DateTimeOffset s_now = new(2026, 2, 20, 10, 25, 0, TimeSpan.Zero);

    private readonly LimitsSystem _system = new();
    private int _sent;

    public async Task InitializeAsync()
    {
        await _system.InitializeAsync();
        Assert.True(_system.Clock.MoveTo(s_now));
    }

    public Task DisposeAsync() => _system.DisposeAsync();

    [Fact]
    public async Task A_loop_pauses_access_mails_the_figures_with_a_link_and_tells_the_operator()
    {
        var customer = await Usual();
        Assert.False(await Look(customer));
        await Use(customer, 20, "10:05");
        Assert.False(await Look(customer));
        await Use(customer, 21, "10:20");
        Assert.True(await Look(customer));

        Assert.Equal(AccessReason.PausedBySpike, _system.Answer(customer).Reason);
        var (spike, mail) = await Stored(customer);
        Assert.Equal((23, 2, 2, 300), (spike.Value, spike.Baseline, spike.Highest, spike.RulePercent));
        Assert.Equal(("spike", customer.Email), (mail.AlertKind, mail.To));
        Assert.Contains("$2.00", mail.Text, StringComparison.Ordinal);
        Assert.Contains("$23.00 (1,150 % of what is usual)", mail.Text, StringComparison.Ordinal);
        Assert.Matches(Link(), mail.Text);
        await using var db = _system.Database.CreateDbContext();
        var alert = await db.Alerts.SingleAsync(found => found.CustomerId == customer.Id);
        Assert.Equal(("spike", mail.MessageId), (alert.Kind, alert.MessageId));
        Assert.Equal(customer.Id, (await db.Alarms.SingleAsync()).CustomerId);
        Assert.Equal("customer.paused", (await db.AuditEntries.SingleAsync(entry => entry.CustomerId == customer.Id)).Action);
        Assert.Equal(1, await db.WebhookEvents.CountAsync(happened => happened.CustomerId == customer.Id && happened.Type == WebhookTypes.AlertRaised));
    }

    [Fact]
    public async Task Many_nodes_that_look_at_once_pause_once_and_send_one_mail()
    {
        var customer = await Usual();
        await Loop(customer);
        await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => _system.NewWatch().Look(_system.Register.Now.ById[customer.Id], CancellationToken.None)));
        await using var db = _system.Database.CreateDbContext();
        Assert.Equal(1, await db.Spikes.CountAsync(spike => spike.CustomerId == customer.Id));
        Assert.Equal(1, await db.Outbox.CountAsync(mail => mail.CustomerId == customer.Id));
        Assert.Equal(1, await db.Pauses.CountAsync(pause => pause.CustomerId == customer.Id));
    }

    [Fact]
    public async Task The_link_changes_nothing_until_its_button_is_pressed_and_works_once()
    {
        var (writer, customer) = (NewWriter(), await Usual());
        await Loop(customer);
        await Look(customer);
        var token = Link().Match((await Stored(customer)).Mail.Text).Groups[1].Value;

        Assert.True((await writer.Link(token, CancellationToken.None))!.IsUsable);
        Assert.False(_system.Answer(customer).Allowed);
        Assert.Null(await writer.Link(token + "x", CancellationToken.None));

        Assert.False((await writer.Resume(token, CancellationToken.None))!.IsUsable);
        Assert.True(_system.Answer(customer).Allowed);
        await _system.Pauses.Pause(Actor.System, customer.Key, null, CancellationToken.None);
        Assert.NotNull((await writer.Resume(token, CancellationToken.None))!.Spike.ResumedAt);
        Assert.Equal(AccessReason.PausedByOperator, _system.Answer(customer).Reason);
        Assert.Equal("the link in the mail", (await Stored(customer)).Spike.ResumedBy);
    }

    [Fact]
    public async Task The_link_lifts_neither_the_operators_pause_nor_the_customers_own()
    {
        var (writer, customer) = (NewWriter(), await Usual());
        await Loop(customer);
        await Look(customer);
        await _system.Pauses.Pause(Actor.OfMember("ann@example.com", customer.Id, MemberRole.Owner), customer.Key, null, CancellationToken.None);
        await writer.Resume(Link().Match((await Stored(customer)).Mail.Text).Groups[1].Value, CancellationToken.None);
        Assert.Equal(AccessReason.PausedByCustomer, _system.Answer(customer).Reason);
    }

    [Fact]
    public async Task After_seven_days_the_link_does_nothing()
    {
        var (writer, customer) = (NewWriter(), await Usual());
        await Loop(customer);
        await Look(customer);
        var token = Link().Match((await Stored(customer)).Mail.Text).Groups[1].Value;
        Assert.True(_system.Clock.MoveTo(s_now.AddDays(7)));
        Assert.True((await writer.Resume(token, CancellationToken.None))!.IsOld);
        Assert.False(_system.Answer(customer).Allowed);
    }

    [Fact]
    public async Task What_a_person_lets_pass_is_not_paused_again_unless_it_grows_by_half()
    {
        var customer = await Usual();
        await Loop(customer);
        await Look(customer);
        await _system.Pauses.Resume(Actor.System, customer.Key, CancellationToken.None);
        Assert.False(await Look(customer));

        // It goes on as loud as it was.
        Assert.True(_system.Clock.MoveTo(s_now.AddMinutes(75)));
        await Use(customer, 23, "10:50");
        await Use(customer, 23, "11:20");
        await Use(customer, 23, "11:35");
        Assert.False(await Look(customer));
        await Use(customer, 20, "11:22");
        await Use(customer, 20, "11:37");
        Assert.True(await Look(customer));
    }

    [Fact]
    public async Task The_customers_own_rule_holds_and_its_change_is_in_the_audit()
    {
        var (writer, customer) = (NewWriter(), await Usual());
        await writer.SetRule(Actor.System, customer.Key, new SpikeRule(5_000, 5, true), CancellationToken.None);
        await Loop(customer);
        Assert.False(await Look(customer));
        await writer.SetRule(Actor.System, customer.Key, new SpikeRule(300, 5, false), CancellationToken.None);
        Assert.False(await Look(customer));
        await writer.SetRule(Actor.System, customer.Key, SpikeRule.Default, CancellationToken.None);
        Assert.Equal(1, (await _system.Watch.Run(CancellationToken.None)).Done);
        await using var db = _system.Database.CreateDbContext();
        Assert.Equal(3, await db.AuditEntries.CountAsync(entry => entry.CustomerId == customer.Id && entry.Action == "spike_rule.set"));
        var refused = await Assert.ThrowsAsync<InvalidInputException>(() => writer.SetRule(Actor.System, customer.Key, new SpikeRule(0, -1, true), CancellationToken.None));
        Assert.Equal(["percent", "floor"], refused.Errors.Items.Select(error => error.Path));
    }

    [Fact]
    public async Task A_false_alarm_is_marked_and_unmarked()
    {
        var (writer, customer) = (NewWriter(), await Usual());
        await Loop(customer);
        await Look(customer);
        var id = (await Stored(customer)).Spike.Id;
        await writer.MarkFalse(Actor.OfMember("ann@example.com", customer.Id, MemberRole.Owner), id, true, CancellationToken.None);
        Assert.Equal("ann@example.com", (await Stored(customer)).Spike.FalsePositiveBy);
        var stranger = Actor.OfMember("eve@example.com", customer.Id + 1, MemberRole.Owner);
        await Assert.ThrowsAsync<Refusal>(() => writer.MarkFalse(stranger, id, false, CancellationToken.None));
        await writer.MarkFalse(Actor.System, id, false, CancellationToken.None);
        Assert.Null((await Stored(customer)).Spike.FalsePositiveBy);
    }

    [Fact]
    public async Task Following_a_customer_finds_the_spike_too()
    {
        var customer = await Usual();
        await Loop(customer);
        await _system.BringUpToDate(customer);
        Assert.Equal(AccessReason.PausedBySpike, _system.Answer(customer).Reason);
    }

    [Fact]
    public void Usage_weighs_what_it_costs_once_nothing_is_free_any_more()
    {
        var meter = MeteringSystem.Meter("tokens", Aggregation.Sum, "tokens", []);
        UsageTotal[] used = [new UsageTotal(meter.Id, [], 4, 100, null, null, null, null)];
        decimal Weigh(Rate rate, decimal included = 0) => ActivityWeight.Of(
            [new Price("p", "P", "tokens", new Dictionary<string, string>(), null, null, new PriceTerms(rate, included))], _ => meter, used);
        Assert.Equal(50, Weigh(new PerUnitRate(5, 10), included: 1_000));
        Assert.Equal(200, Weigh(new GraduatedRate([new Tier(10, 0), new Tier(null, 2)])));
        Assert.Equal(300, Weigh(new VolumeRate([new Tier(null, 3)])));
        Assert.Equal(20, Weigh(new PackageRate(50, 10)));
        Assert.Equal(14, Weigh(new PercentageRate(10, 1)));
        Assert.Equal(0, Weigh(new FlatRate(9)));
    }

    [GeneratedRegex(@"/Account/Resume\?token=([\w-]+)")]
    private static partial Regex Link();

    private SpikeWriter NewWriter() => new(_system.Database, _system.Register, _system.Pauses, _system.Clock);

    private Task<bool> Look(Customer customer) => _system.Watch.Look(_system.Register.Now.ById[customer.Id], CancellationToken.None);

    private async Task<(Spike Spike, OutboxMail Mail)> Stored(Customer customer)
    {
        await using var db = _system.Database.CreateDbContext();
        var spike = await db.Spikes.AsNoTracking().SingleAsync(found => found.CustomerId == customer.Id);
        return (spike, await db.Outbox.AsNoTracking().SingleAsync(mail => mail.MessageId == spike.MessageId));
    }

    /// <summary>A customer with two dollars in each quarter-hour around ten o'clock, for two weeks and in the hour before now.</summary>
    private async Task<Customer> Usual()
    {
        var customer = await _system.Customer();
        var events = from day in Enumerable.Range(0, 15)
                     from quarter in Enumerable.Range(-4, 12)
                     let at = s_now.Date.AddDays(-day).AddHours(10).AddMinutes(15 * quarter)
                     where at <= s_now
                     select Event(customer, 2, at);
        await _system.Metering.Send([.. events]);
        return customer;
    }

    private async Task Loop(Customer customer)
    {
        await Use(customer, 20, "10:05");
        await Use(customer, 21, "10:20");
    }

    private Task<EventBatch> Use(Customer customer, decimal dollars, string time) =>
        _system.Metering.Send(Event(customer, dollars, s_now.Date + TimeSpan.Parse(time, CultureInfo.InvariantCulture)));

    private string Event(Customer customer, decimal dollars, DateTime at) => MeteringSystem.Event(
        customer, string.Create(CultureInfo.InvariantCulture, $"s{++_sent}"), dollars, at.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
}
