using Portal.Domain.Alerts;
using Portal.Shared;

namespace Portal.Alerts;

/// <summary>Where a mail stands, for a person.</summary>
public static class MailWords
{
    /// <summary>What the state means for the reader.</summary>
    public static Tone Tone(OutboxRow mail)
    {
        ArgumentNullException.ThrowIfNull(mail);
        return mail.State switch
        {
            MailState.Queued => mail.Attempts > 0 ? Shared.Tone.Warn : Shared.Tone.Neutral,
            MailState.Sent => Shared.Tone.Ok,
            MailState.Failed => Shared.Tone.Bad,
        };
    }

    /// <summary>The state in a word.</summary>
    public static string Word(OutboxRow mail)
    {
        ArgumentNullException.ThrowIfNull(mail);
        return mail.State switch
        {
            MailState.Queued => mail.Attempts > 0 ? "tried, waits" : "waits",
            MailState.Sent => "sent",
            MailState.Failed => "failed",
        };
    }
}
