using System.Text;
using Npgsql;
using NpgsqlTypes;
using Portal.Domain.Accounts;
using Portal.Domain.Catalog;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Metering;

/// <summary>Reads a customer's events, newest first: all of them, or those behind a number.</summary>
public sealed class EventReader(NpgsqlDataSource database, Register register)
{
    // How many events one call looks at for those that a meter counts; what is left is on the next page.
    private const int LookedAtMax = 20_000;

    private const int EventsPerLook = 1_000;

    private const string Sql = """
        SELECT event.time, event.id, event.type, event.received_at, event.billable, event.properties::text, void.reason, void.voided_at, event.usage_version
        FROM events event
        LEFT JOIN event_voids void ON void.customer_id = event.customer_id AND void.event_time = event.time
            AND void.id_hash = encode(substr(sha256(convert_to(event.id, 'UTF8')), 1, 16), 'hex')::uuid
        WHERE event.customer_id = $1 AND event.time >= $2 AND event.time <= $3 AND (event.time, event.id) < ($3, $4)
            AND ($5::text[] IS NULL OR event.type = ANY ($5)) AND ($7::text IS NULL OR event.id = $7)
        ORDER BY event.time DESC, event.id DESC LIMIT $6
        """;

    private const string TimeSql = "SELECT event_time FROM event_keys WHERE customer_id = $1 AND id_hash = encode(substr(sha256(convert_to($2, 'UTF8')), 1, 16), 'hex')::uuid";

    /// <summary>A page of a customer's events, for a caller who may see them.</summary>
    /// <exception cref="Refusal">NotFound where the customer is not the caller's.</exception>
    /// <exception cref="InvalidInputException">Where the question makes no sense, with the fields at fault.</exception>
    public async Task<EventPage> Read(Actor actor, EventQuery query, CancellationToken cancellation)
    {
        var customer = register.Now.Customer(actor, Permission.ReadUsage, query.Customer).Customer;
        var filter = EventFilter.Of(query, register.Now);
        await using var connection = await database.OpenConnectionAsync(cancellation);
        if (query.Id is { } id && await TimeOf(connection, customer.Id, id, cancellation) is { } time)
        {
            // Within the dedupe window an id leads to its event, whatever time was asked for.
            query = query with { Period = new Period(time, time.AddTicks(TimeSpan.TicksPerMicrosecond)) };
        }

        var place = query.After is { } after ? EventPlace.Parse(after) : new EventPlace(query.Period.End, "");
        var items = new List<StoredEvent>();
        for (var lookedAt = 0; ;)
        {
            var wanted = filter is null ? query.Limit + 1 : EventsPerLook;
            var (looked, isFull) = (0, false);
            await foreach (var item in Page(connection, customer.Id, query, place, filter?.Types, wanted, cancellation))
            {
                if (items.Count == query.Limit)
                {
                    isFull = true;
                    break;
                }

                looked++;
                place = new EventPlace(item.Time, item.Id);
                if (filter is null)
                {
                    items.Add(item);
                }
                else if (filter.Value(item) is { } value)
                {
                    items.Add(item with { Value = value });
                }
            }

            lookedAt += looked;
            if (isFull || lookedAt >= LookedAtMax)
            {
                return new EventPage(items, place.ToString());
            }

            if (looked < wanted)
            {
                return new EventPage(items, null);
            }
        }
    }

