using Portal.Domain.Credits;
using Portal.Domain.Payments;
using Portal.Domain.Values;
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
        CreditMoveKind.TakenBack => "Taken back by",
    };

    /// <summary>What became of a grant otherwise than by use, as it follows where it came from; empty where nothing did.</summary>
    public static string Lost(CreditGrant grant, CreditStand stand) => string.Concat(
        new (CreditMoveKind Kind, string Words)[] { (CreditMoveKind.Expired, "expired"), (CreditMoveKind.RolledOver, "rolled over"), (CreditMoveKind.TakenBack, "taken back") }
            .Select(lost => (Amount: stand.Of(grant, lost.Kind), lost.Words)).Where(lost => lost.Amount > 0)
            .Select(lost => $"; {Wording.Amount(new Money(lost.Amount, stand.Currency))} {lost.Words}"));

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
                ? (Tone.Neutral, $"{Wording.Amount(balance.Live)} are left, and last until about {Wording.Day(zero, zone)}.", $"{end}{LostOf(balance, outlook)}")
                : (Tone.Ok, $"{Wording.Amount(balance.Live)} are left.",
                    (balance.Claimed.Minor == 0 ? "Nothing of them is used in this period yet." : "At this pace they last for more than a year.") + LostOf(balance, outlook));
    }

    private static string LostOf(CreditBalance balance, CreditOutlook? outlook) =>
        outlook is { Lost: > 0 } && Money.Round(outlook.Lost, balance.Live.Currency) is { Minor: > 0 } lost ? $" {Wording.Amount(lost)} of them would expire before they are used." : "";

    /// <summary>Why a rule stopped.</summary>
    public static string Stopped(AutoTopup rule, string zone) => rule.PausedFor == CreditReturn.RuleStopped
        ? $"It stopped on {Wording.Day(rule.PausedAt!.Value, zone)}, because credits that were bought were taken back, and it would have bought them again. Set it again where you want it."
        : $"It stopped on {Wording.Day(rule.PausedAt!.Value, zone)}: {PaymentWords.Of(rule.PausedFor)} Save another card, and set it again.";
}
