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
