using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Portal.Domain.Metering;

/// <summary>The forms in which events are sent (API.md, Events).</summary>
public enum EventFormat
{
    /// <summary>One event or an array of events, in the short form.</summary>
    Plain,

    /// <summary>One CloudEvents 1.0 event.</summary>
    CloudEvent,

    /// <summary>An array of CloudEvents 1.0 events.</summary>
    CloudEventBatch,
}

/// <summary>Reads events out of JSON in one pass, without copying, and has each checked.</summary>
/// <remarks>What is no JSON throws <see cref="JsonException"/>, and so does a member that occurs twice: two readers would see two events. All else is one event's fault.</remarks>
public sealed class EventParser
{
    /// <summary>The most events of one document.</summary>
    public const int EventsMax = 10_000;

    private readonly EventCheck _check;
    private readonly EventProperties _properties = new();

    internal EventParser(EventCheck check) => _check = check;

    /// <summary>Reads a whole document into a batch.</summary>
    /// <returns>False where it holds more than <see cref="EventsMax"/> events; the batch is then of no use.</returns>
    /// <exception cref="JsonException">It is not JSON, or not of this form.</exception>
    public bool Read(EventFormat format, ReadOnlyMemory<byte> document, EventBatch batch)
    {
        var reader = new Utf8JsonReader(document.Span);
        reader.Read();
        if (reader.TokenType == JsonTokenType.StartObject && format != EventFormat.CloudEventBatch)
        {
            var fields = ReadEvent(ref reader, format, document, 0);
            reader.Read();
            _check.Add(batch, fields, _properties);
            return true;
        }

        if (reader.TokenType != JsonTokenType.StartArray || format == EventFormat.CloudEvent)
        {
            throw new JsonException(format switch
            {
                EventFormat.Plain => "The body is neither an event nor an array of events.",
                EventFormat.CloudEvent => "The body is not one CloudEvent. Send arrays as application/cloudevents-batch+json.",
                EventFormat.CloudEventBatch => "The body is not an array of CloudEvents. Send a single one as application/cloudevents+json.",
            });
        }

        for (var index = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; index++)
        {
            if (index == EventsMax)
            {
                return false;
            }

            _check.Add(batch, ReadEvent(ref reader, format, document, index), _properties);
        }

        // Whatever follows the document throws here.
        reader.Read();
        return true;
    }

    /// <summary>Reads one line of NDJSON, a short-form event; a line that is no JSON is rejected, and the next one is read all the same.</summary>
    /// <returns>Whether the line is JSON.</returns>
    public bool ReadLine(ReadOnlyMemory<byte> line, int index, EventBatch batch)
    {
        try
        {
            var reader = new Utf8JsonReader(line.Span);
            reader.Read();
            var fields = ReadEvent(ref reader, EventFormat.Plain, line, index);
            reader.Read();
            _check.Add(batch, fields, _properties);
            return true;
        }
        catch (JsonException exception)
        {
            batch.Reject(index, null, RejectionCode.InvalidEvent, $"The line is not JSON: {exception.Message}");
            return false;
        }
    }

    private EventFields ReadEvent(ref Utf8JsonReader reader, EventFormat format, ReadOnlyMemory<byte> document, int index)
    {
        var fields = new EventFields(index);
        _properties.Clear();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            fields.Blame("An event is a JSON object.");
            return fields;
        }

        var start = (int)reader.TokenStartIndex;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            if (format == EventFormat.Plain)
            {
                ReadPlainMember(ref reader, ref fields, document);
            }
            else
            {
                ReadCloudMember(ref reader, ref fields, document);
            }
        }

        if (format != EventFormat.Plain)
        {
            fields.RequireCloudMembers();
        }

        if (!Utf8.IsValid(document.Span[start..(int)reader.BytesConsumed]))
        {
            fields.Blame("The event is not valid UTF-8.");
        }

        return fields;
    }

    private void ReadPlainMember(ref Utf8JsonReader reader, ref EventFields fields, ReadOnlyMemory<byte> document)
    {
        var name = EventFields.NameAt(ref reader);
        var member =
            name.SequenceEqual("id"u8) ? EventMember.Id
            : name.SequenceEqual("customer"u8) ? EventMember.Customer
            : name.SequenceEqual("type"u8) ? EventMember.Type
            : name.SequenceEqual("time"u8) ? EventMember.Time
            : name.SequenceEqual("properties"u8) ? EventMember.Properties
            : EventMember.Other;
        if (member == EventMember.Other)
        {
            fields.Blame($"'{NameOf(ref reader)}' is not known: an event has 'id', 'customer', 'type', 'time' and 'properties'. Put what is yours into 'properties'.");
        }

        ReadMember(ref reader, ref fields, member, document);
    }

    private void ReadCloudMember(ref Utf8JsonReader reader, ref EventFields fields, ReadOnlyMemory<byte> document)
    {
        // Other members are extension attributes, which a CloudEvent may carry.
        var name = EventFields.NameAt(ref reader);
        var member =
            name.SequenceEqual("id"u8) ? EventMember.Id
            : name.SequenceEqual("subject"u8) ? EventMember.Customer
            : name.SequenceEqual("type"u8) ? EventMember.Type
            : name.SequenceEqual("time"u8) ? EventMember.Time
            : name.SequenceEqual("data"u8) ? EventMember.Properties
            : name.SequenceEqual("specversion"u8) ? EventMember.SpecVersion
            : name.SequenceEqual("source"u8) ? EventMember.Source
            : name.SequenceEqual("datacontenttype"u8) ? EventMember.DataContentType
            : name.SequenceEqual("data_base64"u8) ? EventMember.DataBase64
            : EventMember.Other;
        ReadMember(ref reader, ref fields, member, document);
    }

    private void ReadMember(ref Utf8JsonReader reader, ref EventFields fields, EventMember member, ReadOnlyMemory<byte> document)
    {
        if (member != EventMember.Other && !fields.Meet(member))
        {
            throw new JsonException($"The member '{NameOf(ref reader)}' of the event at position {fields.Index} occurs twice.");
        }

        reader.Read();
        switch (member)
        {
            case EventMember.Properties:
                var from = (int)reader.TokenStartIndex;
                if (_properties.Read(ref reader) is { } fault)
                {
                    fields.Blame(fault);
                }
                else if (reader.TokenType == JsonTokenType.EndObject)
                {
                    fields.Properties = document[from..(int)reader.BytesConsumed];
                }

                break;
            case EventMember.Other:
                reader.Skip();
                break;
            default:
                fields.Take(member, ref reader, document);
                break;
        }
    }

    private static string NameOf(ref Utf8JsonReader reader)
    {
        var name = Encoding.UTF8.GetString(reader.ValueSpan);
        return name.Length <= EventProperties.NameMax ? name : name[..EventProperties.NameMax] + "…";
    }
}
