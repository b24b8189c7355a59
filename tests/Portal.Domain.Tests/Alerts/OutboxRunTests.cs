using System.Collections.Concurrent;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using Portal.Domain.Accounts;
using Portal.Domain.Alerts;
using Portal.Domain.Storage;
using Portal.Domain.Tests.Limits;
using Portal.Domain.Values;
using Portal.Tests.Shared;

namespace Portal.Domain.Tests.Alerts;

public sealed class OutboxRunTests : IAsyncLifetime, IDisposable
{
    private readonly TestDatabase _database = new();
    private readonly StoppedClock _machine = new("2026-07-01T08:00:00Z");
    private readonly BusinessClock _clock = new(new StoppedClock(Given.Now));
    private readonly OutboxBell _bell = new();
    private readonly Postbox _postbox = new();

    public Task InitializeAsync() => _database.InitializeAsync();

    public Task DisposeAsync() => _database.DisposeAsync();

    public void Dispose() => _bell.Dispose();

    [Fact]
    public async Task Mails_leave_once_in_order_with_their_header_and_the_business_date()
    {
        await Queue(3);
        using var run = NewRun();
        Assert.Equal(3, (await run.Run(CancellationToken.None)).Done);
        Assert.Equal(0, (await run.Run(CancellationToken.None)).Done);

        Assert.Equal(["<1@example.com>", "<2@example.com>", "<3@example.com>"], _postbox.Taken.Select(mail => mail.MessageId));
        var first = _postbox.Taken.First();
        Assert.Equal(("Portal <portal@example.com>", "to@example.com", Given.Now), (first.From, first.To, first.Date));
        Assert.Equal("limit", first.Headers["Portal-Alert"]);
        Assert.All(await Stored(), mail => Assert.Equal((MailState.Sent, 1, Given.Now, null), (mail.State, mail.Attempts, mail.SentAt!.Value, mail.LastError)));
    }

    /// <summary>T-13: at most one mail more, with the same Message-ID.</summary>
    [Fact]
    public async Task A_crash_between_send_and_mark_sends_again_with_the_same_id_and_marks_once()
    {
        await Queue(1);
        using var run = NewRun();

        // The mail has left, then the line to the database is cut before it is marked: what a killed process leaves behind.
        _postbox.AfterTaking = KillOtherSessions;
        var failure = await Record.ExceptionAsync(() => run.Run(CancellationToken.None));
        Assert.True(DatabaseAway.Is(failure), failure?.ToString());
        Assert.Equal(MailState.Queued, Assert.Single(await Stored()).State);

        _postbox.AfterTaking = null;
        Assert.Equal(1, (await run.Run(CancellationToken.None)).Done);
        Assert.Equal(0, (await run.Run(CancellationToken.None)).Done);
        Assert.Equal(["<1@example.com>", "<1@example.com>"], _postbox.Taken.Select(mail => mail.MessageId));
        Assert.Equal(MailState.Sent, Assert.Single(await Stored()).State);
    }

    [Fact]
    public async Task Without_a_crash_several_nodes_send_each_mail_once()
    {
        await Queue(400);
        using OutboxRun first = NewRun(), second = NewRun(), third = NewRun();
        var outcomes = await Task.WhenAll(first.Run(CancellationToken.None), second.Run(CancellationToken.None), third.Run(CancellationToken.None));

        Assert.Equal(400, outcomes.Sum(outcome => outcome.Done));
        Assert.Equal(400, _postbox.Taken.Select(mail => mail.MessageId).Distinct().Count());
        Assert.Equal(400, _postbox.Taken.Count);
    }

