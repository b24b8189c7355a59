using System.Globalization;
using Portal.Domain.Catalog;
using Portal.Domain.Values;
using Portal.Shared;

namespace Portal.Catalog;

/// <summary>A subscription as it is being chosen.</summary>
public sealed class SubscriptionForm
{
    private readonly Dictionary<string, OwnPrices> _own = new(StringComparer.Ordinal);

    /// <summary>The card's key; empty for none.</summary>
    public string Card { get; set; } = "";

    /// <summary>The version to stay on; empty follows the newest.</summary>
    public string Version { get; set; } = "";

    /// <summary>When it starts, as a local date and time of the customer's zone; empty for now.</summary>
    public string StartsAt { get; set; } = "";

    /// <summary>The day on which later periods begin; empty for the day of the start.</summary>
    public string AnchorDay { get; set; } = "";

    /// <summary>What is agreed beside the prices.</summary>
    public AgreementForm Agreed { get; private init; } = new();

    /// <summary>The prices of the customer's own on the chosen card: they stay with the card that they were agreed for.</summary>
    public OwnPrices Own => _own.TryGetValue(Card, out var own) ? own : _own[Card] = new OwnPrices([]);

    /// <summary>When a change takes effect; null lets the domain decide.</summary>
    public SubscriptionTime? Change { get; set; }

    /// <summary>The running subscription, ready to be changed.</summary>
    /// <param name="phase">The phase in force.</param>
    /// <param name="card">The key of its card.</param>
    public static SubscriptionForm Of(SubscriptionPhase phase, string card)
    {
        ArgumentNullException.ThrowIfNull(phase);
        var form = new SubscriptionForm
        {
            Card = card,
            Version = phase.PinnedVersion?.ToString(CultureInfo.InvariantCulture) ?? "",
            Agreed = AgreementForm.Of(phase),
        };
        form._own[card] = new OwnPrices(phase.Overrides);
        return form;
    }

    /// <summary>What was chosen, as the domain takes it.</summary>
    /// <param name="zone">IANA name of the customer's zone.</param>
    /// <param name="interval">The length of the chosen card's period.</param>
    /// <exception cref="InvalidInputException">Where a field cannot be read.</exception>
    public SubscriptionTerms Read(string zone, BillingInterval interval)
    {
        var errors = new FieldErrors();
        var terms = new SubscriptionTerms(Card)
        {
            Version = Whole(Version, "version", errors),
            StartsAt = Start(zone, errors),
            AnchorDay = Whole(AnchorDay, "anchorDay", errors),
            Overrides = Own.Prices(errors),
            Change = Change,
        };
        errors.ThrowIfAny();
        return Agreed.Read(terms, interval, zone);
    }

    private DateTimeOffset? Start(string zone, FieldErrors errors)
    {
        if (StartsAt.Trim().Length == 0)
        {
            return null;
        }

        if (LocalTime.TryParse(StartsAt, zone, out var at))
        {
            return at;
        }

        errors.Add("startsAt", "Give the date and the time, or leave it empty for now.");
        return null;
    }

    private static int? Whole(string text, string path, FieldErrors errors)
    {
        if (text.Trim().Length == 0)
        {
            return null;
        }

        if (int.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var whole))
        {
            return whole;
        }

        errors.Add(path, "Give a whole number.");
        return null;
    }
}
