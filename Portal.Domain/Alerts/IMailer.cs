namespace Portal.Domain.Alerts;

/// <summary>The way out for mail: a mail server, or files where none is set.</summary>
public interface IMailer
{
    /// <summary>Hands the mail over. When it returns, the mail is the other side's to deliver; a repeat has the same Message-ID.</summary>
    /// <exception cref="MailException">It was not taken; the exception says whether another attempt can help.</exception>
    Task Send(Mail mail, CancellationToken cancellation);
}

/// <summary>A mail to one recipient, as text and as HTML.</summary>
/// <param name="From">The sender: <c>billing@example.com</c> or <c>Example &lt;billing@example.com&gt;</c>.</param>
/// <param name="To">The recipient, in the same form.</param>
/// <param name="Subject">The subject line, in any script.</param>
/// <param name="Text">The plain text part.</param>
/// <param name="Html">The HTML part, saying the same.</param>
/// <param name="MessageId">Stable over attempts, so that the other side can drop a repeat: <c>alert-17@portal.example.com</c>.</param>
/// <param name="Date">When it was written, in business time.</param>
/// <param name="Headers">More header fields, such as <c>Portal-Alert</c>.</param>
public sealed record Mail(
    string From, string To, string Subject, string Text, string Html, string MessageId, DateTimeOffset Date, IReadOnlyDictionary<string, string> Headers);

/// <summary>A mail that was not taken. The message is for the operator's outbox page.</summary>
public sealed class MailException(string message, bool isPermanent, Exception? cause = null) : Exception(message, cause)
{
    /// <summary>Whether no later attempt can help: the recipient or the mail itself was refused. Otherwise it is the server that is away or set up wrongly.</summary>
    public bool IsPermanent { get; } = isPermanent;
}
