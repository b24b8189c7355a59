namespace Portal.Domain.Alerts;

/// <summary>The way out for webhooks: posts one body to one address. A seam, so that the domain opens no connection.</summary>
public interface IWebhookSender
{
    /// <summary>Posts a body, and says what came back; a failure is an answer too, never an exception.</summary>
    /// <param name="url">Where to.</param>
    /// <param name="body">The body, JSON in UTF-8.</param>
    /// <param name="headers">The headers beside Content-Type.</param>
    /// <param name="cancellation">Gives up because the host stops.</param>
    Task<WebhookAnswer> Send(Uri url, byte[] body, IReadOnlyDictionary<string, string> headers, CancellationToken cancellation);
}

/// <summary>What came back.</summary>
/// <param name="Status">The HTTP status; null where there was no answer.</param>
/// <param name="Body">The beginning of the answer's body; null where there was none.</param>
/// <param name="Error">Why it does not count as delivered, in a sentence; null where it does.</param>
public sealed record WebhookAnswer(int? Status, string? Body, string? Error);
