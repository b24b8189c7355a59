using System.Text.Json;
using Portal.Domain.Payments;
using Portal.Domain.Storage;

namespace Portal.Api.Payments.Stripe;

/// <summary>Stripe's messages: <c>/webhooks/stripe</c>. They carry no key but a signature, and are stored before they are answered. Without Stripe there is nothing at this address.</summary>
public static class StripeEndpoints
{
    private const int BodyMax = 1024 * 1024;

    /// <summary>Maps the endpoint, where cards are Stripe's.</summary>
    public static void MapStripe(this IEndpointRouteBuilder app)
    {
        ArgumentNullException.ThrowIfNull(app);
        if (app.ServiceProvider.GetRequiredService<PortalOptions>().Payments.Gateway == StripeGateway.GatewayName)
        {
            app.MapPost("/webhooks/stripe", Take).ExcludeFromDescription();
        }
    }

    private static async Task Take(HttpContext context, WebhookInbox inbox, PortalOptions options, TimeProvider machine, CancellationToken cancellation)
    {
        var body = new byte[BodyMax];
        var length = await context.Request.Body.ReadAtLeastAsync(body, BodyMax, throwOnEndOfStream: false, cancellation);
        if (length == BodyMax)
        {
            await Problems.Write(context, StatusCodes.Status413PayloadTooLarge, "too_large", "A message of Stripe's has less than 1 MiB.");
            return;
        }

        var secrets = StripeSignature.Secrets(options.Payments.Stripe.WebhookSecret);
        if (StripeSignature.SignedAt(context.Request.Headers[StripeSignature.Header].ToString(), body.AsSpan(0, length), secrets, machine.GetUtcNow()) is not { } signedAt)
        {
            await Problems.Write(context, StatusCodes.Status400BadRequest, "bad_signature",
                "This was not signed with this endpoint's secret in the last five minutes. Check Portal:Payments:Stripe:WebhookSecret, and this machine's clock.");
            return;
        }

        if (Read(body.AsMemory(0, length)) is not { } message)
        {
            await Problems.Write(context, StatusCodes.Status400BadRequest, "invalid_json", "This is no event of Stripe's.");
            return;
        }

        // What is not about our charges and pages is somebody else's: Stripe is thanked, so that it does not send it again.
        if (message.About is { } about
            && await inbox.Take(StripeGateway.GatewayName, message.Id, message.Type, about, signedAt, cancellation) == MessageTaken.Replayed)
        {
            await Problems.Write(context, StatusCodes.Status400BadRequest, "replayed", "This very message was taken before. Stripe signs each sending anew.");
            return;
        }

        await context.Response.WriteAsJsonAsync(new { received = true }, cancellation);
    }

    private static (string Id, string Type, string? About)? Read(ReadOnlyMemory<byte> body)
    {
        try
        {
            var message = JsonSerializer.Deserialize<JsonElement>(body.Span);
            var (id, type, subject) = (message.Text("id"), message.Text("type"), message.Part("data").Part("object"));
            return id is null || type is null ? null
                : type.StartsWith("payment_intent.", StringComparison.Ordinal) || type.StartsWith("refund.", StringComparison.Ordinal) ? (id, type, subject.Part("metadata").Text("key"))
                : type == "checkout.session.completed" && subject.Text("mode") == "setup" ? (id, WebhookInbox.CardSaved, subject.Text("id"))
                : (id, type, null);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
