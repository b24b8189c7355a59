using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Portal.Domain.Accounts;
using Portal.Domain.Alerts;
using Portal.Domain.Values;

namespace Portal.Api.Alerts;

/// <summary>Addresses that are told of what happens: <c>/v1/webhooks</c> for the operator, <c>/v1/customers/{key}/webhooks</c> for a customer.</summary>
public static class WebhookEndpoints
{
    // What a GET answers beyond what a PUT takes; a PUT of what was read is no error.
    private static readonly string[] s_fields = ["url", "events", "key", "createdAt", "disabledAt", "previousSecretUntil"];

    /// <summary>Maps the endpoints.</summary>
    public static void MapWebhooks(this IEndpointRouteBuilder app)
    {
        Map(app.MapGroup("/v1/webhooks"), Permission.ReadOperations, Permission.ManageOperations, "the operator's; they hear of every customer");
        Map(app.MapGroup("/v1/customers/{customer}/webhooks"), Permission.ReadKeys, Permission.ManageKeys, "a customer's; they hear of it alone");
    }

    private static void Map(RouteGroupBuilder webhooks, Permission read, Permission manage, string whose)
    {
        webhooks.WithTags("Webhooks");
        webhooks.MapGet("", List).Needs(read).WithSummary($"The endpoints ({whose}), without their secrets.");
        webhooks.MapGet("/{webhook}", Get).Needs(read).WithSummary("One endpoint.");
        webhooks.MapPut("/{webhook}", Put)
            .Needs(manage)
            .Takes("""{"url":"https://example.com/hooks/billing","events":["alert.raised","invoice.finalized"]}""")
            .WithSummary("Create or replace an endpoint. Where it is new, its secret is told this once.");
        webhooks.MapDelete("/{webhook}", Delete).Needs(manage).WithSummary("Remove an endpoint and what was on its way to it.");
        webhooks.MapPost("/{webhook}/rotate", Rotate).Needs(manage).WithSummary("Make a new secret. The old one signs beside it for 24 hours.");
        webhooks.MapPost("/{webhook}/test", Test).Needs(manage).WithSummary("Send a trial event.");
        webhooks.MapGet("/{webhook}/deliveries", Deliveries).Needs(read).WithSummary("What was sent and what came back, the newest first.");
        webhooks.MapPost("/{webhook}/deliveries/{id:guid}/replay", Replay).Needs(manage).WithSummary("Send a delivery again, with the same event id.");
    }

    private static async Task<Ok<Listing<WebhookResponse>>> List(
        [AsParameters] ListQuery list, HttpContext context, WebhookReader reader, CancellationToken cancellation)
    {
        var all = await reader.List(context.Actor(), CustomerOf(context), cancellation);
        var rows = all.Where(endpoint => list.IsAfter(endpoint.Key)).Take(list.Take).ToList();
        return TypedResults.Ok(list.Page(rows, endpoint => endpoint.Key, WebhookResponse.Of));
    }

    private static async Task<Ok<WebhookResponse>> Get(
        string webhook, HttpContext context, WebhookReader reader, CancellationToken cancellation) =>
        TypedResults.Ok(WebhookResponse.Of(await reader.Find(context.Actor(), CustomerOf(context), webhook, cancellation)));

    private static async Task<Results<Ok<WebhookResponse>, Created<NewWebhookResponse>>> Put(
        string webhook, JsonElement body, HttpContext context, WebhookWriter writer, CancellationToken cancellation)
    {
        var (url, events) = Input.Read(body, UrlAndEvents);
        var (endpoint, secret) = await writer.Put(context.Actor(), CustomerOf(context), webhook, url, events, cancellation);
        return secret is null
            ? TypedResults.Ok(WebhookResponse.Of(endpoint))
            : TypedResults.Created(context.Request.Path.ToString(), NewWebhookResponse.Of(endpoint, secret));
    }

    private static async Task<NoContent> Delete(string webhook, HttpContext context, WebhookWriter writer, CancellationToken cancellation)
    {
        await writer.Remove(context.Actor(), CustomerOf(context), webhook, cancellation);
        return TypedResults.NoContent();
    }

    private static async Task<Ok<NewWebhookResponse>> Rotate(
        string webhook, HttpContext context, WebhookWriter writer, CancellationToken cancellation)
    {
        var (endpoint, secret) = await writer.Rotate(context.Actor(), CustomerOf(context), webhook, cancellation);
        return TypedResults.Ok(NewWebhookResponse.Of(endpoint, secret));
    }

