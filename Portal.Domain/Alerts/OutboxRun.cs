using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Alerts;

/// <summary>Sends what is due in the outbox, in order, at least once: a mail is locked, handed over, and marked in one transaction.</summary>
/// <remarks>Where the process or the database dies between the two, the mail is sent again with the same Message-ID. Any number of nodes may run at once.</remarks>
public sealed class OutboxRun(
    IDbContextFactory<PortalDb> databases, AlertSpread spread, IMailer mailer, PortalOptions options, BusinessClock clock, TimeProvider machine, ILogger<OutboxRun> log)
    : IClockFollower, IDisposable
{
    private const int MailsPerRun = 10_000;

    // Where this many mails fail in a row, it is the mail server and not they: the others keep their attempts.
    private const int FailuresInARowMax = 3;

    private static readonly TimeSpan[] s_pauses =
    [
        TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(15), TimeSpan.FromHours(1),
        TimeSpan.FromHours(3), TimeSpan.FromHours(6), TimeSpan.FromHours(12), TimeSpan.FromHours(24),
    ];

    private readonly SemaphoreSlim _turn = new(1, 1);

    /// <summary>Sends what is due. One run at a time in a process: when it returns, what an earlier one was about to send has left too.</summary>
    public async Task<JobOutcome> Run(CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation);
        try
        {
            await spread.Run(cancellation);
            var (sent, failures, inARow) = (0, new List<string>(), 0);
            for (var n = 0; n < MailsPerRun && inARow < FailuresInARowMax && await SendNext(cancellation) is { } mail; n++)
            {
                if (mail.State == MailState.Sent)
                {
                    (sent, inARow) = (sent + 1, 0);
                }
                else
                {
                    failures.Add($"Mail {mail.Id} to {mail.To}: {mail.LastError}");
                    inARow = mail.State == MailState.Failed ? inARow : inARow + 1;
                }
            }

            return new JobOutcome(sent, failures);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc />
    public Task CatchUp(CancellationToken cancellation) => Run(cancellation);

    /// <inheritdoc />
    public void Dispose() => _turn.Dispose();

    private async Task<OutboxMail?> SendNext(CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var (due, now) = (machine.GetUtcNow(), clock.GetUtcNow());
        var next = await db.Outbox.FromSql($"""
            SELECT * FROM outbox_mails WHERE state = 'Queued' AND next_attempt_at <= {due} AND (hold_until IS NULL OR hold_until <= {now})
            ORDER BY next_attempt_at, id LIMIT 1 FOR UPDATE SKIP LOCKED
            """).ToListAsync(cancellation);
        if (next is not [var mail])
        {
            return null;
        }

        await Send(mail, cancellation);

        // It has left: that is noted even while the host is stopping.
        await db.SaveChangesAsync(CancellationToken.None);
        await transaction.CommitAsync(CancellationToken.None);
        return mail;
    }

    private async Task Send(OutboxMail mail, CancellationToken cancellation)
    {
        mail.Attempts++;
        try
        {
            await mailer.Send(Letter(mail), cancellation);
            (mail.State, mail.SentAt, mail.LastError) = (MailState.Sent, clock.GetUtcNow(), null);
        }
        catch (MailException failure)
        {
            mail.LastError = failure.Message;
            Retry(mail, failure.IsPermanent);
        }
        catch (Exception failure) when (!cancellation.IsCancellationRequested)
        {
            log.LogError(failure, "Mail {Mail} could not be sent.", mail.Id);
            mail.LastError = failure.Message;
            Retry(mail, isPermanent: false);
        }
    }

    private void Retry(OutboxMail mail, bool isPermanent)
    {
        if (isPermanent || mail.Attempts > s_pauses.Length)
        {
            mail.State = MailState.Failed;
            log.LogWarning("Mail {Mail} is given up after {Attempts} attempts: {Error}", mail.Id, mail.Attempts, mail.LastError);
        }
        else
        {
            mail.NextAttemptAt = machine.GetUtcNow() + s_pauses[mail.Attempts - 1];
        }
    }

    private Mail Letter(OutboxMail mail)
    {
        var headers = new Dictionary<string, string>();
        if (mail.AlertKind is { } kind)
        {
            headers["Portal-Alert"] = kind;
        }

        // The link stands in the text; a mail program finds it here and offers a button (RFC 8058).
        if (mail.MemberId is not null && PortalLinks.UnsubscribeIn(mail.Text) is { } link)
        {
            headers["List-Unsubscribe"] = $"<{link}>";
            headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click";
        }

        return new Mail(options.Email.From, mail.To, mail.Subject, mail.Text, mail.Html, mail.MessageId, mail.CreatedAt, headers);
    }
}
