using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Alerts;

/// <summary>Reads what was crossed, and what was sent to whom about it.</summary>
public sealed class AlertReader(IDbContextFactory<PortalDb> databases, Register register)
{
    /// <summary>Alerts, the newest first.</summary>
    /// <param name="actor">Who asks; a customer's caller sees its own.</param>
    /// <param name="customerKey">One customer's alone; null for all that the caller sees.</param>
    /// <param name="before">The number of the last alert of the page before; null for the first page.</param>
    /// <param name="take">The most alerts.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="Refusal">NotFound where the customer is not the caller's; Forbidden.</exception>
    public async Task<IReadOnlyList<AlertRow>> List(Actor actor, string? customerKey, long? before, int take, CancellationToken cancellation)
    {
        actor.Require(Permission.ReadBilling);
        var customerId = customerKey is null ? actor.CustomerId : register.Now.Customer(actor, Permission.ReadBilling, customerKey).Customer.Id;
        await using var db = await databases.CreateDbContextAsync(cancellation);
        return await (
            from alert in db.Alerts.AsNoTracking()
            join customer in db.Customers on alert.CustomerId equals customer.Id
            join mail in db.Outbox on alert.MessageId equals mail.MessageId into mails
            from mail in mails.DefaultIfEmpty()
            where (customerId == null || alert.CustomerId == customerId) && (before == null || alert.Id < before)
            orderby alert.Id descending
            select new AlertRow(
                alert.Id, customer.Key, alert.Kind, alert.Scope, alert.PeriodStart, alert.Threshold, alert.Limit, alert.Used, alert.CrossedAt,
                mail == null ? null : mail.To, mail == null ? null : mail.State, mail == null ? null : mail.SentAt, alert.MessageId) { RecoveredAt = alert.RecoveredAt })
            .Take(take).ToListAsync(cancellation);
    }
}

/// <summary>A threshold that was crossed, with its mail.</summary>
/// <param name="Id">The database's number; the newest is the largest.</param>
/// <param name="CustomerKey">The customer.</param>
/// <param name="Kind">The kind in the <c>Portal-Alert</c> header.</param>
/// <param name="Scope">What the threshold is of.</param>
/// <param name="PeriodStart">The start of the billing period.</param>
/// <param name="Threshold">In percent.</param>
/// <param name="Limit">The cap when it was crossed.</param>
/// <param name="Used">What was used when it was crossed.</param>
/// <param name="CrossedAt">When, in business time.</param>
/// <param name="To">Who got the mail; null where a higher threshold that was crossed at once was mailed instead.</param>
/// <param name="State">Where the mail stands; null without one.</param>
/// <param name="SentAt">When it left, in business time; null until then.</param>
/// <param name="MessageId">The mail's; null without one.</param>
public sealed record AlertRow(
    long Id, string CustomerKey, string Kind, string Scope, DateTimeOffset PeriodStart, int Threshold, decimal Limit, decimal Used,
    DateTimeOffset CrossedAt, string? To, MailState? State, DateTimeOffset? SentAt, string? MessageId)
{
    /// <summary>Since when usage is below the threshold again, in business time; null while it is above.</summary>
    public DateTimeOffset? RecoveredAt { get; init; }

    /// <summary>Where the alert stands.</summary>
    public AlertState Standing => RecoveredAt is not null ? AlertState.Ok : Threshold >= 100 && Kind != Alert.ForecastKind ? AlertState.Alarm : AlertState.Warning;
}

/// <summary>Where an alert stands.</summary>
public enum AlertState
{
    /// <summary>Usage is below the threshold again.</summary>
    Ok,

    /// <summary>A threshold below 100 % is crossed, or the forecast is above the cap.</summary>
    Warning,

    /// <summary>100 % or more.</summary>
    Alarm,
}
