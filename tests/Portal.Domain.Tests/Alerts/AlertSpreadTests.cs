using Microsoft.EntityFrameworkCore;
using NodaTime;
using Portal.Domain.Accounts;
using Portal.Domain.Alerts;
using Portal.Domain.Storage;
using Portal.Domain.Tests.Invoicing;
using Portal.Domain.Values;
using static Portal.Domain.Tests.Invoicing.BillingSystem;

namespace Portal.Domain.Tests.Alerts;

public sealed class AlertSpreadTests : IAsyncLifetime
{
    private BillingSystem _system = null!;
    private Customer _customer = null!;

    public async Task InitializeAsync()
    {
        _system = await BillingSystem.Start("2026-03-01T09:00:00Z");
        _customer = await _system.Subscribe([Fee("1")], zone: "Europe/Berlin");
    }

    public async Task DisposeAsync() => await _system.DisposeAsync();

    [Fact]
    public async Task Each_member_who_chose_the_channel_gets_a_mail_of_its_own_once_and_the_customers_address_gets_its_own()
    {
        var (ada, ben) = (await Join("ada@example.com"), await Join("ben@example.com"));
        await Join("cem@example.com", accepted: false);
        await Choices.Set(ada, _customer.Key, Alert.ForecastKind, email: true, inApp: false, CancellationToken.None);
        await Write("<one@portal.example>", Alert.ForecastKind);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Send()));
        await Send();

        var mails = _system.Mails.ToList();
        Assert.Equal([$"{_customer.Key}@example.com", "ada@example.com"], mails.Select(mail => mail.To));
        Assert.All(mails, mail => Assert.Equal("forecast", mail.Headers["Portal-Alert"]));
        Assert.False(mails[0].Headers.ContainsKey("List-Unsubscribe"));
        Assert.Equal("List-Unsubscribe=One-Click", mails[1].Headers["List-Unsubscribe-Post"]);
        Assert.Contains(mails[1].Headers["List-Unsubscribe"].Trim('<', '>'), mails[1].Text, StringComparison.Ordinal);
        Assert.Equal(0, await Reader.Unread(ada, _customer.Key, CancellationToken.None));
        Assert.Equal(1, await Reader.Unread(ben, _customer.Key, CancellationToken.None));
        var notice = Assert.Single(await Reader.Notices(ben, _customer.Key, null, 10, CancellationToken.None));
        Assert.Equal(("Subject", "It happened.\n\nUsed: $1"), (notice.Subject, notice.Text));
        await Choices.Read(ben, _customer.Key, null, CancellationToken.None);
        Assert.Equal(0, await Reader.Unread(ben, _customer.Key, CancellationToken.None));
    }

    [Fact]
    public async Task A_copy_carries_no_link_that_acts_without_a_sign_in_and_none_to_end_what_is_not_optional()
    {
        var ada = await Join("ada@example.com");
        await Choices.Set(ada, _customer.Key, Alert.SpikeKind, email: true, inApp: true, CancellationToken.None);
        await Write("<spike@portal.example>", Alert.SpikeKind, "https://portal.example/Account/Resume?token=abc_DEF-1");
        await Send();

        var copy = _system.Mails.Single(mail => mail.To == "ada@example.com");
        Assert.DoesNotContain("token=", copy.Text + copy.Html, StringComparison.Ordinal);
        Assert.Contains($"https://portal.example/limits?customer={_customer.Key}", copy.Text, StringComparison.Ordinal);
        Assert.False(copy.Headers.ContainsKey("List-Unsubscribe"));
    }

    [Fact]
    public async Task Quiet_hours_hold_what_can_wait_and_nothing_that_is_urgent()
    {
        var ada = await Join("ada@example.com");
        await Choices.Set(ada, _customer.Key, Alert.LimitKind, email: true, inApp: true, CancellationToken.None);
        await Choices.SetQuietHours(ada, _customer.Key, new TimeOnly(8, 0), new TimeOnly(12, 0), CancellationToken.None);
        await Write("<80@portal.example>", Alert.LimitKind);
        await Write("<100@portal.example>", Alert.LimitKind, isUrgent: true);
        await Send();
        Assert.Equal(["<100", "<80", "<100"], _system.Mails.OrderBy(mail => mail.To != "ada@example.com").ThenBy(mail => mail.MessageId.Length).Select(mail => mail.MessageId.Split('.', '@')[0]));

        // Noon in Berlin.
        await _system.WalkTo("2026-03-01T10:59:59Z");
        Assert.Equal(3, _system.Mails.Count);
        await _system.WalkTo("2026-03-01T11:00:00Z");
        Assert.Equal(4, _system.Mails.Count);
    }

    [Fact]
    public async Task A_link_ends_one_kind_for_one_member_and_a_forged_one_nothing()
    {
        var ada = await Join("ada@example.com");
        await Choices.Set(ada, _customer.Key, Alert.IncludedKind, email: true, inApp: true, CancellationToken.None);
        await Choices.Set(ada, _customer.Key, Alert.ForecastKind, email: true, inApp: true, CancellationToken.None);
        await Write("<i@portal.example>", Alert.IncludedKind);
        await Send();
        var link = _system.Mails.Single(mail => mail.To == "ada@example.com").Headers["List-Unsubscribe"].Trim('<', '>');
        var token = link[(link.IndexOf("token=", StringComparison.Ordinal) + 6)..];

        Assert.Null(await Choices.Unsubscribe(token[..^4] + "AAAA", CancellationToken.None));
        Assert.Equal(Alert.IncludedKind, (await Choices.AboutLink(token, CancellationToken.None))!.Value.Kind.Key);
        Assert.True(await Mailed(ada, Alert.IncludedKind));
        await Choices.Unsubscribe(token, CancellationToken.None);
        await Choices.Unsubscribe(token, CancellationToken.None);
        Assert.False(await Mailed(ada, Alert.IncludedKind));
        Assert.True(await Mailed(ada, Alert.ForecastKind));
    }

    [Fact]
    public async Task A_member_chooses_for_itself_an_owner_sees_all_and_whoever_is_no_member_is_refused()
    {
        var (ada, ben) = (await Join("ada@example.com"), await Join("ben@example.com", MemberRole.Viewer));
        await Choices.Set(ben, _customer.Key, Alert.PaymentKind, email: true, inApp: true, CancellationToken.None);
        Assert.Equal(["ada@example.com", "ben@example.com"], (await Reader.Members(ada, _customer.Key, CancellationToken.None)).Select(member => member.Email));
        Assert.Equal(["ben@example.com"], (await Reader.Members(ben, _customer.Key, CancellationToken.None)).Select(member => member.Email));
        Assert.False(await Mailed(ada, Alert.PaymentKind));

        await Assert.ThrowsAsync<Refusal>(() => Choices.Set(Actor.System, _customer.Key, Alert.PaymentKind, true, true, CancellationToken.None));
        var other = await _system.Subscribe([Fee("1")]);
        Assert.Equal(RefusalKind.NotFound, (await Assert.ThrowsAsync<Refusal>(() => Reader.Notices(ada, other.Key, null, 10, CancellationToken.None))).Kind);
    }

    [Fact]
    public async Task A_members_own_webhook_is_told_of_the_kinds_that_it_chose_alone_and_is_no_endpoint_of_the_accounts()
    {
        var (ada, ben, hooks) = (await Join("ada@example.com"), await Join("ben@example.com"), _system.Get<OwnWebhookWriter>());
        Assert.StartsWith("whsec_", await hooks.Put(ada, _customer.Key, "https://chat.example/ada", CancellationToken.None), StringComparison.Ordinal);
        Assert.Null(await hooks.Put(ada, _customer.Key, "https://chat.example/ada2", CancellationToken.None));
        await hooks.Put(ben, _customer.Key, "https://chat.example/ben", CancellationToken.None);
        await Choices.SetWebhook(ada, _customer.Key, Alert.PaymentKind, true, CancellationToken.None);
        await Write("<paid@portal.example>", Alert.PaymentKind);
        await Write("<cast@portal.example>", Alert.ForecastKind);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Send()));

        await using var db = _system.Database.CreateDbContext();
        var told = await (
            from delivery in db.WebhookDeliveries
            join endpoint in db.WebhookEndpoints on delivery.EndpointId equals endpoint.Id
            join happened in db.WebhookEvents on delivery.EventId equals happened.Id
            where endpoint.CustomerId == _customer.Id
            select new { endpoint.Url, happened.Type, happened.Data, happened.SpreadAt }).SingleAsync();
        Assert.Equal(("https://chat.example/ada2", WebhookTypes.AlertTold), (told.Url, told.Type));
        Assert.NotNull(told.SpreadAt);
        Assert.Contains("\"to\": \"ada@example.com\"", told.Data, StringComparison.Ordinal);
        Assert.Contains("\"kind\": \"payment\"", told.Data, StringComparison.Ordinal);
        Assert.Equal(DeliveryState.Pending, (await Reader.Members(ada, _customer.Key, CancellationToken.None))[0].Webhook!.LastState);
        Assert.Empty(await _system.Get<WebhookReader>().List(ada, _customer.Key, CancellationToken.None));
        Assert.All((await Reader.Members(ada, _customer.Key, CancellationToken.None)).Skip(1), other => Assert.Null(other.Webhook));

        await hooks.Remove(ada, _customer.Key, CancellationToken.None);
        Assert.Equal(RefusalKind.NotFound, (await Assert.ThrowsAsync<Refusal>(() => hooks.Test(ada, _customer.Key, CancellationToken.None))).Kind);
        await Assert.ThrowsAsync<InvalidInputException>(() => hooks.Put(ben, _customer.Key, "ftp://chat.example", CancellationToken.None));
        await Assert.ThrowsAsync<Refusal>(() => hooks.Put(Actor.System, _customer.Key, "https://chat.example/x", CancellationToken.None));
    }

    [Fact]
    public async Task A_test_mail_reaches_the_member_and_stands_in_the_log()
    {
        var ada = await Join("ada@example.com");
        Assert.Equal("ada@example.com", await Choices.Test(ada, _customer.Key, CancellationToken.None));
        await Send();
        Assert.Equal(("Test: mails reach you", MailState.Sent), (await Reader.MailLog(ada, _customer.Key, 10, CancellationToken.None)).Select(mail => (mail.Subject, mail.State)).Single());
    }

    [Theory]
    [InlineData("22:00", "07:00", "2026-03-28T22:30:00Z", "2026-03-29T05:00:00Z")]
    [InlineData("22:00", "07:00", "2026-03-29T04:59:00Z", "2026-03-29T05:00:00Z")]
    [InlineData("22:00", "07:00", "2026-03-29T05:00:00Z", null)]
    [InlineData("12:00", "13:00", "2026-03-29T10:30:00Z", "2026-03-29T11:00:00Z")]
    [InlineData("08:00", "08:00", "2026-03-29T06:30:00Z", null)]
    [InlineData(null, null, "2026-03-29T06:30:00Z", null)]
    public void Quiet_hours_end_by_the_clock_on_the_wall(string? from, string? until, string now, string? expected) => Assert.Equal(
        expected is null ? null : Instant(expected),
        QuietHours.HoldUntil(Time(from), Time(until), DateTimeZoneProviders.Tzdb["Europe/Berlin"], Instant(now)));

    private AlertChoiceWriter Choices => _system.Get<AlertChoiceWriter>();

    private AlertChoiceReader Reader => _system.Get<AlertChoiceReader>();

    private Task<JobOutcome> Send() => _system.Get<OutboxRun>().Run(CancellationToken.None);

    private async Task<bool> Mailed(Actor member, string kind) =>
        (await Reader.Members(member, _customer.Key, CancellationToken.None)).Single(row => row.IsOwn).Kinds.Single(row => row.Kind.Key == kind).Email;

    private async Task<Actor> Join(string email, MemberRole role = MemberRole.Owner, bool accepted = true)
    {
        await using var db = _system.Database.CreateDbContext();
        var user = new PortalUser { Id = Guid.NewGuid(), Email = email, NormalizedEmail = email.ToUpperInvariant(), UserName = email, PasswordHash = accepted ? "set" : null };
        db.Users.Add(user);
        db.Memberships.Add(new Membership { CustomerId = _customer.Id, UserId = user.Id, Role = role, InvitedAt = _system.Clock.GetUtcNow() });
        await db.SaveChangesAsync();
        return Actor.OfMember(email, _customer.Id, role);
    }

    private async Task Write(string id, string kind, string link = "https://portal.example/limits", bool isUrgent = false)
    {
        var body = new MailBody(Language.English, "It happened", ["It happened."], [new MailFigure("Used", "$1")], "Look", link, "Because.");
        await using var db = _system.Database.CreateDbContext();
        db.Outbox.Add(new OutboxMail
        {
            CustomerId = _customer.Id, To = _customer.Email, Subject = "Subject", Text = body.ToText(), Html = body.ToHtml(), MessageId = id, AlertKind = kind, IsUrgent = isUrgent,
            NextAttemptAt = Instant("2020-01-01T00:00:00Z"), CreatedAt = _system.Clock.GetUtcNow(),
        });
        await db.SaveChangesAsync();
    }

    private static TimeOnly? Time(string? text) => text is null ? null : TimeOnly.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
