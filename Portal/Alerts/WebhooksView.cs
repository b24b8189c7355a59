using Portal.Domain.Accounts;
using Portal.Domain.Alerts;

namespace Portal.Alerts;

/// <summary>What a page of webhooks shows.</summary>
/// <param name="Owner">The customer whose endpoints they are; null for the operator's own.</param>
/// <param name="Zone">The zone that times are shown in.</param>
/// <param name="MayChange">Whether the page offers changes. The domain asks the gate again when one is made.</param>
/// <param name="Endpoints">The endpoints, by key.</param>
/// <param name="Chosen">The endpoint whose deliveries are shown; null for none.</param>
/// <param name="Deliveries">Its newest deliveries.</param>
/// <param name="HasMore">Whether there are older ones.</param>
public sealed record WebhooksView(
    string? Owner, string Zone, bool MayChange, IReadOnlyList<WebhookEndpoint> Endpoints, WebhookEndpoint? Chosen, IReadOnlyList<DeliveryRow> Deliveries, bool HasMore)
{
    private const int DeliveriesShown = 50;

    /// <summary>Reads it.</summary>
    /// <param name="reader">The reader.</param>
    /// <param name="actor">Who looks.</param>
    /// <param name="owner">The customer's key; null for the operator's own.</param>
    /// <param name="zone">The zone that times are shown in.</param>
    /// <param name="chosen">The key of the endpoint whose deliveries are asked for; null for the only one.</param>
    /// <param name="cancellation">Gives up.</param>
    internal static async Task<WebhooksView> Read(WebhookReader reader, Actor actor, string? owner, string zone, string? chosen, CancellationToken cancellation)
    {
        var all = await reader.List(actor, owner, cancellation);
        var endpoint = all.FirstOrDefault(candidate => candidate.Key == chosen) ?? (all is [var only] ? only : null);
        var rows = endpoint is null ? [] : await reader.Deliveries(actor, owner, endpoint.Key, null, DeliveriesShown + 1, cancellation);
        return new WebhooksView(
            owner, zone, actor.May(owner is null ? Permission.ManageOperations : Permission.ManageKeys), all, endpoint, [.. rows.Take(DeliveriesShown)], rows.Count > DeliveriesShown);
    }
}
