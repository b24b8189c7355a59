using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Portal.Domain.Accounts;
using Portal.Domain.Alerts;
using Portal.Domain.Catalog;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Limits;

/// <summary>Watches customers' activity for spikes: on each read of a customer, and from a job for what no read saw. A spike pauses access and tells everybody.</summary>
public sealed class SpikeWatch(
    IDbContextFactory<PortalDb> databases, Register register, ActivityReader activities, PauseWriter pauses, AlarmWriter alarms, PortalLinks links, OutboxBell bell,
    BusinessClock clock, TimeProvider machine, ILogger<SpikeWatch> log)
{
    /// <summary>How long nobody is paused again after a person has let a spike pass.</summary>
    public static readonly TimeSpan Quiet = TimeSpan.FromHours(1);

    // For this long what was let pass counts as one of the windows that are usual.
    private static readonly TimeSpan s_accepted = TimeSpan.FromHours(24);
    private static readonly TimeSpan s_pace = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<int, long> _looked = new();

    /// <summary>Looks at customers, unless they were looked at within the last second. Most are below their floor, which is seen in one query for all.</summary>
    public async Task Follow(IReadOnlyCollection<CustomerEntry> entries, CancellationToken cancellation)
    {
        var due = entries.Where(entry => entry.Spike.On && entry.OpenPauses.IsEmpty
            && !(_looked.TryGetValue(entry.Customer.Id, out var last) && machine.GetElapsedTime(last) < s_pace)).ToList();
        if (due.Count == 0)
        {
            return;
        }

        due.ForEach(entry => _looked[entry.Customer.Id] = machine.GetTimestamp());
        var now = clock.GetUtcNow();
        var window = CustomerActivity.WindowOf(now);
        var latest = await activities.Latest(due, now, [window, window - SpikeRule.Window, window - 2 * SpikeRule.Window], cancellation);
        foreach (var entry in due.Where(entry => latest.TryGetValue(entry.Customer.Id, out var values) && CanBeSpike(entry.Spike, values)))
        {
            try
            {
                await Look(entry, cancellation);
            }
            catch (Exception failure) when (!cancellation.IsCancellationRequested && !DatabaseAway.Is(failure))
            {
                // The bar and the access answer of this customer must not stop because its spikes cannot be judged.
                log.LogError(failure, "The activity of customer {Customer} could not be looked at.", entry.Customer.Key);
            }
        }
    }

    /// <summary>Whether two windows running, of the newest three, are above the floor. Without that nothing is a spike, whatever is usual.</summary>
    private static bool CanBeSpike(SpikeRule rule, decimal[] newestFirst) =>
        rule.IsAboveFloor(newestFirst[1]) && (rule.IsAboveFloor(newestFirst[0]) || rule.IsAboveFloor(newestFirst[2]));

    /// <summary>Looks at all customers with usage in the last windows.</summary>
    public async Task<JobOutcome> Run(CancellationToken cancellation)
    {
        var (now, done, failures) = (clock.GetUtcNow(), 0, new List<string>());
        var since = CustomerActivity.WindowOf(now) - SpikeRule.Window;
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var active = await db.Database
            .SqlQuery<int>($"""SELECT DISTINCT customer_id AS "Value" FROM usage_buckets WHERE start >= {since} AND start <= {now}""").ToListAsync(cancellation);
        foreach (var entry in active.Select(id => register.Now.ById.GetValueOrDefault(id)).OfType<CustomerEntry>())
        {
            try
            {
                done += await Look(entry, cancellation) ? 1 : 0;
            }
            catch (Exception failure) when (!cancellation.IsCancellationRequested && !DatabaseAway.Is(failure))
            {
                failures.Add($"Customer '{entry.Customer.Key}': {failure.Message}");
            }
        }

        return new JobOutcome(done, failures);
    }

    /// <summary>Looks at a customer now: at the window that is filling up, and at the one before it.</summary>
    /// <returns>Whether a spike was found, and has paused it.</returns>
    public async Task<bool> Look(CustomerEntry entry, CancellationToken cancellation)
    {
        if (!entry.Spike.On || !entry.OpenPauses.IsEmpty)
        {
            return false;
        }

        var now = clock.GetUtcNow();
        var zone = TimeZones.Find(entry.Customer.TimeZone)!;
        var window = CustomerActivity.WindowOf(now);
        DateTimeOffset[] looked = [window, window - SpikeRule.Window];
        if (await activities.Read(entry, now, [.. looked.SelectMany(at => CustomerActivity.NeededFor(at, zone)).Distinct()], cancellation) is not { } activity)
        {
            return false;
        }

        var found = looked.Select(at => entry.Spike.Read(activity, at)).FirstOrDefault(reading => reading is { IsSpike: true });
        if (found is null || await Accepted(entry, activity, now, cancellation) is not { } accepted
            || entry.Spike.Read(activity, found.Window.Start, accepted) is not { IsSpike: true } spike)
        {
            return false;
        }

        await Record(entry, spike, now, cancellation);
        return true;
    }

    /// <summary>The activity that a person has let pass lately; 0 for none, and null while nobody is to be paused again.</summary>
    private async Task<decimal?> Accepted(CustomerEntry entry, CustomerActivity activity, DateTimeOffset now, CancellationToken cancellation)
    {
        var (customerId, since) = (entry.Customer.Id, now - s_accepted);
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var passed = await db.Spikes.AsNoTracking().Where(spike => spike.CustomerId == customerId && spike.ResumedAt >= since)
            .OrderByDescending(spike => spike.ResumedAt).FirstOrDefaultAsync(cancellation);
        if (passed is null)
        {
            return 0;
        }

        if (passed.ResumedAt + Quiet > now)
        {
            return null;
        }

        // What went on after it was let pass is what the person meant, not the part of a window in which it was found.
        var highest = passed.Value;
        for (var window = CustomerActivity.WindowOf(passed.ResumedAt!.Value); window + SpikeRule.Window <= passed.ResumedAt + Quiet; window += SpikeRule.Window)
        {
            highest = Math.Max(highest, activity.At(window));
        }

        return highest;
    }

    private async Task Record(CustomerEntry entry, SpikeReading reading, DateTimeOffset now, CancellationToken cancellation)
    {
        var (customer, token) = (entry.Customer, Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32)));
        var messageId = $"<spike.{Guid.CreateVersion7():N}@{links.Host}>";
        var mail = SpikeMail.Make(entry, reading, links.ResumeAfterSpike(token), messageId, now, machine.GetUtcNow());
        var isNew = false;
        await pauses.PauseForSpike(customer.Key, SpikeMail.Reason(entry, reading), db =>
        {
            isNew = true;
            db.Spikes.Add(new Spike
            {
                CustomerId = customer.Id,
                FoundAt = now,
                WindowStart = reading.Window.Start,
                Value = Exact.To12(reading.Value),
                Baseline = Exact.To12(reading.Baseline),
                Highest = Exact.To12(reading.Highest),
                RulePercent = entry.Spike.Percent,
                MessageId = messageId,
                LinkHash = ApiKey.HashOf(token),
            });
            db.Outbox.Add(mail);
            var alert = new Alert
            {
                CustomerId = customer.Id,
                Kind = Alert.SpikeKind,
                Scope = $"activity {reading.Window.Start:yyyy-MM-dd'T'HH:mm'Z'}",
                PeriodStart = entry.Subscription is { } subscription && BillingPeriods.At(customer, subscription, now) is { } period ? period.Start : now,
                Threshold = (int)Math.Min(int.MaxValue, 100 + entry.Spike.Percent),
                Limit = Exact.To12(reading.Baseline),
                Used = Exact.To12(reading.Value),
                CrossedAt = now,
                MessageId = messageId,
            };
            db.Alerts.Add(alert);
            db.WebhookEvents.Add(WebhookEvent.Of(WebhookTypes.AlertRaised, customer.Id, now, new
            {
                alert.Kind, alert.Threshold, alert.Limit, alert.Used, customer.Currency, alert.PeriodStart,
            }));
        }, cancellation);
        if (isNew)
        {
            bell.Ring();
            await alarms.Raise(
                $"spike.paused:{customer.Key}", $"{customer.Name} is paused: its usage rose sharply.",
                $"{SpikeMail.Reason(entry, reading)} The customer was mailed with a link to resume. The spikes page shows the figures and lets you resume, mark a false alarm or tune the rule.",
                customer.Id);
        }
    }
}
