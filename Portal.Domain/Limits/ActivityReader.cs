using NodaTime;
using Npgsql;
using NpgsqlTypes;
using Portal.Domain.Catalog;
using Portal.Domain.Invoicing;
using Portal.Domain.Metering;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Limits;

/// <summary>Reads a customer's activity in quarter-hours, weighed by the prices that hold now.</summary>
public sealed class ActivityReader(NpgsqlDataSource database, Register register, UsageHistory history)
{
    private const int TrialDays = 28;

    private const string Sql = $"""
        SELECT added.customer_id, added.start, added.meter_id, added.values, added.events, {SumBound.OfAdded}
        FROM (
            SELECT bucket.customer_id, bucket.start, bucket.meter_id, kept.values, sum(bucket.events)::bigint AS events, sum(bucket.sum) AS sum
            FROM usage_buckets bucket JOIN usage_groups kept ON kept.id = bucket.group_id
            WHERE bucket.customer_id = ANY ($1) AND bucket.meter_id = ANY ($2) AND bucket.start = ANY ($3)
            GROUP BY 1, 2, 3, 4) added
        """;

    /// <summary>Activity in these windows; others are read as 0.</summary>
    /// <returns>Null where no subscription says what events cost.</returns>
    internal async Task<CustomerActivity?> Read(
        CustomerEntry entry, DateTimeOffset now, IReadOnlyCollection<DateTimeOffset> windows, CancellationToken cancellation)
    {
        if (entry.Subscription is not { } subscription || BillingPeriods.At(entry.Customer, subscription, now) is null)
        {
            return null;
        }

        var state = register.Now;
        var prices = BillingSegment.PricesAt(subscription.PhaseAt(now), now, state.Card);
        var meters = prices.Select(price => price.Meter).OfType<string>().Distinct(StringComparer.Ordinal).Select(state.Meter).OfType<Meter>();
        var used = await Used([entry.Customer.Id], meters, windows, cancellation);
        return new CustomerActivity(
            await history.Begin(entry.Customer.Id, cancellation),
            TimeZones.Find(entry.Customer.TimeZone)!,
            used.GroupBy(row => row.Window).ToDictionary(rows => rows.Key, rows => ActivityWeight.Of(prices, state.Meter, [.. rows.Select(row => row.Total)])));
    }

    /// <summary>Activity of many customers in a few windows, in the order of the windows: enough to see who cannot be a spike. Who has no prices is left out.</summary>
    internal async Task<IReadOnlyDictionary<int, decimal[]>> Latest(
        IReadOnlyCollection<CustomerEntry> entries, DateTimeOffset now, IReadOnlyList<DateTimeOffset> windows, CancellationToken cancellation)
    {
        var state = register.Now;
        var used = (await Used([.. entries.Select(entry => entry.Customer.Id)], state.Meters, windows, cancellation)).ToLookup(row => (row.CustomerId, row.Window), row => row.Total);
        var latest = new Dictionary<int, decimal[]>();
        foreach (var entry in entries)
        {
            if (entry.Subscription is { } subscription && BillingPeriods.At(entry.Customer, subscription, now) is not null)
            {
                var prices = BillingSegment.PricesAt(subscription.PhaseAt(now), now, state.Card);
                latest[entry.Customer.Id] = [.. windows.Select(window => used[(entry.Customer.Id, window)].ToList() is { Count: > 0 } totals ? ActivityWeight.Of(prices, state.Meter, totals) : 0)];
            }
        }

        return latest;
    }

    private async Task<List<(int CustomerId, DateTimeOffset Window, UsageTotal Total)>> Used(
        int[] customers, IEnumerable<Meter> meters, IReadOnlyCollection<DateTimeOffset> windows, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(Sql);
        command.Parameters.Add(new() { Value = customers });
        command.Parameters.Add(new() { Value = meters.Select(meter => meter.Id).ToArray() });
        command.Parameters.Add(new() { Value = windows.Select(window => window.UtcDateTime).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz });
        var used = new List<(int, DateTimeOffset, UsageTotal)>();
        await using var rows = await command.ExecuteReaderAsync(cancellation);
        while (await rows.ReadAsync(cancellation))
        {
            used.Add((rows.GetInt32(0), rows.GetFieldValue<DateTimeOffset>(1), new UsageTotal(
                rows.GetInt32(2), rows.GetFieldValue<string[]>(3), rows.GetInt64(4), rows.GetDecimal(5), null, null, null, null)));
        }

        return used;
    }

