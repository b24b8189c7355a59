using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Credits;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Alerts;

/// <summary>Tells a customer when its credits run low, and when they are used up: one alert and one mail for each, until credits are added again.</summary>
public sealed class CreditAlerts(IDbContextFactory<PortalDb> databases, CreditMail mails, PortalLinks links, OutboxBell bell, BusinessClock clock)
{
    /// <summary>The scope of alerts about credits.</summary>
    public const string Scope = "credits";

    /// <summary>At which part of the balance that there was when credits were added last, used up, a mail goes out; in percent.</summary>
    public static IReadOnlyList<int> Thresholds { get; } = [80, 100];

    /// <summary>Looks whether a balance has crossed thresholds that are not on record yet, and records and mails them.</summary>
    public async Task Check(Customer customer, CreditBalance balance, bool stops, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(customer);
        ArgumentNullException.ThrowIfNull(balance);
        await using var db = await databases.CreateDbContextAsync(cancellation);
        if (await db.CreditMoves.Where(move => move.CustomerId == customer.Id && move.Kind == CreditMoveKind.Granted).MaxAsync(move => (DateTimeOffset?)move.At, cancellation) is not { } added)
        {
            return;
        }

        // What there was in the moment of the last grant: it never changes again, so that it names the crossing.
        var had = new Money(await db.CreditMoves.Where(move => move.CustomerId == customer.Id && move.At <= added)
            .SumAsync(move => move.Kind == CreditMoveKind.Granted ? move.Amount : -move.Amount, cancellation), balance.Live.Currency);
        var used = had - balance.Live;
        if (had.Minor <= 0 || used.Minor * 100 < had.Minor * Thresholds[0])
        {
            return;
        }

        var recorded = await db.Alerts.AsNoTracking()
            .Where(alert => alert.CustomerId == customer.Id && alert.Scope == Scope && alert.PeriodStart == added)
            .Select(alert => new RecordedThreshold(alert.Threshold, alert.Limit)).ToListAsync(cancellation);
        if (ThresholdCrossing.Of(Thresholds, threshold => used.Minor * 100 >= had.Minor * threshold, had.Amount, recorded) is not { } crossing)
        {
            return;
        }

        var now = clock.GetUtcNow();
        var messageId = MessageIdOf(customer.Key, added, had, crossing.Mailed ?? 0);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        if (await new CrossingRecord(customer.Id, Alert.CreditsKind, Scope, added, had.Amount, used.Amount, messageId).Insert(db, crossing, now, cancellation))
        {
            db.Outbox.Add(mails.Low(customer, balance, had, stops, messageId, now));
            db.WebhookEvents.Add(WebhookEvent.Of(WebhookTypes.AlertRaised, customer.Id, now, new
            {
                Kind = Alert.CreditsKind, Threshold = crossing.Mailed!.Value, Limit = had.Amount, Used = used.Amount, customer.Currency, PeriodStart = added,
            }));
            await db.SaveChangesAsync(cancellation);
        }

        await transaction.CommitAsync(cancellation);
        bell.Ring();
    }

    private string MessageIdOf(string customer, DateTimeOffset added, Money had, int threshold) =>
        $"<credits.{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{customer} {added.UtcTicks} {had.Minor} {threshold}")))[..32]}@{links.Host}>";
}
