using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Alerts;

/// <summary>Hands events to the endpoints that listen, and delivers what is due: at least once, with pauses that grow, for three days.</summary>
/// <remarks>Any number of nodes may run at once: a delivery is claimed for longer than an attempt can take, and none is held in a transaction while the other side thinks.</remarks>
public sealed class WebhookRun(
    IDbContextFactory<PortalDb> databases, IWebhookSender sender, WebhookSecrets secrets, Register register, PortalLinks links, AlarmWriter alarms, BusinessClock clock, TimeProvider machine)
{
    /// <summary>How long deliveries are tried.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromDays(3);

    private const int EventsAtOnce = 200;
    private const int DeliveriesAtOnce = 16;

    // Longer than the sender's own limit, so that a claim never ends under a running attempt.
    private static readonly TimeSpan s_claim = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan[] s_pauses =
    [
        TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(15), TimeSpan.FromHours(1),
        TimeSpan.FromHours(3), TimeSpan.FromHours(6), TimeSpan.FromHours(12),
    ];

    /// <summary>Hands on what happened and delivers what is due.</summary>
    /// <returns>How many deliveries were taken, and what failed.</returns>
    public async Task<JobOutcome> Run(CancellationToken cancellation)
    {
        while (await Spread(cancellation) == EventsAtOnce)
        {
            // There is more.
        }

        var (delivered, failures) = (0, new List<string>());
        while (await Claim(cancellation) is { Count: > 0 } claimed)
        {
            foreach (var failure in await Task.WhenAll(claimed.Select(due => Deliver(due, cancellation))))
            {
                if (failure is null)
                {
                    delivered++;
                }
                else
                {
                    failures.Add(failure);
                }
            }
        }

        return new JobOutcome(delivered, failures);
    }

    internal static WebhookDelivery NewDelivery(int endpoint, Guid happened, DateTimeOffset now, DateTimeOffset machineNow) =>
        new() { EndpointId = endpoint, EventId = happened, CreatedAt = now, NextAttemptAt = machineNow, GiveUpAt = machineNow + Patience };

    private async Task<int> Spread(CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var waiting = await db.WebhookEvents
            .FromSql($"SELECT * FROM webhook_events WHERE spread_at IS NULL ORDER BY id LIMIT {EventsAtOnce} FOR UPDATE SKIP LOCKED")
            .ToListAsync(cancellation);
        if (waiting.Count == 0)
        {
            return 0;
        }

        var (now, machineNow) = (clock.GetUtcNow(), machine.GetUtcNow());
        var endpoints = await db.WebhookEndpoints.AsNoTracking().Where(endpoint => endpoint.DisabledAt == null).ToListAsync(cancellation);
        foreach (var happened in waiting)
        {
            happened.SpreadAt = now;
            db.WebhookDeliveries.AddRange(endpoints
                .Where(endpoint => (endpoint.CustomerId is null || endpoint.CustomerId == happened.CustomerId) && endpoint.Events.Contains(happened.Type))
                .Select(endpoint => NewDelivery(endpoint.Id, happened.Id, now, machineNow)));
        }

        await db.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        return waiting.Count;
    }

    /// <summary>Claims what is due, at most one delivery of an endpoint at a time, so that a slow one keeps nobody else waiting.</summary>
    private async Task<IReadOnlyList<Guid>> Claim(CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var now = machine.GetUtcNow();
        var until = now + s_claim;
        return await db.Database.SqlQuery<Guid>($"""
            UPDATE webhook_deliveries SET next_attempt_at = {until}
            WHERE id IN (
                SELECT first.id FROM webhook_endpoints endpoint
                CROSS JOIN LATERAL (
                    SELECT id FROM webhook_deliveries
                    WHERE endpoint_id = endpoint.id AND state = 'Pending' AND next_attempt_at <= {now}
                    ORDER BY next_attempt_at, id LIMIT 1 FOR UPDATE SKIP LOCKED) first
                WHERE endpoint.disabled_at IS NULL
                LIMIT {DeliveriesAtOnce})
            RETURNING id AS "Value"
            """).ToListAsync(cancellation);
    }

    /// <summary>Tries one delivery and notes what came of it; null where the endpoint took it, else what went wrong.</summary>
    private async Task<string?> Deliver(Guid id, CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var found = await (
            from due in db.WebhookDeliveries
            join to in db.WebhookEndpoints on due.EndpointId equals to.Id
            join what in db.WebhookEvents on due.EventId equals what.Id
            where due.Id == id
            select new { Delivery = due, Endpoint = to, Happened = what }).SingleOrDefaultAsync(cancellation);
        if (found is null)
        {
            return null;
        }

        var (delivery, endpoint) = (found.Delivery, found.Endpoint);
        var body = BodyOf(found.Happened);
        var started = machine.GetTimestamp();
        var answer = await sender.Send(new Uri(endpoint.Url), body, HeadersOf(endpoint, found.Happened, body), cancellation);
        var now = clock.GetUtcNow();
        delivery.Attempts++;
        db.WebhookAttempts.Add(new WebhookAttempt
        {
            DeliveryId = id,
            At = now,
            Status = answer.Status,
            Milliseconds = (int)machine.GetElapsedTime(started).TotalMilliseconds,
            Error = answer.Error,
            Answer = answer.Body,
        });
        if (answer.Error is null)
        {
            (delivery.State, delivery.DeliveredAt) = (DeliveryState.Delivered, now);
        }
        else
        {
            await Postpone(db, delivery, endpoint, now, cancellation);
        }

        // What came back is noted even while the host is stopping.
        await db.SaveChangesAsync(CancellationToken.None);
        if (endpoint is { CustomerId: null, DisabledAt: not null })
        {
            await alarms.Raise($"webhook.disabled:{endpoint.Key}", $"The webhook {endpoint.Key} is switched off.",
                $"For three days {endpoint.Url} took none of the events that were sent to it; the last attempt: {answer.Error} Mend the receiver, save the endpoint again, and replay what it missed.");
        }

        return answer.Error is null ? null : $"{endpoint.Key}, {found.Happened.Type}: {answer.Error}";
    }

    private async Task Postpone(PortalDb db, WebhookDelivery delivery, WebhookEndpoint endpoint, DateTimeOffset now, CancellationToken cancellation)
    {
        var next = machine.GetUtcNow() + s_pauses[Math.Min(delivery.Attempts, s_pauses.Length) - 1];
        if (next <= delivery.GiveUpAt)
        {
            delivery.NextAttemptAt = next;
            return;
        }

        delivery.State = DeliveryState.Failed;
        var hasTakenAny = await db.WebhookDeliveries.AnyAsync(
            other => other.EndpointId == endpoint.Id && other.DeliveredAt != null && other.DeliveredAt > delivery.CreatedAt, cancellation);
        if (!hasTakenAny && endpoint.DisabledAt is null)
        {
            endpoint.DisabledAt = now;
            db.AuditEntries.Add(AuditEntry.Of(Actor.System, now, endpoint.CustomerId, "webhook.disabled", endpoint.Key, $"{endpoint.Url}: nothing taken for three days"));
            // Whose own it is sees it on the page where it was saved.
            if (endpoint is { CustomerId: { } owner, MemberId: null })
            {
                var customer = register.Now.ById[owner].Customer;
                db.Outbox.Add(WebhookMail.Disabled(
                    customer, endpoint, links.Webhooks(customer.Key), $"<webhook.{delivery.Id:N}@{links.Host}>", now, machine.GetUtcNow()));
            }
        }
    }

    private Dictionary<string, string> HeadersOf(WebhookEndpoint endpoint, WebhookEvent happened, byte[] body)
    {
        var now = machine.GetUtcNow();
        return new Dictionary<string, string>
        {
            [WebhookSignature.Header] = WebhookSignature.Of(secrets.Open(endpoint, now), now, body),
            ["Portal-Event-Id"] = happened.Id.ToString(),
            ["Portal-Event-Type"] = happened.Type,
        };
    }

    // The same bytes in every attempt: what was stored, with its envelope in a fixed order.
    private byte[] BodyOf(WebhookEvent happened) => JsonSerializer.SerializeToUtf8Bytes(
        new JsonObject
        {
            ["id"] = happened.Id.ToString(),
            ["type"] = happened.Type,
            ["createdAt"] = happened.CreatedAt.UtcDateTime.ToString("O", System.Globalization.CultureInfo.InvariantCulture),
            ["customer"] = register.Now.ById[happened.CustomerId].Customer.Key,
            ["data"] = JsonNode.Parse(happened.Data),
        },
        s_json);

    private static readonly JsonSerializerOptions s_json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
