using System.Numerics;
using System.Runtime.CompilerServices;
using System.Text;
using Npgsql;
using NpgsqlTypes;
using Portal.Domain.Catalog;
using Portal.Domain.Values;

namespace Portal.Domain.Metering;

/// <summary>A quantity between two points: what a meter's groups came to at the one, less what they came to at the other.</summary>
/// <param name="CustomerId">The customer.</param>
/// <param name="Meter">The meter.</param>
/// <param name="Takes">Which groups, by their values in the order of the meter's <c>groupBy</c>.</param>
/// <param name="From">The start of the period, from which the meter counts.</param>
/// <param name="Before">The point from which on events are behind the quantity.</param>
/// <param name="After">The point up to which they are.</param>
/// <param name="Whole">The length of a whole billing period, of which a level's time is a share.</param>
public sealed record QuantityClaim(
    int CustomerId, Meter Meter, Func<IReadOnlyList<string>, bool> Takes, DateTimeOffset From, UsagePoint Before, UsagePoint After, TimeSpan Whole)
{
    /// <summary>From when on events are looked at: a level comes in from all that were ever sent.</summary>
    internal DateTimeOffset LooksFrom => Meter.Aggregation == Aggregation.WeightedSum ? DateTimeOffset.UnixEpoch : From;
}

/// <summary>Events that happened before an instant and were known at a usage version.</summary>
/// <param name="Until">The instant, not part of it.</param>
/// <param name="Version">The customer's usage version.</param>
public readonly record struct UsagePoint(DateTimeOffset Until, long Version);

/// <summary>The events behind a quantity, and what they come to, counted from the events themselves and not from the figures that were billed.</summary>
/// <param name="Count">How many events are behind it, those that were taken back among them; null on later pages.</param>
/// <param name="Quantity">What they come to; null on later pages.</param>
/// <param name="Events">A page of them, the newest first.</param>
public sealed record QuantityProof(long? Count, decimal? Quantity, EventPage Events);

/// <summary>Counts a quantity again, from the events.</summary>
public sealed class EventProof(NpgsqlDataSource database, UsageGroups groups)
{
    private const string Sql = """
        SELECT event.time, event.id, event.type, event.received_at, event.properties::text, event.usage_version,
            void.usage_version, void.reason, void.voided_at
        FROM events event
        LEFT JOIN event_voids void ON void.customer_id = event.customer_id AND void.event_time = event.time
            AND void.id_hash = encode(substr(sha256(convert_to(event.id, 'UTF8')), 1, 16), 'hex')::uuid
        WHERE event.customer_id = $1 AND event.time >= $2 AND event.time <= $3 AND (event.time, event.id) < ($3, $4)
            AND event.type = ANY ($5) AND event.billable AND event.usage_version <= $6
        ORDER BY event.time DESC, event.id DESC
        """;

    private const string BackfillSql = "SELECT max(version) FROM recounts WHERE customer_id = $1 AND meter_id = $2 AND ended_at IS NOT NULL";

    /// <summary>A page of the events behind a quantity. The first page counts them all.</summary>
    /// <param name="claim">The quantity.</param>
    /// <param name="after">Where the page before ended; null for the first.</param>
    /// <param name="limit">The most events of the page.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="InvalidInputException">Where <paramref name="after"/> is no place.</exception>
    public async Task<QuantityProof> Read(QuantityClaim claim, string? after, int limit, CancellationToken cancellation)
    {
        var place = after is null ? new EventPlace(claim.After.Until, "") : EventPlace.Parse(after);
        var (items, count, hasMore) = (new List<StoredEvent>(), 0L, false);
        var (was, became) = (new Tally(claim, claim.Before.Until), new Tally(claim, claim.After.Until));
        await foreach (var found in Scan(claim, place, cancellation))
        {
            var (countedBefore, countedAfter) = (found.CountsAt(claim.Before), found.CountsAt(claim.After));
            was.Add(found, countedBefore);
            became.Add(found, countedAfter);
            if (countedBefore == countedAfter)
            {
                continue;
            }

            count++;
            if (items.Count < limit)
            {
                items.Add(found.Event with { Value = countedAfter ? found.Value : -found.Value });
                continue;
            }

            hasMore = true;
            if (after is not null)
            {
                break;
            }
        }

        var page = new EventPage(items, hasMore ? new EventPlace(items[^1].Time, items[^1].Id).ToString() : null);
        return after is null ? new QuantityProof(count, became.Quantity - was.Quantity, page) : new QuantityProof(null, null, page);
    }