    /// <summary>The last day of a customer in quarter-hours, each beside what is usual in it, for a caller who may see its bills.</summary>
    /// <returns>The oldest first; empty where nothing can be said.</returns>
    /// <exception cref="Refusal">NotFound where the customer is not the caller's; Forbidden.</exception>
    public async Task<IReadOnlyList<ActivityWindow>> LastDay(Accounts.Actor actor, string customerKey, DateTimeOffset now, CancellationToken cancellation)
    {
        var entry = register.Now.Customer(actor, Accounts.Permission.ReadBilling, customerKey);
        var (last, windows) = (CustomerActivity.WindowOf(now), (int)(TimeSpan.FromDays(1) / SpikeRule.Window));
        var shown = Enumerable.Range(0, windows).Select(n => last - (windows - 1 - n) * SpikeRule.Window).ToList();
        var all = Enumerable.Range(0, (SpikeRule.BaselineDays + 2) * windows).Select(n => last - n * SpikeRule.Window).ToList();
        return await Read(entry, now, all, cancellation) is { } activity
            ? [.. shown.Select(window => new ActivityWindow(window, activity.At(window), entry.Spike.Read(activity, window)))]
            : [];
    }

    /// <summary>Tries a rule on a customer's own past: every pause that it would have made in the last 28 days.</summary>
    /// <returns>Null where nothing can be said, since no subscription says what events cost.</returns>
    /// <exception cref="Refusal">NotFound where the customer is not the caller's; Forbidden.</exception>
    public async Task<SpikeTrial?> Try(Accounts.Actor actor, string customerKey, SpikeRule rule, DateTimeOffset now, CancellationToken cancellation)
    {
        var entry = register.Now.Customer(actor, Accounts.Permission.ReadBilling, customerKey);
        var perDay = (int)(TimeSpan.FromDays(1) / SpikeRule.Window);
        var last = CustomerActivity.WindowOf(now) - SpikeRule.Window;
        var all = Enumerable.Range(0, (TrialDays + SpikeRule.BaselineDays + 2) * perDay).Select(n => last - n * SpikeRule.Window).ToList();
        if (await Read(entry, now, all, cancellation) is not { } activity)
        {
            return null;
        }

        var pauses = new List<SpikeReading>();
        var until = DateTimeOffset.MinValue;
        foreach (var window in all.Take(TrialDays * perDay).Reverse())
        {
            if (rule.Read(activity, window) is { IsSpike: true } spike)
            {
                if (window > until)
                {
                    pauses.Add(spike);
                }

                until = window + SpikeWatch.Quiet;
            }
        }

        return new SpikeTrial(TrialDays, pauses);
    }
}

/// <summary>What a rule would have done in the past.</summary>
/// <param name="Days">How many days were looked at.</param>
/// <param name="Pauses">The first window of each pause: what follows within an hour of one belongs to it, since access would have been paused.</param>
public sealed record SpikeTrial(int Days, IReadOnlyList<SpikeReading> Pauses);

/// <summary>A quarter-hour of a customer.</summary>
/// <param name="Start">Its start.</param>
/// <param name="Value">Its activity, in the customer's currency.</param>
/// <param name="Reading">What is usual in it; null where it was too early to say.</param>
public sealed record ActivityWindow(DateTimeOffset Start, decimal Value, SpikeReading? Reading);

/// <summary>A customer's activity as it was read.</summary>
/// <param name="begin">The quarter-hour in which usage began; null for never.</param>
/// <param name="zone">The customer's zone: "the same time of day" is its own.</param>
/// <param name="values">Activity by the start of the quarter-hour.</param>
internal sealed class CustomerActivity(DateTimeOffset? begin, DateTimeZone zone, IReadOnlyDictionary<DateTimeOffset, decimal> values) : IActivity
{
    public TimeSpan Step => SpikeRule.Window;

    public DateTimeOffset? Begin => begin;

    /// <summary>The quarter-hour of an instant.</summary>
    public static DateTimeOffset WindowOf(DateTimeOffset instant) => new(instant.UtcTicks - instant.UtcTicks % SpikeRule.Window.Ticks, TimeSpan.Zero);

    /// <summary>The windows that the rule looks at to read one.</summary>
    public static IEnumerable<DateTimeOffset> NeededFor(DateTimeOffset window, DateTimeZone zone)
    {
        var step = SpikeRule.Window;
        var day = Enumerable.Range(0, (int)(SpikeRule.Beginning / step) + 2).Select(n => window - n * step);
        var same = from days in Enumerable.Range(1, SpikeRule.BaselineDays)
                   from start in new[] { zone.SameTimeAfter(window, -days), zone.SameTimeAfter(window - step, -days) }
                   from beside in Enumerable.Range(-1, 3)
                   select start + beside * step;
        return day.Concat(same).Distinct();
    }

    public decimal At(DateTimeOffset window) => values.GetValueOrDefault(window);

    public DateTimeOffset DaysBefore(DateTimeOffset window, int days) => zone.SameTimeAfter(window, -days);

}
