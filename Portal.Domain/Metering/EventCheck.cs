using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Unicode;
using Portal.Domain.Accounts;
using Portal.Domain.Limits;
using Portal.Domain.Metering.Spooling;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Metering;

/// <summary>Checks events one by one against the rules of API.md, and puts each into its batch or among the rejected.</summary>
/// <param name="register">Customers, meters and pauses as of the request.</param>
/// <param name="match">The meters of that register, made ready.</param>
/// <param name="groups">Numbers the groups of usage.</param>
/// <param name="actor">Who sends; a caller that is bound to a customer may send for that one alone.</param>
/// <param name="window">How far back an event may lie.</param>
internal sealed class EventCheck(RegisterState register, MeterMatch match, UsageGroups groups, Actor actor, TimeSpan window)
{
    public const int IdBytesMax = 255;

    public static readonly TimeSpan AheadMax = TimeSpan.FromMinutes(5);

    private readonly List<MeterReading> _readings = [];
    private byte[] _groupKey = new byte[128];
    private byte[] _customerKey = [];
    private CustomerEntry? _customer;

    /// <summary>Checks one event and adds it to <paramref name="batch"/>.</summary>
    public void Add(EventBatch batch, in EventFields fields, EventProperties properties)
    {
        var id = fields.Id.Span;
        long? ticks = null;
        var fault = fields.Fault ?? IdFault(id) ?? TypeFault(fields.Type.Span) ?? CustomerFault(fields.Customer.Span) ?? TimeFault(fields.Time.Span, out ticks);
        if (fault is not null)
        {
            batch.Reject(fields.Index, Shown(id, IdBytesMax), RejectionCode.InvalidEvent, fault);
            return;
        }

        if (FindCustomer(fields.Customer.Span) is not { } customer)
        {
            var named = Shown(fields.Customer.Span, 64) ?? "";
            if (actor.CustomerId is null)
            {
                // A customer's key must not write into what the operator reads.
                batch.CountUnknownCustomer(Printable(named));
            }

            batch.Reject(fields.Index, Shown(id), RejectionCode.UnknownCustomer, $"No customer '{named}'. Check the key, or create the customer first.");
            return;
        }

        if (OutOfWindow(batch.ReceivedAt, ticks) is { } late)
        {
            batch.Reject(fields.Index, Shown(id), late.Code, late.Message);
            return;
        }

        var time = ticks is { } given ? new DateTime(given, DateTimeKind.Utc) : Instant(batch.ReceivedAt);
        var type = match.Find(fields.Type.Span);
        if (type is null)
        {
            Unknown(batch, fields, customer, time, properties);
            return;
        }

        if (MeterMatch.Read(type, properties, _readings) is { } found)
        {
            batch.Reject(fields.Index, Shown(id), found.Code, Message(found));
            return;
        }

        if (ForeignNumberFault(properties) is { } foreign)
        {
            batch.Reject(fields.Index, Shown(id), RejectionCode.InvalidEvent, foreign);
            return;
        }

        Accept(batch, customer, type, properties, new UsageEvent
        {
            Index = fields.Index,
            ContentHash = properties.ContentHash(fields.Type.Span, ticks),
            Id = fields.Id,
            Time = time,
            Billable = IsBillable(customer, batch.ReceivedAt),
            Properties = fields.Properties,
        });
    }

    /// <summary>Adds an event of the spool, which was checked when it came, to a batch of that time. The meters are those of now: one that no meter reads any more goes to the inbox.</summary>
    /// <returns>Null, or why no meter takes it any more.</returns>
    public Rejection? Restore(EventBatch batch, int index, in SpooledEvent item, CustomerEntry customer, EventProperties properties)
    {
        var type = item.Kind == SpooledKind.Event ? match.Find(item.Type.Span) : null;
        if (type is null)
        {
            batch.Inbox.Add(new InboxEvent(
                customer.Customer.Id, Encoding.UTF8.GetString(item.Id.Span), Encoding.UTF8.GetString(item.Type.Span), item.Time, item.Properties.ToArray()));
            return null;
        }

        properties.Read(item.Properties.Span);
        if (MeterMatch.Read(type, properties, _readings) is { } found)
        {
            return new Rejection(index, Shown(item.Id.Span), found.Code, Message(found));
        }

        Accept(batch, customer, type, properties, new UsageEvent
        {
            Index = index,
            ContentHash = item.ContentHash,
            Id = item.Id,
            Time = item.Time,
            Billable = item.Billable && IsBillable(customer, batch.ReceivedAt),
            Properties = item.Properties,
        });
        return null;
    }

