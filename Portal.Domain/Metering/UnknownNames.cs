using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Portal.Domain.Alerts;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Metering;

/// <summary>Counts events that were rejected because their customer does not exist, and has the operator told of those names and of types that no meter reads.</summary>
/// <remarks>
/// It counts in memory and writes every two seconds, so that a sender with a wrong key costs next to nothing. What a killed process had not written
/// is not counted: the sender has the rejection in hand, and nothing was promised.
/// </remarks>
public sealed class UnknownNames(IDbContextFactory<PortalDb> databases, AlarmWriter alarms, BusinessClock clock, TimeProvider machine, ILogger<UnknownNames> log)
    : PeriodicWrite(TimeSpan.FromSeconds(2), "Names that nobody knows", machine, log)
{
    /// <summary>The most names that are kept: a sender who makes them up must not fill the table.</summary>
    public const int NamesMax = 1_000;

    private const int NamesShownMax = 5;

    // An alarm tells of a name once in so long, however many events come.
    private static readonly TimeSpan s_silence = TimeSpan.FromHours(1);

    private readonly Lock _access = new();
    private readonly Dictionary<string, long> _toldAt = new(StringComparer.Ordinal);
    private Dictionary<string, long> _customers = new(StringComparer.Ordinal);
    private HashSet<string> _types = new(StringComparer.Ordinal);

    /// <summary>Takes note of what nobody knows in a batch.</summary>
    internal void Note(EventBatch batch)
    {
        if (batch.UnknownCustomers is null && batch.Inbox.Count == 0)
        {
            return;
        }

        lock (_access)
        {
            foreach (var (name, events) in batch.UnknownCustomers ?? [])
            {
                if (_customers.Count < NamesMax || _customers.ContainsKey(name))
                {
                    _customers[name] = _customers.GetValueOrDefault(name) + events;
                }
            }

            foreach (var item in batch.Inbox)
            {
                if (_types.Count < NamesMax)
                {
                    _types.Add(item.Type);
                }
            }
        }
    }

    /// <summary>Writes what was counted and raises the alarms. What could not be written goes on waiting.</summary>
    public override async Task Write(CancellationToken cancellation)
    {
        Dictionary<string, long> customers;
        HashSet<string> types;
        lock (_access)
        {
            (customers, types) = (_customers, _types);
            (_customers, _types) = (new(StringComparer.Ordinal), new(StringComparer.Ordinal));
        }

        string[] names = [.. customers.Keys.Order(StringComparer.Ordinal)];
        try
        {
            await Store(names, customers, cancellation);
        }
        finally
        {
            lock (_access)
            {
                foreach (var (name, events) in customers)
                {
                    _customers[name] = _customers.GetValueOrDefault(name) + events;
                }
            }
        }

        await Tell("events.unknown_type", types, "Events come in of a type that no meter reads.",
            $"The type: {{0}}. They are rejected, and wait in the inbox for {InboxPruneRun.Kept.TotalDays} days: make a meter for the type, then count them there.");
        await Tell("events.unknown_customer", names, "Events come in for a customer that does not exist.",
            "The key: {0}. They are rejected, and nothing of them is kept: have the sender mend the key, or make the customer, and have them sent again. The inbox shows how many there were.");
    }

    /// <summary>Adds the counts up in the table, in the order of names, as every process does. What is written leaves <paramref name="customers"/>.</summary>
    private async Task Store(string[] names, Dictionary<string, long> customers, CancellationToken cancellation)
    {
        if (names.Length == 0)
        {
            return;
        }

        var now = clock.GetUtcNow();
        await using var db = await databases.CreateDbContextAsync(cancellation);
        foreach (var name in names)
        {
            await db.Database.ExecuteSqlAsync($"""
                INSERT INTO unknown_customers (key, events, first_at, last_at)
                SELECT {name}, {customers[name]}, {now}, {now}
                WHERE EXISTS (SELECT FROM unknown_customers WHERE key = {name}) OR (SELECT count(*) FROM unknown_customers) < {NamesMax}
                ON CONFLICT (key) DO UPDATE SET events = unknown_customers.events + excluded.events, last_at = greatest(unknown_customers.last_at, excluded.last_at)
                """, cancellation);
            customers.Remove(name);
        }
    }

    private async Task Tell(string key, IEnumerable<string> names, string title, string text)
    {
        var fresh = names.Where(name => !_toldAt.TryGetValue($"{key}:{name}", out var at) || Machine.GetElapsedTime(at) > s_silence).ToList();
        if (fresh.Count == 0)
        {
            return;
        }

        if (_toldAt.Count > NamesMax)
        {
            _toldAt.Clear();
        }

        fresh.ForEach(name => _toldAt[$"{key}:{name}"] = Machine.GetTimestamp());
        var shown = string.Join(", ", fresh.Take(NamesShownMax).Select(name => $"'{name}'")) + (fresh.Count > NamesShownMax ? $" and {fresh.Count - NamesShownMax} more" : "");
        await alarms.Raise(key, title, text.Replace("{0}", shown, StringComparison.Ordinal));
    }
}