    private async IAsyncEnumerable<Found> Scan(QuantityClaim claim, EventPlace place, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var match = new MeterMatch([claim.Meter]);
        var properties = new EventProperties();
        var groupKey = new byte[128];
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var backfilled = await BackfillVersion(connection, claim, cancellation);
        await using var select = new NpgsqlCommand(Sql, connection);
        select.Parameters.Add(new() { Value = claim.CustomerId });
        select.Parameters.Add(new() { Value = claim.LooksFrom, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        select.Parameters.Add(new() { Value = place.Time, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        select.Parameters.Add(new() { Value = place.Id });
        select.Parameters.Add(new() { Value = match.Types });
        select.Parameters.Add(new() { Value = Math.Max(claim.Before.Version, claim.After.Version) });
        await using var rows = await select.ExecuteReaderAsync(cancellation);
        while (await rows.ReadAsync(cancellation))
        {
            var (text, receivedAt, version) = (rows.GetString(4), rows.GetFieldValue<DateTimeOffset>(3), rows.GetInt64(5));
            if (receivedAt < claim.Meter.CountsFrom)
            {
                // The meter came later than the event: it was counted, and billed, once the back-fill was done.
                version = Math.Max(version, backfilled);
            }

            properties.Read(Encoding.UTF8.GetBytes(text));
            var plan = match.Find(Encoding.UTF8.GetBytes(rows.GetString(2)))!.Meters[0];
            if (plan.Read(properties, out var value) != ReadingOutcome.Read
                || !claim.Takes(groups.Shown(groups.Find(claim.CustomerId, plan, plan.GroupKey(properties, ref groupKey)))))
            {
                continue;
            }

            var voided = rows.IsDBNull(6) ? null : new EventVoid(rows.GetString(7), rows.GetFieldValue<DateTimeOffset>(8));
            yield return new Found(
                new StoredEvent(
                    rows.GetString(1), rows.GetString(2), rows.GetFieldValue<DateTimeOffset>(0), receivedAt, text, true, voided, null),
                value, plan.Distinct(properties), version, rows.IsDBNull(6) ? null : rows.GetInt64(6));
        }
    }

    /// <summary>The usage version from which on events that are older than the meter count; one that never comes while they do not.</summary>
    private static async Task<long> BackfillVersion(NpgsqlConnection connection, QuantityClaim claim, CancellationToken cancellation)
    {
        await using var select = new NpgsqlCommand(BackfillSql, connection);
        select.Parameters.Add(new() { Value = claim.CustomerId });
        select.Parameters.Add(new() { Value = claim.Meter.Id });
        return claim.Meter.BackfilledAt is not null && await select.ExecuteScalarAsync(cancellation) is long version ? version : long.MaxValue;
    }

    private sealed record Found(StoredEvent Event, decimal Value, Guid Distinct, long Version, long? VoidVersion)
    {
        public bool CountsAt(UsagePoint point) =>
            Event.Time < point.Until && Version <= point.Version && !(VoidVersion <= point.Version);
    }

    private sealed class Tally(QuantityClaim claim, DateTimeOffset until)
    {
        private readonly HashSet<Guid> _values = [];
        private BigInteger _levelTime;
        private UsageTotal? _total;

        public decimal Quantity => _total is null ? 0 : UsageTotal.Quantity(
            claim.Meter.Aggregation,
            [_total with { LevelTime = _levelTime, Distinct = new DistinctValues(0, [new SharedValues([0], _values.Count)]) }],
            claim.Whole);

        public void Add(Found found, bool counts)
        {
            if (counts)
            {
                var one = new UsageTotal(claim.Meter.Id, [], 1, found.Value, found.Value, found.Value, found.Event.Time, found.Value);
                _total = _total?.Plus(one) ?? one;
                _values.Add(found.Distinct);

                // A change that came before the period lasts from its start on.
                var since = found.Event.Time > claim.From ? found.Event.Time : claim.From;
                _levelTime += since < until ? DetailTally.MomentOf(found.Value, until - since) : 0;
            }
        }
    }
}
