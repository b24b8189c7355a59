using System.Text.Json;
using Portal.Domain.Values;

namespace Portal.Domain.Rating;

/// <summary>A rate in JSON: which fields each pricing model has, and what makes no sense in them (API.md, "Catalog").</summary>
internal static class RateJson
{
    private const string Models = "flat, per_unit, graduated, volume, stairstep, package, percentage, graduated_percentage";

    /// <summary>Reads a rate and notes every error; null when there is no rate to speak of.</summary>
    public static Rate? Read(JsonElement? element, string path, FieldErrors errors)
    {
        if (InputObject.Of(element, path, errors, $"Give the rate as an object with a 'model', one of {Models}.") is not { } rate)
        {
            return null;
        }

        var model = rate.Text("model", $"Name the pricing model, one of {Models}.");
        switch (model)
        {
            case "flat":
                rate.RefuseOthers("a flat rate", "model", "amount");
                return new FlatRate(rate.RequiredDecimal("amount"));
            case "per_unit":
                rate.RefuseOthers("a per_unit rate", "model", "amount", "per");
                return new PerUnitRate(rate.RequiredDecimal("amount"), rate.OptionalDecimal("per", DecimalBound.AboveZero) ?? 1m);
            case "package":
                rate.RefuseOthers("a package rate", "model", "size", "amount");
                return new PackageRate(rate.RequiredDecimal("size", DecimalBound.AboveZero), rate.RequiredDecimal("amount"));
            case "percentage":
                return ReadPercentage(rate);
            case "graduated":
                rate.RefuseOthers("a graduated rate", "model", "tiers");
                return new GraduatedRate(TiersJson.Read(rate, errors, tier => UnitTier(tier, "a graduated tier")));
            case "volume":
                rate.RefuseOthers("a volume rate", "model", "tiers");
                return new VolumeRate(TiersJson.Read(rate, errors, tier => UnitTier(tier, "a volume tier")));
            case "stairstep":
                rate.RefuseOthers("a stairstep rate", "model", "tiers");
                return new StairstepRate(TiersJson.Read(rate, errors, StairstepTier));
            case "graduated_percentage":
                rate.RefuseOthers("a graduated_percentage rate", "model", "tiers");
                return new GraduatedPercentageRate(TiersJson.Read(rate, errors, PercentTier));
            case "":
                return null;
            default:
                rate.Refuse("model", $"There is no pricing model '{model}': use one of {Models}.");
                return null;
        }
    }

    public static void WriteFields(Utf8JsonWriter writer, Rate rate)
    {
        writer.WriteString("model", rate.Model);
        switch (rate)
        {
            case FlatRate flat:
                PriceTermsJson.WriteDecimal(writer, "amount", flat.Amount);
                break;
            case PerUnitRate unit:
                PriceTermsJson.WriteDecimal(writer, "amount", unit.Amount);
                PriceTermsJson.WriteOptional(writer, "per", unit.Per == 1 ? null : unit.Per);
                break;
            case PackageRate package:
                PriceTermsJson.WriteDecimal(writer, "size", package.Size);
                PriceTermsJson.WriteDecimal(writer, "amount", package.Amount);
                break;
            case PercentageRate percentage:
                WritePercentage(writer, percentage);
                break;
            case GraduatedRate graduated:
                TiersJson.Write(writer, graduated.Tiers, tier => tier.UpTo, WriteUnitTier);
                break;
            case VolumeRate volume:
                TiersJson.Write(writer, volume.Tiers, tier => tier.UpTo, WriteUnitTier);
                break;
            case StairstepRate stairstep:
                TiersJson.Write(writer, stairstep.Tiers, tier => tier.UpTo, (writer, tier) => PriceTermsJson.WriteDecimal(writer, "flat", tier.Flat));
                break;
            case GraduatedPercentageRate graduated:
                TiersJson.Write(writer, graduated.Tiers, tier => tier.UpTo, WritePercentTier);
                break;
            default:
                throw new InvalidOperationException($"The pricing model {rate.Model} has no JSON.");
        }
    }

    private static PercentageRate ReadPercentage(InputObject rate)
    {
        rate.RefuseOthers("a percentage rate", "model", "percent", "fixed", "freeEvents", "freeAmount", "minPerEvent", "maxPerEvent");
        var freeEvents = rate.OptionalDecimal("freeEvents");
        if (freeEvents is { } events && decimal.Truncate(events) != events)
        {
            rate.Refuse("freeEvents", "Events are counted whole: give a whole number.");
        }

        var read = new PercentageRate(
            rate.RequiredDecimal("percent"),
            rate.OptionalDecimal("fixed") ?? 0m,
            (long?)freeEvents,
            rate.OptionalDecimal("freeAmount"),
            rate.OptionalDecimal("minPerEvent"),
            rate.OptionalDecimal("maxPerEvent"));
        if (read.MinPerEvent > read.MaxPerEvent)
        {
            rate.Refuse("minPerEvent", $"The least per event must not be above the most, {DecimalText.Format(read.MaxPerEvent.Value)}.");
        }

        return read;
    }

    private static void WritePercentage(Utf8JsonWriter writer, PercentageRate rate)
    {
        PriceTermsJson.WriteDecimal(writer, "percent", rate.Percent);
        PriceTermsJson.WriteOptional(writer, "fixed", rate.Fixed == 0 ? null : rate.Fixed);
        PriceTermsJson.WriteOptional(writer, "freeEvents", rate.FreeEvents);
        PriceTermsJson.WriteOptional(writer, "freeAmount", rate.FreeAmount);
        PriceTermsJson.WriteOptional(writer, "minPerEvent", rate.MinPerEvent);
        PriceTermsJson.WriteOptional(writer, "maxPerEvent", rate.MaxPerEvent);
    }

    private static Tier UnitTier(InputObject tier, string what)
    {
        tier.RefuseOthers(what, "upTo", "amount", "per", "flat");
        return new Tier(
            TiersJson.UpTo(tier),
            tier.RequiredDecimal("amount"),
            tier.OptionalDecimal("per", DecimalBound.AboveZero) ?? 1m,
            tier.OptionalDecimal("flat") ?? 0m);
    }

    private static void WriteUnitTier(Utf8JsonWriter writer, Tier tier)
    {
        PriceTermsJson.WriteDecimal(writer, "amount", tier.Amount);
        PriceTermsJson.WriteOptional(writer, "per", tier.Per == 1 ? null : tier.Per);
        PriceTermsJson.WriteOptional(writer, "flat", tier.Flat == 0 ? null : tier.Flat);
    }

    private static FlatTier StairstepTier(InputObject tier)
    {
        tier.RefuseOthers("a stairstep tier", "upTo", "flat");
        return new FlatTier(TiersJson.UpTo(tier), tier.RequiredDecimal("flat"));
    }

    private static PercentTier PercentTier(InputObject tier)
    {
        tier.RefuseOthers("a graduated_percentage tier", "upTo", "percent", "flat");
        return new PercentTier(TiersJson.UpTo(tier), tier.RequiredDecimal("percent"), tier.OptionalDecimal("flat") ?? 0m);
    }

    private static void WritePercentTier(Utf8JsonWriter writer, PercentTier tier)
    {
        PriceTermsJson.WriteDecimal(writer, "percent", tier.Percent);
        PriceTermsJson.WriteOptional(writer, "flat", tier.Flat == 0 ? null : tier.Flat);
    }
}
