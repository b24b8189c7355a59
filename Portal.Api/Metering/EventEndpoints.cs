using System.Net.Mime;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Net.Http.Headers;
using Portal.Domain.Accounts;
using Portal.Domain.Metering;

namespace Portal.Api.Metering;

/// <summary>Where usage comes in: <c>/v1/events</c>.</summary>
public static class EventEndpoints
{
    private const string NdjsonType = "application/x-ndjson";

    /// <summary>Maps the endpoints.</summary>
    public static void MapEvents(this IEndpointRouteBuilder app)
    {
        var events = app.MapGroup("/v1/events").WithTags("Events");

        // Bodies are bounded here, by what they hold: a larger one must be drained, and NDJSON has no end.
        events.MapPost("", Ingest)
            .Needs(Permission.SendEvents)
            .WithMetadata(new DisableRequestSizeLimitAttribute())
            .Takes("""
                [{"id":"req-81f3","customer":"acme","type":"llm.completion","time":"2026-02-05T10:00:00Z",
                "properties":{"model":"gpt-4o","input_tokens":812,"output_tokens":96}}]
                """)
            .Produces<EventsResponse>()
            .Produces<BufferedEventsResponse>(StatusCodes.Status202Accepted)
            .WithoutDatabase(atStart: true)
            .WithSummary("Report usage: the answer comes when the events are durable. Sending an event twice is harmless.");
        events.MapPost("/void", Void)
            .Needs(Permission.SendEvents)
            .Takes("""{"customer":"acme","id":"req-81f3","reason":"Sent by a test."}""")
            .WithSummary("Take an event back. The event stays, with the reason beside it; the numbers are made without it.");
    }

    private static async Task<IResult> Ingest(HttpContext context, EventIntake intake, EventIngest ingest, TimeProvider machine)
    {
        if (!TryFormat(context.Request, out var format) || EventBody.Open(context.Request) is not { } body)
        {
            return TypedResults.Problem(Problems.Of(context, StatusCodes.Status415UnsupportedMediaType, "unsupported_media_type",
                $"Send events as {MediaTypeNames.Application.Json}, {NdjsonType}, application/cloudevents+json or application/cloudevents-batch+json, in UTF-8, plain or with 'Content-Encoding: gzip'."));
        }

        try
        {
            var receipt = format is { } whole
                ? await IngestWhole(context, body, whole, intake, ingest)
                : await new EventStream(body, context.Actor(), intake, ingest, machine).Run(context.RequestAborted);
            return receipt.Answer(context);
        }
        catch (InvalidDataException)
        {
            return TypedResults.Problem(Problems.Of(context, StatusCodes.Status400BadRequest, "invalid_gzip", "The body is not gzip, as its Content-Encoding says."));
        }
    }

    private static async Task<EventReceipt> IngestWhole(HttpContext context, EventBody body, EventFormat format, EventIntake intake, EventIngest ingest)
    {
        using var document = await body.ReadWhole(context.RequestAborted);
        var receipt = new EventReceipt();
        if (document is null)
        {
            receipt.Fail(EventFailure.TooLarge);
            return receipt;
        }

        var batch = intake.NewBatch();
        if (!intake.Parser(context.Actor()).Read(format, document.Bytes, batch))
        {
            receipt.Fail(EventFailure.TooMany);
            return receipt;
        }

        // The bytes lie in the document until the answer: the client that hangs up does not cut that short.
        try
        {
            receipt.Add(batch, await ingest.Write(batch));
        }
        finally
        {
            if (batch.IsDetached)
            {
                document.Abandon();
            }
        }

        return receipt;
    }

    private static async Task<Ok<VoidedEvent>> Void(JsonElement body, HttpContext context, VoidWriter writer, CancellationToken cancellation)
    {
        var (customer, id, reason) = Input.Read(body, (fields, errors) =>
        {
            fields.RefuseOthers("a void", "customer", "id", "reason");
            var reason = fields.OptionalText("reason") ?? "";
            if (reason.Length > VoidWriter.ReasonMax || reason.Contains('\0', StringComparison.Ordinal))
            {
                errors.Add("reason", $"Give at most {VoidWriter.ReasonMax} characters of text.");
            }

            return (fields.Text("customer", "Give the customer's key."), fields.Text("id", "Give the id of the event to take back."), reason);
        });
        return TypedResults.Ok(await writer.Void(context.Actor(), customer, id, reason, cancellation));
    }

    /// <summary>Which form the body has; null for NDJSON. False where the content type is not known.</summary>
    private static bool TryFormat(HttpRequest request, out EventFormat? format)
    {
        format = null;
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
            || (type.Charset.HasValue && !HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase)))
        {
            return false;
        }

        switch (type.MediaType.Value?.ToLowerInvariant())
        {
            case MediaTypeNames.Application.Json:
                format = EventFormat.Plain;
                return true;
            case "application/cloudevents+json":
                format = EventFormat.CloudEvent;
                return true;
            case "application/cloudevents-batch+json":
                format = EventFormat.CloudEventBatch;
                return true;
            default:
                return type.MediaType.Equals(NdjsonType, StringComparison.OrdinalIgnoreCase);
        }
    }
}