    [Fact]
    public async Task A_server_that_is_away_is_tried_again_after_longer_and_longer_pauses_and_then_given_up()
    {
        await Queue(1);
        using var run = NewRun();
        _postbox.Refuse = _ => new MailException("The mail server does not answer.", isPermanent: false);

        var pauses = new List<TimeSpan>();
        while ((await run.Run(CancellationToken.None)).Failures.Count == 1 && Assert.Single(await Stored()) is { State: MailState.Queued } mail)
        {
            pauses.Add(mail.NextAttemptAt - _machine.GetUtcNow());
            _machine.MoveTo(mail.NextAttemptAt.AddTicks(-10));
            Assert.Equal(new JobOutcome(0, []).Failures, (await run.Run(CancellationToken.None)).Failures);
            _machine.MoveTo(mail.NextAttemptAt);
        }

        Assert.Equal([1, 5, 15, 60, 180, 360, 720, 1_440], pauses.Select(pause => pause.TotalMinutes));
        var failed = Assert.Single(await Stored());
        Assert.Equal((MailState.Failed, 9, "The mail server does not answer."), (failed.State, failed.Attempts, failed.LastError));
    }

    [Fact]
    public async Task A_recipient_that_is_refused_fails_at_once_and_holds_nobody_up()
    {
        await Queue(3);
        using var run = NewRun();
        _postbox.Refuse = mail => mail.MessageId == "<1@example.com>" ? new MailException("550 No such mailbox", isPermanent: true) : null;

        var outcome = await run.Run(CancellationToken.None);
        Assert.Equal((2, "550 No such mailbox"), (outcome.Done, (await Stored())[0].LastError));
        Assert.Equal([MailState.Failed, MailState.Sent, MailState.Sent], (await Stored()).Select(mail => mail.State));
    }

    [Fact]
    public async Task While_the_server_is_away_a_run_does_not_use_up_everybodys_attempts()
    {
        await Queue(10);
        using var run = NewRun();
        _postbox.Refuse = _ => new MailException("The mail server does not answer.", isPermanent: false);

        Assert.Equal(3, (await run.Run(CancellationToken.None)).Failures.Count);
        Assert.Equal(7, (await Stored()).Count(mail => mail.Attempts == 0));
    }

    /// <summary>T-15: alerts are not lost.</summary>
    [Fact]
    public async Task After_an_hour_without_a_server_all_mails_have_left()
    {
        await Queue(20);
        using var run = NewRun();
        _postbox.Refuse = _ => new MailException("The mail server does not answer.", isPermanent: false);
        for (var minute = 0; minute < 60; minute++)
        {
            await run.Run(CancellationToken.None);
            _machine.Advance(TimeSpan.FromMinutes(1));
        }

        _postbox.Refuse = null;
        _machine.Advance(TimeSpan.FromHours(1));
        Assert.Equal(20, (await run.Run(CancellationToken.None)).Done);
        Assert.All(await Stored(), mail => Assert.Equal(MailState.Sent, mail.State));
    }

    [Fact]
    public async Task A_mail_that_was_given_up_is_sent_again_when_the_operator_says_so_and_the_audit_knows()
    {
        await Queue(1);
        using var run = NewRun();
        _postbox.Refuse = _ => new MailException("550 No such mailbox", isPermanent: true);
        await run.Run(CancellationToken.None);
        _postbox.Refuse = null;
        var writer = new OutboxWriter(_database, _bell, _clock, _machine);
        var id = (await Stored())[0].Id;

        var support = Actor.OfOperator("sue@example.com", OperatorRole.Support);
        Assert.Equal(RefusalKind.Forbidden, (await Assert.ThrowsAsync<Refusal>(() => writer.Resend(support, id, CancellationToken.None))).Kind);
        Assert.Equal(RefusalKind.NotFound, (await Assert.ThrowsAsync<Refusal>(() => writer.Resend(Actor.System, id + 1, CancellationToken.None))).Kind);
        await writer.Resend(Actor.OfOperator("ada@example.com", OperatorRole.Admin), id, CancellationToken.None);
        Assert.Equal(1, (await run.Run(CancellationToken.None)).Done);

        await using var db = _database.CreateDbContext();
        var entry = await db.AuditEntries.SingleAsync();
        Assert.Equal(("ada@example.com", "mail.resent", "<1@example.com>"), (entry.Actor, entry.Action, entry.Subject));
    }