    private static async Task<Accepted> Test(string webhook, HttpContext context, WebhookWriter writer, CancellationToken cancellation)
    {
        await writer.Test(context.Actor(), CustomerOf(context), webhook, cancellation);
        return TypedResults.Accepted((string?)null);
    }

    private static async Task<Ok<Listing<DeliveryResponse>>> Deliveries(
        string webhook, [AsParameters] ListQuery list, HttpContext context, WebhookReader reader, CancellationToken cancellation)
    {
        Guid? before = list.AfterId == Guid.Empty ? null : list.AfterId;
        var rows = await reader.Deliveries(context.Actor(), CustomerOf(context), webhook, before, list.Take, cancellation);
        return TypedResults.Ok(list.Page(rows, row => row.Id, DeliveryResponse.Of));
    }

    private static async Task<Accepted> Replay(
        string webhook, Guid id, HttpContext context, WebhookWriter writer, CancellationToken cancellation)
    {
        await writer.Replay(context.Actor(), CustomerOf(context), webhook, id, cancellation);
        return TypedResults.Accepted((string?)null);
    }

    // The same handlers answer below a customer and for the operator, where the address names none.
    private static string? CustomerOf(HttpContext context) => context.Request.RouteValues["customer"] as string;

    private static (string Url, IReadOnlyList<string> Events) UrlAndEvents(InputObject body, FieldErrors errors)
    {
        body.RefuseOthers("a webhook", s_fields);
        return (body.Text("url", "Say where it listens: https://example.com/hooks/billing."), body.Texts("events", errors));
    }
}

/// <summary>An endpoint as it is answered: never its secret.</summary>
/// <param name="Key">The owner's name for it.</param>
/// <param name="Url">Where it listens.</param>
/// <param name="Events">What it hears of.</param>
/// <param name="CreatedAt">When it was made, in business time.</param>
/// <param name="DisabledAt">Since when nothing is sent to it; null while it works.</param>
/// <param name="PreviousSecretUntil">Until when the secret before the last rotation signs too; null where there is none.</param>
public sealed record WebhookResponse(
    string Key, string Url, IReadOnlyList<string> Events, DateTimeOffset CreatedAt, DateTimeOffset? DisabledAt, DateTimeOffset? PreviousSecretUntil)
{
    internal static WebhookResponse Of(WebhookEndpoint endpoint) =>
        new(endpoint.Key, endpoint.Url, endpoint.Events, endpoint.CreatedAt, endpoint.DisabledAt, endpoint.PreviousUntil);
}

/// <summary>An endpoint with a secret that was made just now, which is told this once.</summary>
public sealed record NewWebhookResponse(
    string Key, string Url, IReadOnlyList<string> Events, DateTimeOffset CreatedAt, DateTimeOffset? PreviousSecretUntil, string Secret)
{
    internal static NewWebhookResponse Of(WebhookEndpoint endpoint, string secret) =>
        new(endpoint.Key, endpoint.Url, endpoint.Events, endpoint.CreatedAt, endpoint.PreviousUntil, secret);
}

/// <summary>A delivery as it is answered.</summary>
/// <param name="Id">The delivery.</param>
/// <param name="EventId">The event, the same in every attempt.</param>
/// <param name="Type">What happened.</param>
/// <param name="Customer">The key of the customer that it is about.</param>
/// <param name="CreatedAt">When it happened, in business time.</param>
/// <param name="State">pending, delivered or failed.</param>
/// <param name="Attempts">Attempts so far.</param>
/// <param name="DeliveredAt">When it was taken; null until then.</param>
/// <param name="LastStatus">The HTTP status of the last answer; null where there was none.</param>
/// <param name="LastError">What went wrong last; null where nothing.</param>
public sealed record DeliveryResponse(
    Guid Id, Guid EventId, string Type, string Customer, DateTimeOffset CreatedAt, DeliveryState State, int Attempts,
    DateTimeOffset? DeliveredAt, int? LastStatus, string? LastError)
{
    internal static DeliveryResponse Of(DeliveryRow row) => new(
        row.Id, row.EventId, row.Type, row.Customer, row.CreatedAt, row.State, row.Attempts, row.DeliveredAt, row.Last?.Status, row.Last?.Error);
}
