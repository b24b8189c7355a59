using Portal.Domain.Invoicing;
using Portal.Shared;

namespace Portal.Invoicing;

/// <summary>Invoices to come in the words of the operator's people.</summary>
internal static class ComingWords
{
    /// <summary>How far a preview can look ahead.</summary>
    internal static IReadOnlyList<(string Value, string Name)> Spans { get; } =
        [("now", "now: drafts and what is due"), ("day", "in 24 hours"), ("week", "in 7 days"), ("", "in 31 days"), ("year", "in a year")];

    /// <summary>All states, those first that somebody has to look at.</summary>
    internal static List<ComingState> States { get; } =
        [ComingState.Failing, ComingState.Suspicious, ComingState.Parked, ComingState.Due, ComingState.Grace, ComingState.Running, ComingState.Empty];

    /// <summary>Until when a span looks, in business time.</summary>
    internal static DateTimeOffset Until(string? span, DateTimeOffset now) => span switch
    {
        "now" => now,
        "day" => now.AddDays(1),
        "week" => now.AddDays(7),
        "year" => now.AddDays(366),
        _ => now + BillingPreviewReader.Ahead,
    };

    /// <summary>The state in a word or two.</summary>
    internal static string Word(ComingState state) => state switch
    {
        ComingState.Running => "Period runs",
        ComingState.Grace => "Waits for late events",
        ComingState.Due => "Issued next",
        ComingState.Suspicious => "Looks wrong",
        ComingState.Parked => "Parked",
        ComingState.Failing => "Cannot be made",
        ComingState.Empty => "Nothing to bill",
    };

    /// <summary>What follows from the state.</summary>
    internal static string Sentence(ComingState state) => state switch
    {
        ComingState.Running => "It grows until then.",
        ComingState.Grace => "It is issued by itself when the grace is over.",
        ComingState.Due => "The next run issues it, within a minute.",
        ComingState.Suspicious => "The run will park it: nothing of this customer is issued or charged until somebody has looked.",
        ComingState.Parked => "It waits until somebody releases the billing on the customer's page, or finalizes the draft.",
        ComingState.Failing => "The run will let it stand aside with an alarm, and try again every six hours. Nobody else is held up.",
        ComingState.Empty => "No invoice is issued.",
    };

    internal static Tone Tone(ComingState state) => state switch
    {
        ComingState.Failing or ComingState.Parked => Shared.Tone.Bad,
        ComingState.Suspicious => Shared.Tone.Warn,
        ComingState.Due => Shared.Tone.Ok,
        ComingState.Running or ComingState.Grace or ComingState.Empty => Shared.Tone.Neutral,
    };

    /// <summary>The state as it stands in an address.</summary>
    internal static string Slug(ComingState state) => state.ToString().ToLowerInvariant();

    /// <summary>The page, or its file.</summary>
    internal static string Address(string path, string? span, string? state = null) => PageAddress.Of(path, ("ahead", span), ("state", state));
}
