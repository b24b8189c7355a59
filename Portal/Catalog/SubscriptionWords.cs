using Portal.Domain.Catalog;
using Portal.Shared;

namespace Portal.Catalog;

/// <summary>Where a subscription is in its life, for a person.</summary>
internal static class SubscriptionWords
{
    /// <summary>The state in a word.</summary>
    internal static string Word(SubscriptionStatus status) => status switch
    {
        SubscriptionStatus.Scheduled => "not begun",
        SubscriptionStatus.Trial => "trial",
        SubscriptionStatus.Active => "active",
        SubscriptionStatus.Ending => "ends",
        SubscriptionStatus.Ended => "ended",
    };

    /// <summary>What the state means for the reader.</summary>
    internal static Tone Tone(SubscriptionStatus status) => status switch
    {
        SubscriptionStatus.Active => Shared.Tone.Ok,
        SubscriptionStatus.Ending => Shared.Tone.Warn,
        SubscriptionStatus.Scheduled or SubscriptionStatus.Trial or SubscriptionStatus.Ended => Shared.Tone.Neutral,
    };
}