    [Fact]
    public async Task The_operators_people_see_all_mails_but_read_alerts_only()
    {
        await Queue(2);
        await using (var db = _database.CreateDbContext())
        {
            db.Outbox.Add(Mail("<password@example.com>", alertKind: null));
            await db.SaveChangesAsync();
        }

        var reader = new OutboxReader(_database);
        var support = Actor.OfOperator("sue@example.com", OperatorRole.Support);
        var page = await reader.List(support, MailState.Queued, before: null, take: 2, CancellationToken.None);
        Assert.Equal([("<password@example.com>", null), ("<2@example.com>", "text")], page.Select(row => (row.MessageId, row.Text)));
        var next = await reader.List(support, null, page[^1].Id, take: 2, CancellationToken.None);
        Assert.Equal(["<1@example.com>"], next.Select(row => row.MessageId));
        Assert.Equal(3, (await reader.Counts(support, CancellationToken.None))[MailState.Queued]);

        var member = Actor.OfMember("owner@example.com", 1, MemberRole.Owner);
        await Assert.ThrowsAsync<Refusal>(() => reader.List(member, null, null, 10, CancellationToken.None));
    }

    [Fact]
    public async Task The_pump_sends_when_the_bell_rings_and_stops_with_the_host()
    {
        using var run = new OutboxRun(_database, Spread(), _postbox, Options(), _clock, TimeProvider.System, NullLogger<OutboxRun>.Instance);
        using var pump = new OutboxPump(run, _bell, NullLogger<OutboxPump>.Instance);
        await pump.StartAsync(CancellationToken.None);
        await Queue(2);
        _bell.Ring();
        await _postbox.Holds(2);

        await pump.StopAsync(CancellationToken.None);
        Assert.True(pump.ExecuteTask!.IsCompletedSuccessfully);
    }

    private OutboxRun NewRun() => new(_database, Spread(), _postbox, Options(), _clock, _machine, NullLogger<OutboxRun>.Instance);

    private AlertSpread Spread()
    {
        var links = new PortalLinks(new PortalOptions { PublicUrl = "https://portal.example" });
        return new AlertSpread(_database, new UnsubscribeLink(new EphemeralDataProtectionProvider(), links), links, _clock, _machine);
    }

    private static PortalOptions Options() => new() { Email = { From = "Portal <portal@example.com>" } };

    private async Task Queue(int count)
    {
        await using var db = _database.CreateDbContext();
        for (var i = 1; i <= count; i++)
        {
            db.Outbox.Add(Mail($"<{i}@example.com>", "limit"));
            await db.SaveChangesAsync();
        }
    }

    private OutboxMail Mail(string messageId, string? alertKind) => new()
    {
        To = "to@example.com",
        Subject = "subject",
        Text = "text",
        Html = "<p>text</p>",
        MessageId = messageId,
        AlertKind = alertKind,
        NextAttemptAt = _machine.GetUtcNow(),
        CreatedAt = Given.Now,
    };

    private async Task<List<OutboxMail>> Stored()
    {
        await using var db = _database.CreateDbContext();
        return await db.Outbox.AsNoTracking().OrderBy(mail => mail.Id).ToListAsync();
    }

    private async Task KillOtherSessions()
    {
        await using var command = _database.Source.CreateCommand(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()");
        await command.ExecuteScalarAsync();
    }

    /// <summary>The other side of the way out: takes mails, or refuses them as the test says.</summary>
    private sealed class Postbox : IMailer
    {
        public ConcurrentQueue<Mail> Taken { get; } = new();

        public Func<Mail, MailException?>? Refuse { get; set; }

        public Func<Task>? AfterTaking { get; set; }

        public async Task Send(Mail mail, CancellationToken cancellation)
        {
            if (Refuse?.Invoke(mail) is { } refusal)
            {
                throw refusal;
            }

            Taken.Enqueue(mail);
            await (AfterTaking?.Invoke() ?? Task.CompletedTask);
        }

        public async Task Holds(int count)
        {
            var deadline = System.Diagnostics.Stopwatch.StartNew();
            while (Taken.Count < count)
            {
                Assert.True(deadline.Elapsed < TimeSpan.FromSeconds(30), $"{Taken.Count} mails have left.");
                await Task.Delay(10);
            }
        }
    }
}
