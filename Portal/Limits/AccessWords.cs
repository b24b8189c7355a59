using Portal.Domain.Invoicing;
using Portal.Domain.Limits;
using Portal.Domain.Storage;
using Portal.Domain.Values;
using Portal.Shared;

namespace Portal.Limits;

/// <summary>The first line of the overview and the limits page: whether one can go on, and where it ends. One cause, and who can act.</summary>
/// <param name="Tone">What it means for the reader.</param>
/// <param name="Title">The answer. It holds no figure that moves with each event, since it is read out when it changes.</param>
/// <param name="Text">What follows from it.</param>
/// <param name="Action">What to do about it; null for nothing.</param>
/// <param name="Address">Where that is done.</param>
public sealed record AccessWords(Tone Tone, string Title, string Text, string? Action = null, string? Address = null)
{
    private const string Limits = "limits";

    /// <summary>The line for a customer as it stands.</summary>
    /// <param name="entry">The customer with its cap and pauses.</param>
    /// <param name="access">Whether it may use the product.</param>
    /// <param name="spend">The running period; null while none runs.</param>
    public static AccessWords Of(CustomerEntry entry, AccessAnswer access, Spend? spend)
    {
        var zone = entry.Customer.TimeZone;
        var resets = access.ResetsAt is { } end ? $" or the period ends on {Wording.Day(end, zone)}" : "";
        if (access.Reason is not { } reason)
        {
            return WhileOpen(entry, spend);
        }

        return reason switch
        {
            AccessReason.PausedByOperator => new(Tone.Bad, "Your provider has paused access.",
                $"{Since(entry.OpenPauses[0], zone)} Requests are refused. Only your provider can resume it: please get in touch."),
            AccessReason.PausedByCustomer => new(Tone.Bad, $"{entry.OpenPauses[0].Actor} has paused access.",
                $"{Since(entry.OpenPauses[0], zone)} Requests are refused until one of your owners or billing managers resumes it.", "Resume", Limits),
            AccessReason.PausedBySpike => new(Tone.Bad, "Access is paused, because usage rose sharply.",
                $"{Since(entry.OpenPauses[0], zone)} Requests are refused until one of your owners or billing managers resumes it.", "Look and resume", Limits),
            AccessReason.PaymentFailed => new(Tone.Bad, "Access is refused, because an invoice is unpaid.",
                "Within a second of the payment it is open again.", "Pay now", "payment"),
            AccessReason.CreditsExhausted => new(Tone.Bad, "Your credits are used up.",
                "Requests are refused until credits are bought, and go on within a second of that. What is still reported is stored.", "Buy credits", "credits"),
            AccessReason.LimitReached => new(Tone.Bad, $"Your cap of {Cap(entry)} is reached.",
                $"Requests are refused until the cap is raised{resets}. What is still reported is stored and not billed.", "Change cap", Limits),
            AccessReason.TrialEnded => new(Tone.Bad, "Your trial has ended.", "Requests are refused until your provider starts a subscription."),
            AccessReason.FeatureNotIncluded => new(Tone.Bad, "Your plan does not include this.", "Your provider can change it."),
        };
    }

    private static AccessWords WhileOpen(CustomerEntry entry, Spend? spend)
    {
        if (spend is null)
        {
            return new(Tone.Neutral, "No subscription runs, so nothing is charged.", "Your provider starts one; prices and usage show here from then on.");
        }

        if (spend.Limit is not { } stand)
        {
            return new(Tone.Neutral, "You have no cap.", "Nothing stops usage, and all of it is billed.", "Set a cap", Limits);
        }

        var title = $"{Wording.Percent(stand.Percent)} of your cap is used.";
        var bound = Wording.Amount(Money.Round(stand.Limit.Bound, spend.Currency));
        if (!stand.Limit.Enforced)
        {
            return new(stand.Percent >= 80 ? Tone.Warn : Tone.Neutral, title, "Your provider has turned its protection off: nothing stops, and all usage is billed.");
        }

        return stand switch
        {
            { Percent: >= 100 } => new(Tone.Warn, title, $"The cap is soft: requests go on up to {bound}, and stop there.", "Change cap", Limits),
            { Percent: >= 80 } => new(Tone.Warn, title, $"Requests stop at {bound}.", "Change cap", Limits),
            _ => new(Tone.Neutral, title, $"Requests stop at {bound}."),
        };
    }

    private static string Cap(CustomerEntry entry) => Wording.Amount(Money.Round(entry.Limit!.Amount, Currency.Of(entry.Customer.Currency)))
        + (entry.Limit.Kind is LimitKind.Soft ? $" and its soft {DecimalText.Format(entry.Limit.SoftPercent)} %" : "");

    private static string Since(Pause pause, string zone) =>
        $"Since {Wording.Minute(pause.PausedAt, zone)} ({zone})" + (pause.Reason is { Length: > 0 } reason ? $": {reason.TrimEnd('.')}." : ".");
}
