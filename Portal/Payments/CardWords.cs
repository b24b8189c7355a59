using System.Globalization;
using Portal.Domain.Payments;
using Portal.Shared;

namespace Portal.Payments;

/// <summary>Cards and charges in words.</summary>
internal static class CardWords
{
    /// <summary>What a trial card does.</summary>
    public static string Does(this SandboxCardKind kind) => kind switch
    {
        SandboxCardKind.Succeeds => "Pays",
        SandboxCardKind.Declined => "Is declined",
        SandboxCardKind.InsufficientFunds => "Has not enough money",
        SandboxCardKind.NeedsAuthentication => "Needs its owner's confirmation",
        SandboxCardKind.SecondAttempt => "Pays at the second attempt",
    };

    /// <summary>Until when a card can be charged; nothing where that is not known.</summary>
    public static string Expiry(this PaymentMethod method) => method is { ExpiryMonth: { } month, ExpiryYear: { } year }
        ? string.Create(CultureInfo.InvariantCulture, $"Good until {month:00}/{year}.")
        : "";

    /// <summary>What happens where the default card is declined; nothing without a backup.</summary>
    public static string Otherwise(this SavedMethods methods) => methods.Backup is { } backup ? $"Where it is declined, the {backup.Name} is charged at once." : "";

    /// <summary>The card of an attempt, and that it was the backup.</summary>
    public static string Card(this PaymentAttempt attempt) => attempt.Method.Name + (attempt.Use is MethodUse.Backup ? ", backup" : "");

    /// <summary>What became of an attempt.</summary>
    public static string Outcome(this PaymentAttempt attempt) => attempt.State switch
    {
        AttemptState.Open => "Under way",
        AttemptState.Unknown => "No answer yet",
        AttemptState.Succeeded => "Paid",
        AttemptState.Failed => "Failed",
    };

    /// <summary>What that means for the reader.</summary>
    public static Tone Tone(this PaymentAttempt attempt) => attempt.State switch
    {
        AttemptState.Open or AttemptState.Unknown => Shared.Tone.Warn,
        AttemptState.Succeeded => Shared.Tone.Ok,
        AttemptState.Failed => Shared.Tone.Bad,
    };

    /// <summary>Why it failed, or what is known; nothing where it succeeded.</summary>
    public static string Why(this PaymentAttempt attempt) => attempt.State switch
    {
        AttemptState.Failed => PaymentWords.Of(attempt.Reason) is var words ? char.ToUpperInvariant(words[0]) + words[1..] : "",
        AttemptState.Unknown => "The card processor is asked until it answers; nothing is charged twice.",
        AttemptState.Open or AttemptState.Succeeded => "",
    };
}