    /// <summary>The hash that tells ids apart: the first 16 bytes of SHA-256 over the id's bytes.</summary>
    public static UInt128 IdHash(ReadOnlySpan<byte> id)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(id, hash);
        return BinaryPrimitives.ReadUInt128BigEndian(hash);
    }

    private void Accept(EventBatch batch, CustomerEntry customer, EventType type, EventProperties properties, UsageEvent item)
    {
        var firstReading = batch.Readings.Count;
        foreach (var (meter, value) in _readings)
        {
            // An event that waited on disk while a meter was made counts for it like those that were stored by then: once they are back-filled.
            if (meter.Meter.CountsWhatCame(batch.ReceivedAt))
            {
                batch.Readings.Add(new GroupReading(groups.Find(customer.Customer.Id, meter, meter.GroupKey(properties, ref _groupKey)), value, meter.Distinct(properties)));
            }
        }

        (item.CustomerId, item.IdHash, item.Type) = (customer.Customer.Id, IdHash(item.Id.Span), type);
        (item.FirstReading, item.ReadingCount) = (firstReading, batch.Readings.Count - firstReading);
        batch.Events.Add(item);
        batch.Bytes += item.Id.Length + item.Properties.Length;
    }

    private static void Unknown(EventBatch batch, in EventFields fields, CustomerEntry customer, DateTime time, EventProperties properties)
    {
        if (ForeignNumberFault(properties) is { } foreign)
        {
            batch.Reject(fields.Index, Shown(fields.Id.Span), RejectionCode.InvalidEvent, foreign);
            return;
        }

        var (id, type) = (Encoding.UTF8.GetString(fields.Id.Span), Encoding.UTF8.GetString(fields.Type.Span));
        batch.Inbox.Add(new InboxEvent(customer.Customer.Id, id, type, time, fields.Properties.ToArray()));
        batch.Reject(fields.Index, id, RejectionCode.UnknownType, $"No meter reads events of type '{type}'. It is kept 7 days for the operator, who can create a meter and replay it.");
    }

    private static bool IsBillable(CustomerEntry customer, DateTimeOffset receivedAt)
    {
        foreach (var pause in customer.OpenPauses)
        {
            if (receivedAt > pause.PausedAt + Pause.Grace)
            {
                return false;
            }
        }

        return true;
    }

    // Most batches are one customer's: the last one found is asked first.
    private CustomerEntry? FindCustomer(ReadOnlySpan<byte> key)
    {
        if (_customer is null || !key.SequenceEqual(_customerKey))
        {
            var found = register.ByKey.GetValueOrDefault(Encoding.UTF8.GetString(key));
            if (found is null || !actor.Sees(found.Customer.Id))
            {
                return null;
            }

            (_customer, _customerKey) = (found, key.ToArray());
        }

        return _customer;
    }

    private static string? IdFault(ReadOnlySpan<byte> id) =>
        id.Length is 0 or > IdBytesMax ? $"'id' is required: 1 to {IdBytesMax} bytes that identify the event."
        : HasControl(id) ? "'id' must not contain control characters."
        : null;

    private static string? TypeFault(ReadOnlySpan<byte> type) =>
        type.Length is 0 or > IdBytesMax ? $"'type' is required: 1 to {IdBytesMax} bytes, such as \"llm.completion\"."
        : HasControl(type) ? "'type' must not contain control characters."
        : null;

    private static string? CustomerFault(ReadOnlySpan<byte> customer) =>
        customer.Length == 0 ? "The customer is required: its key as 'customer' (in a CloudEvent, as 'subject')." : null;

    private static string? TimeFault(ReadOnlySpan<byte> time, out long? ticks)
    {
        ticks = null;
        if (time.IsEmpty)
        {
            return null;
        }

        if (!EventTime.TryParse(time, out var read))
        {
            return $"'{Shown(time, 40)}' is no time: {EventTime.Rule}.";
        }

        ticks = read;
        return null;
    }

    private (string Code, string Message)? OutOfWindow(DateTimeOffset receivedAt, long? ticks)
    {
        if (ticks < (receivedAt - window).UtcTicks)
        {
            return (RejectionCode.TooOld, $"The event is older than {window.TotalDays:0} days, so a repetition could not be told any more. Agree with the operator on a credit or a charge instead.");
        }

        return ticks > (receivedAt + AheadMax).UtcTicks
            ? (RejectionCode.InFuture, $"The event lies more than {AheadMax.TotalMinutes:0} minutes in the future. Check the sender's clock and its time zone.")
            : null;
    }

    private static string Message(ReadingFault fault)
    {
        var (property, meter) = (fault.Meter.ValueProperty, fault.Meter.Meter);
        return fault.Code == RejectionCode.MissingValue
            ? $"The property '{property}' is missing, which the meter '{meter.Key}' reads. Send it, 0 where there is nothing to count."
            : $"The property '{property}', which the meter '{meter.Key}' reads, is no decimal. {DecimalText.Rule}";
    }

    private static string? ForeignNumberFault(EventProperties properties)
    {
        var position = properties.FindForeignNumber();
        return position < 0 ? null : $"The property '{Shown(properties.Name(position))}' is a number that cannot be kept exactly. {DecimalText.Rule} Send it as a string if it is no quantity.";
    }

    private static DateTime Instant(DateTimeOffset time) => new(time.UtcTicks - (time.UtcTicks % TimeSpan.TicksPerMicrosecond), DateTimeKind.Utc);

    private static bool HasControl(ReadOnlySpan<byte> text)
    {
        if (text.IndexOfAnyInRange((byte)0, (byte)0x1F) >= 0 || text.Contains((byte)0x7F))
        {
            return true;
        }

        // U+0080 to U+009F are C2 80 to C2 9F.
        for (var i = 0; i + 1 < text.Length; i++)
        {
            if (text[i] == 0xC2 && text[i + 1] is >= 0x80 and <= 0x9F)
            {
                return true;
            }
        }

        return false;
    }

    // The database keeps no NUL, and nobody can read the others.
    private static string Printable(string text) =>
        text.Any(char.IsControl) ? string.Concat(text.Select(character => char.IsControl(character) ? '\ufffd' : character)) : text;

    private static string? Shown(ReadOnlySpan<byte> text, int max = int.MaxValue) =>
        text.IsEmpty || !Utf8.IsValid(text) ? null
        : text.Length <= max ? Encoding.UTF8.GetString(text)
        : Encoding.UTF8.GetString(text[..max]) + "…";
}
