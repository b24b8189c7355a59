using System.Text.Json;
using System.Text.Json.Serialization;
using Portal.Domain.Values;

namespace Portal.Domain.Rating;

/// <summary>A step as the API shows it and invoices keep it. The price of a unit keeps its digits; price, per and events stand where they say more.</summary>
public sealed class RatedStepConverter : JsonConverter<RatedStep>
{
    public override RatedStep Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        var errors = new FieldErrors();
        var step = new InputObject(document.RootElement, "", errors);
        var kind = Enum.Parse<StepKind>(step.Text("kind", "A step has a kind.").Replace("_", "", StringComparison.Ordinal), ignoreCase: true);
        var read = new RatedStep(
            kind,
            step.RequiredDecimal("from"),
            step.OptionalDecimal("to"),
            step.RequiredDecimal("quantity", DecimalBound.Any),
            step.OptionalDecimal("price") ?? step.RequiredDecimal("unitAmount"),
            step.OptionalDecimal("per", DecimalBound.AboveZero) ?? 1m,
            step.RequiredDecimal("flat", DecimalBound.Any),
            step.RequiredDecimal("amount", DecimalBound.Any),
            (long?)step.OptionalDecimal("events", DecimalBound.Any));
        return errors.Any ? throw new JsonException(new InvalidInputException(errors).Message) : read;
    }

    public override void Write(Utf8JsonWriter writer, RatedStep value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(value);
        writer.WriteStartObject();
        writer.WriteString("kind", JsonNamingPolicy.SnakeCaseLower.ConvertName(value.Kind.ToString()));
        writer.WriteString("from", DecimalText.Format(value.From));
        writer.WriteString("to", value.To is { } to ? DecimalText.Format(to) : null);
        writer.WriteString("quantity", DecimalText.Format(value.Quantity));
        writer.WriteString("unitAmount", value.Per == 1 ? DecimalText.FormatAsEntered(value.Price) : DecimalText.Format(value.UnitAmount));
        if (value.Per != 1)
        {
            writer.WriteString("price", DecimalText.FormatAsEntered(value.Price));
            writer.WriteString("per", DecimalText.Format(value.Per));
        }

        writer.WriteString("flat", DecimalText.Format(value.Flat));
        writer.WriteString("amount", DecimalText.Format(value.Amount));
        if (value.Events is { } events)
        {
            writer.WriteNumber("events", events);
        }

        writer.WriteEndObject();
    }
}
