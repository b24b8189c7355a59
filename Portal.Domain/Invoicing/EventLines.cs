using System.Text;
using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Metering;
using Portal.Domain.Storage;

namespace Portal.Domain.Invoicing;

/// <summary>A line of an issued invoice that an event is counted in.</summary>
/// <param name="Number">The invoice's number.</param>
/// <param name="N">The line's number.</param>
/// <param name="Description">What the line bills.</param>
public sealed record EventLine(string Number, int N, string Description);

/// <summary>Says on which lines of issued invoices events were counted: the other way of <see cref="LineEvents"/>.</summary>
public sealed class EventLines(IDbContextFactory<PortalDb> databases, Register register, LineEvents lines)
{
    /// <summary>The lines by the event's id; an event that no issued invoice counts has none.</summary>
    /// <param name="actor">Who asks; nothing is said to one who may not see invoices.</param>
    /// <param name="customerKey">The customer.</param>
    /// <param name="events">A page of its events.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="Values.Refusal">NotFound where the customer is not the caller's.</exception>
    public async Task<IReadOnlyDictionary<string, IReadOnlyList<EventLine>>> Of(
        Actor actor, string customerKey, IReadOnlyList<StoredEvent> events, CancellationToken cancellation)
    {
        var found = new Dictionary<string, IReadOnlyList<EventLine>>(StringComparer.Ordinal);
        var customer = register.Now.Customer(actor, Permission.ReadUsage, customerKey).Customer;
        if (events.Count == 0 || !actor.May(Permission.ReadBilling))
        {
            return found;
        }

        var billed = await Billed(customer.Id, events.Min(item => item.Time), events.Max(item => item.Time), cancellation);
        var match = new MeterMatch(register.Now.Meters);
        var properties = new EventProperties();
        var buffer = new byte[128];
        foreach (var item in events.Where(item => item.Billable && item.Voided is null))
        {
            properties.Read(Encoding.UTF8.GetBytes(item.Properties));
            var its = new List<EventLine>();
            foreach (var plan in match.Find(Encoding.UTF8.GetBytes(item.Type))?.Meters ?? [])
            {
                // What came before its meter is on the line of its back-fill, which its version does not tell.
                if (!(item.ReceivedAt < plan.Meter.CountsFrom) && plan.Read(properties, out _) == ReadingOutcome.Read)
                {
                    var group = UsageGroup.ValuesOf(plan.GroupKey(properties, ref buffer));
                    its.AddRange(billed.Where(line => line.Line.MeterKey == plan.Meter.Key && line.Counts(item, group)).Take(1).Select(line => line.Shown));
                }
            }

            if (its.Count > 0)
            {
                found[item.Id] = its;
            }
        }

        return found;
    }

    /// <summary>Usage lines of issued invoices over a stretch of time, those that knew least first: an event is on the first that knew of it.</summary>
    private async Task<List<BilledLine>> Billed(int customerId, DateTimeOffset first, DateTimeOffset last, CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var invoices = await db.Invoices.AsNoTracking()
            .Include(invoice => invoice.Lines)
            .Where(invoice => invoice.CustomerId == customerId && invoice.Number != null && invoice.SubscriptionId != null
                && invoice.Lines.Any(line => line.MeterKey != null && line.PeriodStart <= last && line.PeriodEnd > first))
            .OrderBy(invoice => invoice.UsageVersion)
            .ToListAsync(cancellation);
        var ids = invoices.Select(invoice => invoice.SubscriptionId).Distinct().ToList();
        var subscriptions = await db.Subscriptions.AsNoTracking().Include(subscription => subscription.Phases)
            .Where(subscription => ids.Contains(subscription.Id)).ToDictionaryAsync(subscription => subscription.Id, cancellation);
        return
        [
            .. invoices.SelectMany(invoice => invoice.Lines
                .Where(line => line.MeterKey is not null && register.Now.Meter(line.MeterKey) is not null && line.PeriodStart <= last && line.PeriodEnd > first)
                .Select(line => new BilledLine(
                    line, invoice.UsageVersion, lines.TakenBy(subscriptions[invoice.SubscriptionId!.Value], line, register.Now.Meter(line.MeterKey!)!),
                    new EventLine(invoice.Number!, line.N, line.Description)))),
        ];
    }

    private sealed record BilledLine(InvoiceLine Line, long Version, Func<IReadOnlyList<string>, bool> Takes, EventLine Shown)
    {
        public bool Counts(StoredEvent item, IReadOnlyList<string> group) =>
            item.Version <= Version && item.Time >= Line.PeriodStart && item.Time < Line.PeriodEnd && Takes(group);
    }
}
