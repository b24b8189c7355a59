using System.Text;
using Portal.Domain.Accounts;
using Portal.Domain.Storage;

namespace Portal.Domain.Metering.Spooling;

/// <summary>Makes the batch of a request again from its record, with the customers and meters of now.</summary>
public sealed class SpoolRestore(Register register, EventIntake intake)
{
    internal RestoredBatch Restore(SpooledRecord record)
    {
        var (batch, check, properties) = (new EventBatch(record.Head.ReceivedAt) { KeepsVersions = record.Segment.IsOwn }, intake.Check(), new EventProperties());
        var restored = new RestoredBatch(record, batch);
        foreach (var (index, item) in SpoolRecord.Events(record.Bytes).Index())
        {
            var key = Encoding.UTF8.GetString(item.Customer.Span);
            if (!register.Now.ByKey.TryGetValue(key, out var customer))
            {
                restored.Strangers.Add(key);
                restored.Add(item, null);
                continue;
            }

            restored.Add(item, customer.Customer);
            if (item.Kind == SpooledKind.Event && intake.Match.Find(item.Type.Span) is null)
            {
                restored.NowUnknown = Encoding.UTF8.GetString(item.Type.Span);
            }

            if (check.Restore(batch, index, item, customer, properties) is { } rejection)
            {
                restored.Rejected.Add(rejection);
            }
        }

        return restored;
    }
}

/// <summary>A record that became a batch again.</summary>
internal sealed class RestoredBatch(SpooledRecord record, EventBatch batch)
{
    private readonly List<(SpooledEvent Event, Customer? Customer)> _events = [];

    public SpooledRecord Record => record;

    public EventBatch Batch => batch;

    /// <summary>Keys of customers that are not there, as after a restore to an earlier day.</summary>
    public HashSet<string> Strangers { get; } = new(StringComparer.Ordinal);

    /// <summary>What no meter takes any more.</summary>
    public List<Rejection> Rejected { get; } = [];

    /// <summary>A type that was known when an event of it was acknowledged, and is not now; null for none.</summary>
    public string? NowUnknown { get; set; }

    public void Add(SpooledEvent item, Customer? customer) => _events.Add((item, customer));

    /// <summary>The events that were acknowledged and are in no number; known after writing.</summary>
    public List<RefusedEvent> Refused() => [.. Rejected.Concat(batch.Rejected).Select(rejection => (Rejection: rejection, _events[rejection.Index].Event, _events[rejection.Index].Customer))
        .Select(refused => new RefusedEvent
        {
            CustomerId = refused.Customer!.Id,
            EventId = Encoding.UTF8.GetString(refused.Event.Id.Span),
            Type = Encoding.UTF8.GetString(refused.Event.Type.Span),
            Time = new DateTimeOffset(refused.Event.Time, TimeSpan.Zero),
            ReceivedAt = record.Head.ReceivedAt,
            Properties = Encoding.UTF8.GetString(refused.Event.Properties.Span),
            Code = refused.Rejection.Code,
            Reason = refused.Rejection.Message,
        })];
}
