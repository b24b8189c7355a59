using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Storage;

namespace Portal.Domain.Alerts;

/// <summary>Reads the outbox for the operator's people. What a mail says is shown for alerts only: other mails may carry a link that signs somebody in.</summary>
public sealed partial class OutboxReader(IDbContextFactory<PortalDb> databases)
{
    /// <summary>Mails, the newest first.</summary>
    /// <param name="actor">Who asks.</param>
    /// <param name="state">Only those that stand there; null for all.</param>
    /// <param name="before">The number of the last mail of the page before; null for the first page.</param>
    /// <param name="take">The most mails.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="Values.Refusal">Forbidden where the caller may not see operations.</exception>
    public async Task<IReadOnlyList<OutboxRow>> List(Actor actor, MailState? state, long? before, int take, CancellationToken cancellation)
    {
        actor.Require(Permission.ReadOperations);
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var rows = await (
            from mail in db.Outbox.AsNoTracking()
            join customer in db.Customers on mail.CustomerId equals customer.Id into customers
            from customer in customers.DefaultIfEmpty()
            where (state == null || mail.State == state) && (before == null || mail.Id < before)
            orderby mail.Id descending
            select new OutboxRow(
                mail.Id, customer == null ? null : customer.Key, mail.To, mail.Subject, mail.AlertKind, mail.State, mail.Attempts,
                mail.NextAttemptAt, mail.CreatedAt, mail.SentAt, mail.LastError, mail.MessageId,
                mail.AlertKind == null ? null : mail.Text))
            .Take(take).ToListAsync(cancellation);
        return rows.ConvertAll(row => row with { Text = row.Text is null ? null : WithoutTokens(row.Text) });
    }

    /// <summary>What a mail says, for alerts; null where there is no such mail, or it is none.</summary>
    /// <exception cref="Values.Refusal">Forbidden where the caller may not see operations.</exception>
    public async Task<MailText?> Text(Actor actor, long id, CancellationToken cancellation)
    {
        actor.Require(Permission.ReadOperations);
        await using var db = await databases.CreateDbContextAsync(cancellation);
        return await db.Outbox.AsNoTracking().Where(mail => mail.Id == id && mail.AlertKind != null)
            .Select(mail => new MailText(mail.Text, mail.Html)).SingleOrDefaultAsync(cancellation) is { } text
            ? new MailText(WithoutTokens(text.Text), WithoutTokens(text.Html))
            : null;
    }

    // Whoever may read the outbox may not always do what a link in an alert does: resume access after a spike.
    private static string WithoutTokens(string text) => Token().Replace(text, "token=…");

    [GeneratedRegex(@"token=[\w-]+")]
    private static partial Regex Token();

    /// <summary>How many mails stand where.</summary>
    /// <exception cref="Values.Refusal">Forbidden where the caller may not see operations.</exception>
    public async Task<IReadOnlyDictionary<MailState, int>> Counts(Actor actor, CancellationToken cancellation)
    {
        actor.Require(Permission.ReadOperations);
        await using var db = await databases.CreateDbContextAsync(cancellation);
        return await db.Outbox.GroupBy(mail => mail.State).Select(group => new { group.Key, Count = group.Count() })
            .ToDictionaryAsync(group => group.Key, group => group.Count, cancellation);
    }
}

/// <summary>What a mail says.</summary>
/// <param name="Text">The plain text part.</param>
/// <param name="Html">The HTML part.</param>
public sealed record MailText(string Text, string Html);

/// <summary>A mail as the operator's people see it.</summary>
/// <param name="Id">The database's number.</param>
/// <param name="CustomerKey">The customer that it is about; null for none.</param>
/// <param name="To">The recipient.</param>
/// <param name="Subject">The subject line.</param>
/// <param name="AlertKind">The kind of alert; null for a mail that is none.</param>
/// <param name="State">Where it stands.</param>
/// <param name="Attempts">How often it was tried.</param>
/// <param name="NextAttemptAt">When it is tried next, on the machine's clock.</param>
/// <param name="CreatedAt">When it was written, in business time.</param>
/// <param name="SentAt">When it left, in business time; null until then.</param>
/// <param name="LastError">What the last attempt ran into; null where nothing.</param>
/// <param name="MessageId">Stable over attempts.</param>
/// <param name="Text">What it says; null for a mail that is no alert.</param>
public sealed record OutboxRow(
    long Id, string? CustomerKey, string To, string Subject, string? AlertKind, MailState State, int Attempts,
    DateTimeOffset NextAttemptAt, DateTimeOffset CreatedAt, DateTimeOffset? SentAt, string? LastError, string MessageId, string? Text);
