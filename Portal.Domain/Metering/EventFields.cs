using System.Text.Json;

namespace Portal.Domain.Metering;

/// <summary>The members of an event that mean something, in either form.</summary>
internal enum EventMember
{
    Other,
    Id,
    Customer,
    Type,
    Time,
    Properties,
    SpecVersion,
    Source,
    DataContentType,
    DataBase64,
}

/// <summary>What one event's JSON says, before it is checked against customers and meters. The slices lie in the document.</summary>
internal struct EventFields(int index)
{
    private static readonly byte[] s_none = [.. "{}"u8];

    private int _met;

    public readonly int Index => index;

    public ReadOnlyMemory<byte> Id { get; private set; }

    public ReadOnlyMemory<byte> Customer { get; private set; }

    public ReadOnlyMemory<byte> Type { get; private set; }

    /// <summary>Empty where none is given.</summary>
    public ReadOnlyMemory<byte> Time { get; private set; }

    public ReadOnlyMemory<byte> Properties { get; set; } = s_none;

    /// <summary>The first thing that is wrong with its shape; null where nothing is.</summary>
    public string? Fault { get; private set; }

    /// <summary>Notes that its shape is wrong; the first fault is the one that is told.</summary>
    public void Blame(string fault) => Fault ??= fault;

    /// <summary>Notes that a member occurs; false where it did before.</summary>
    public bool Meet(EventMember member)
    {
        var isNew = !Has(member);
        _met |= 1 << (int)member;
        return isNew;
    }

    /// <summary>Takes the text that the reader stands on; null is as good as nothing.</summary>
    public void Take(EventMember member, ref Utf8JsonReader reader, ReadOnlyMemory<byte> document)
    {
        if (reader.TokenType == JsonTokenType.Null)
        {
            _met &= ~(1 << (int)member);
            return;
        }

        if (reader.TokenType != JsonTokenType.String)
        {
            Blame(member == EventMember.Time
                ? $"{EventTime.Rule}. Numbers are refused: seconds and milliseconds cannot be told apart."
                : $"{NameOf(member)} is a string.");
            reader.Skip();
            return;
        }

        if (!TryText(ref reader, document, out var text))
        {
            Blame($"{NameOf(member)} is not valid text: it holds an unpaired surrogate.");
            return;
        }

        switch (member)
        {
            case EventMember.Id:
                Id = text;
                break;
            case EventMember.Customer:
                Customer = text;
                break;
            case EventMember.Type:
                Type = text;
                break;
            case EventMember.Time when text.IsEmpty:
                Blame($"'time' is empty: {EventTime.Rule}. Leave it out for the time of receipt.");
                break;
            case EventMember.Time:
                Time = text;
                break;
            case EventMember.SpecVersion when !text.Span.SequenceEqual("1.0"u8):
                Blame("'specversion' is not \"1.0\", the only version of CloudEvents that is understood.");
                break;
            case EventMember.Source when text.IsEmpty:
                Blame("'source' is empty: a CloudEvent names where it comes from.");
                break;
            case EventMember.DataContentType when !IsJson(text.Span):
                Blame("'datacontenttype' is not application/json: the properties are a JSON object in 'data'.");
                break;
            case EventMember.DataBase64:
                Blame("'data_base64' is not read: put the properties into 'data' as a JSON object.");
                break;
            case EventMember.Other or EventMember.Properties or EventMember.SpecVersion or EventMember.Source or EventMember.DataContentType:
                break;
        }
    }

    /// <summary>Notes what a CloudEvent lacks beyond what every event needs.</summary>
    public void RequireCloudMembers()
    {
        if (!Has(EventMember.SpecVersion))
        {
            Blame("'specversion' is required in a CloudEvent: \"1.0\".");
        }

        if (!Has(EventMember.Source))
        {
            Blame("'source' is required in a CloudEvent.");
        }
    }

    /// <summary>The member's name that the reader stands on; one that is no valid text is given as it is written, and so equals no known one.</summary>
    public static ReadOnlySpan<byte> NameAt(ref Utf8JsonReader reader)
    {
        if (!reader.ValueIsEscaped)
        {
            return reader.ValueSpan;
        }

        return TryUnescape(ref reader, out var name) ? name.Span : reader.ValueSpan;
    }

    private readonly bool Has(EventMember member) => (_met & (1 << (int)member)) != 0;

    private static bool TryText(ref Utf8JsonReader reader, ReadOnlyMemory<byte> document, out ReadOnlyMemory<byte> text)
    {
        if (!reader.ValueIsEscaped)
        {
            text = document.Slice((int)reader.TokenStartIndex + 1, reader.ValueSpan.Length);
            return true;
        }

        return TryUnescape(ref reader, out text);
    }

    private static bool TryUnescape(ref Utf8JsonReader reader, out ReadOnlyMemory<byte> text)
    {
        var copy = new byte[reader.ValueSpan.Length];
        try
        {
            text = copy.AsMemory(0, reader.CopyString(copy));
            return true;
        }
        catch (InvalidOperationException)
        {
            text = default;
            return false;
        }
    }

    private static bool IsJson(ReadOnlySpan<byte> contentType)
    {
        var end = contentType.IndexOf((byte)';');
        var media = (end < 0 ? contentType : contentType[..end]).Trim((byte)' ');
        return media.SequenceEqual("application/json"u8) || media.EndsWith("+json"u8);
    }

    private static string NameOf(EventMember member) => member switch
    {
        EventMember.Id => "'id'",
        EventMember.Customer => "'customer' (in a CloudEvent, 'subject')",
        EventMember.Type => "'type'",
        EventMember.Time => "'time'",
        EventMember.SpecVersion => "'specversion'",
        EventMember.Source => "'source'",
        EventMember.DataContentType => "'datacontenttype'",
        EventMember.DataBase64 => "'data_base64'",
        EventMember.Properties => "'properties'",
        EventMember.Other => "'?'",
    };
}