    private static async IAsyncEnumerable<StoredEvent> Page(
        NpgsqlConnection connection, int customerId, EventQuery query, EventPlace place, string[]? types, int limit,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        await using var select = new NpgsqlCommand(Sql, connection);
        select.Parameters.Add(new() { Value = customerId });
        select.Parameters.Add(new() { Value = query.Period.Start, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        select.Parameters.Add(new() { Value = place.Time, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        select.Parameters.Add(new() { Value = place.Id });
        select.Parameters.Add(new() { Value = types is null ? DBNull.Value : types, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text });
        select.Parameters.Add(new() { Value = limit });
        select.Parameters.Add(new() { Value = query.Id is null ? DBNull.Value : query.Id, NpgsqlDbType = NpgsqlDbType.Text });
        await using var rows = await select.ExecuteReaderAsync(cancellation);
        while (await rows.ReadAsync(cancellation))
        {
            yield return new StoredEvent(
                rows.GetString(1), rows.GetString(2), rows.GetFieldValue<DateTimeOffset>(0), rows.GetFieldValue<DateTimeOffset>(3),
                rows.GetString(5), rows.GetBoolean(4),
                rows.IsDBNull(6) ? null : new EventVoid(rows.GetString(6), rows.GetFieldValue<DateTimeOffset>(7)), null)
            {
                Version = rows.GetInt64(8),
            };
        }
    }

    private static async Task<DateTimeOffset?> TimeOf(NpgsqlConnection connection, int customerId, string id, CancellationToken cancellation)
    {
        await using var select = new NpgsqlCommand(TimeSql, connection) { Parameters = { new() { Value = customerId }, new() { Value = id } } };
        return await select.ExecuteScalarAsync(cancellation) is DateTime time ? new DateTimeOffset(time) : null;
    }

    /// <summary>Which events a meter counts, for some of its groups.</summary>
    private sealed class EventFilter(Meter meter, EventQuery query)
    {
        private readonly MeterMatch _match = new([meter]);
        private readonly EventProperties _properties = new();
        private byte[] _groupKey = new byte[128];

        public string[] Types => _match.Types;

        public static EventFilter? Of(EventQuery query, RegisterState register)
        {
            if (query.Meter is null)
            {
                return null;
            }

            var meter = register.Meter(query.Meter) ?? throw InvalidInputException.At("meter", $"There is no meter '{query.Meter}'.");
            return query.Match.Keys.FirstOrDefault(property => !meter.GroupBy.Contains(property)) is { } unknown
                ? throw InvalidInputException.At(unknown, $"The meter '{meter.Key}' does not group by '{unknown}'.")
                : new EventFilter(meter, query);
        }

        /// <summary>What the event adds; null where it adds nothing.</summary>
        public decimal? Value(StoredEvent item)
        {
            if (!item.Billable || item.Voided is not null || !meter.CountsWhatCame(item.ReceivedAt))
            {
                return null;
            }

            _properties.Read(Encoding.UTF8.GetBytes(item.Properties));
            var plan = _match.Find(Encoding.UTF8.GetBytes(item.Type))!.Meters[0];
            return plan.Read(_properties, out var value) == ReadingOutcome.Read && IsInGroup(plan) ? value : null;
        }

        private bool IsInGroup(MeterPlan plan)
        {
            var values = UsageGroup.ValuesOf(plan.GroupKey(_properties, ref _groupKey));
            return query.Takes?.Invoke(values) != false && query.Match.All(pair => values[Array.IndexOf(meter.GroupBy, pair.Key)] == pair.Value);
        }
    }
}

/// <summary>A question for a customer's events.</summary>
/// <param name="Customer">The customer's key.</param>
/// <param name="Meter">The meter that counts them; null for all events, also those that count nowhere.</param>
/// <param name="Match">Property → value, for some groups of the meter; empty for all.</param>
/// <param name="Period">From when to when they happened.</param>
/// <param name="After">Where the page before ended; null for the first.</param>
/// <param name="Limit">The most events of the page.</param>
public sealed record EventQuery(string Customer, string? Meter, IReadOnlyDictionary<string, string> Match, Period Period, string? After, int Limit)
{
    /// <summary>The sender's id of one event; null for all. Within the dedupe window it is found whatever the period, beyond it within the period.</summary>
    public string? Id { get; init; }

    /// <summary>Which groups of the meter, by their values in the order of its <c>groupBy</c>; null for all.</summary>
    public Func<IReadOnlyList<string>, bool>? Takes { get; init; }
}

/// <summary>A page of events.</summary>
/// <param name="Items">Newest first.</param>
/// <param name="Next">Where the next page begins; null where this is the last.</param>
public sealed record EventPage(IReadOnlyList<StoredEvent> Items, string? Next);

/// <summary>An event as it is stored.</summary>
/// <param name="Id">The sender's id.</param>
/// <param name="Type">Its type.</param>
/// <param name="Time">When it happened.</param>
/// <param name="ReceivedAt">When it was received, in business time.</param>
/// <param name="Properties">Its properties as JSON.</param>
/// <param name="Billable">False where the customer was paused.</param>
/// <param name="Voided">That it was taken back; null where it was not.</param>
/// <param name="Value">What it adds to the meter that was asked for; null where none was.</param>
public sealed record StoredEvent(
    string Id, string Type, DateTimeOffset Time, DateTimeOffset ReceivedAt, string Properties, bool Billable, EventVoid? Voided, decimal? Value)
{
    /// <summary>The customer's usage version from which on it counts; 0 where it was not asked for.</summary>
    public long Version { get; init; }
}

/// <summary>That an event was taken back.</summary>
/// <param name="Reason">Why.</param>
/// <param name="At">When, in business time.</param>
public sealed record EventVoid(string Reason, DateTimeOffset At);
