using Portal.Domain.Catalog;
using Portal.Domain.Values;

namespace Portal.Domain.Limits;

/// <summary>What a caller wants to reserve.</summary>
/// <param name="Feature">The feature that is used; null for usage in general.</param>
/// <param name="Amount">The most that it can cost, in the customer's currency; null where the quantity says it.</param>
/// <param name="Quantity">The most units of the feature's meter that it can take; null where only money is reserved.</param>
/// <param name="Group">The group of the feature's meter, by its properties.</param>
/// <param name="Seconds">How long it holds.</param>
public sealed record ReservationTerms(string? Feature, decimal? Amount, decimal? Quantity, IReadOnlyDictionary<string, string> Group, int Seconds)
{
    /// <summary>How long it holds where nothing is said.</summary>
    public const int SecondsDefault = 300;

    /// <summary>The longest that it can hold.</summary>
    public const int SecondsMax = 86_400;

    /// <summary>Refuses what makes no sense by itself.</summary>
    /// <exception cref="InvalidInputException">With every field at fault.</exception>
    public void MustMakeSense()
    {
        var errors = new FieldErrors();
        if (Amount is null && Quantity is null)
        {
            errors.Add("amount", "Say what to hold: the most that the work can cost as 'amount', or the most units that it can take as 'quantity' of a 'feature'.");
        }

        if (Amount <= 0)
        {
            errors.Add("amount", "It must be above 0.");
        }

        if (Quantity <= 0)
        {
            errors.Add("quantity", "It must be above 0.");
        }

        if (Quantity is not null && Feature is null)
        {
            errors.Add("feature", "A quantity is counted by a feature's meter: name the feature.");
        }

        if (Seconds is < 1 or > SecondsMax)
        {
            errors.Add("ttl", $"Give 1 to {SecondsMax} seconds.");
        }

        errors.ThrowIfAny();
    }

    /// <summary>The meter that counts the quantity; null where no quantity is reserved.</summary>
    /// <exception cref="InvalidInputException">Where the feature has no meter, the meter's cost cannot be told ahead, or the group does not fit it.</exception>
    internal Meter? MeterOf(Feature? feature, Func<string, Meter?> meters)
    {
        if (Quantity is null)
        {
            return null;
        }

        if (feature?.Meter is not { } key || meters(key) is not { } meter)
        {
            throw InvalidInputException.At("quantity", $"The feature '{Feature}' counts no units: give the most that the work can cost as 'amount'.");
        }

        if (meter.Aggregation is not (Aggregation.Count or Aggregation.Sum))
        {
            throw InvalidInputException.At("quantity", $"What more units of '{key}' cost cannot be told ahead, as it does not add them up: give the most that the work can cost as 'amount'.");
        }

        if (meter.GroupBy.Length != Group.Count || !meter.GroupBy.All(Group.ContainsKey))
        {
            throw InvalidInputException.At("group", meter.GroupBy.Length == 0
                ? $"'{key}' has no groups: leave it out."
                : $"Say which group of '{key}' it will be: give {string.Join(", ", meter.GroupBy)}.");
        }

        return meter;
    }
}
