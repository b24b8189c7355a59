using Portal.Domain.Credits;
using Portal.Domain.Payments;
using Portal.Shared;

namespace Portal.Credits;

/// <summary>Credits in words.</summary>
internal static class CreditWords
{
    /// <summary>What a grant is called.</summary>
    public static string Name(CreditGrant grant) => grant.Name ?? $"{Kind(grant.Kind)} credits";

    /// <summary>What credits are.</summary>
    public static string Kind(CreditKind kind) => kind switch
    {
        CreditKind.Prepaid => "Prepaid",
        CreditKind.Promotional => "Promotional",
    };

    /// <summary>What happened.</summary>
    public static string Kind(CreditMoveKind kind) => kind switch
    {
        CreditMoveKind.Granted => "Added",
        CreditMoveKind.Used => "Used by",
        CreditMoveKind.Expired => "Expired",
        CreditMoveKind.RolledOver => "Rolled over",
    };

    /// <summary>Where they came from.</summary>
    public static string Source(CreditGrant grant) => grant switch
    {
        { InvoiceId: not null } => "bought",
        { CreditNoteId: not null } => "from a credit note",
        { RolledFrom: not null } => "rolled over",
        { Kind: CreditKind.Prepaid } => "paid ahead",
        _ => "given",
    };

    /// <summary>How long the balance lasts, and what happens then: the first line of the page.</summary>
    public static (Tone Tone, string Title, string Text) Of(CreditBalance balance, CreditOutlook? outlook, bool isPrepaidOnly, bool hasGrants, string zone)
    {
        var end = isPrepaidOnly ? "Then requests are refused until you buy more." : "Then usage is invoiced as usual: nothing stops.";
        return balance.Live.Minor == 0
            ? (isPrepaidOnly ? Tone.Bad : Tone.Neutral, hasGrants ? "Your credits are used up." : "You have no credits.",
                isPrepaidOnly ? "Requests are refused until you buy some, and go on within a second of that." : "Usage is invoiced as usual. Credits that you buy pay your next invoices by themselves.")
            : outlook?.ZeroAt is { } zero
                ? (Tone.Neutral, $"{Wording.Amount(balance.Live)} are left, and last until about {Wording.Day(zero, zone)}.", end)
                : (Tone.Ok, $"{Wording.Amount(balance.Live)} are left.", balance.Claimed.Minor == 0 ? "Nothing of them is used in this period yet." : "At this pace they last for more than a year.");
    }

    /// <summary>Why a rule stopped.</summary>
    public static string Stopped(AutoTopup rule, string zone) =>
        $"It stopped on {Wording.Day(rule.PausedAt!.Value, zone)}: {PaymentWords.Of(rule.PausedFor)} Save another card, and set it again.";
}
