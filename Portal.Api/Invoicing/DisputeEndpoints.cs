using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Portal.Domain.Accounts;
using Portal.Domain.Invoicing;
using Portal.Domain.Values;

namespace Portal.Api.Invoicing;

/// <summary>Questions about invoices: <c>/v1/disputes</c>, <c>/v1/invoices/{id}/disputes</c>.</summary>
public static class DisputeEndpoints
{
    /// <summary>Maps the endpoints.</summary>
    public static void MapDisputes(this IEndpointRouteBuilder app)
    {
        app.MapGet("/v1/disputes", List).Needs(Permission.ReadBilling).WithTags("Invoices")
            .WithSummary("What customers asked about their invoices, what waits longest first; of one customer or state. At most 1,000.");
        var invoice = app.MapGroup("/v1/invoices/{invoice}/disputes").WithTags("Invoices");
        invoice.MapGet("", OfInvoice).Needs(Permission.ReadBilling).WithSummary("What was asked about an invoice, with the answers.");
        invoice.MapPost("", Say).Needs(Permission.ManageBilling)
            .Takes("""{"line":2,"text":"We were on holiday that week. Where does this come from?"}""")
            .WithSummary("Ask about an invoice or one of its lines; the operator's key answers. What is open goes on. Sends the other side a mail.");
        invoice.MapPost("/close", Close).Needs(Permission.ManageBilling).Takes("""{"line":2}""").WithSummary("Close what was asked. Where nothing is open, nothing is done.");
    }

    private static async Task<Ok<Listing<DisputeResponse>>> List(
        string? customer, string? state, [AsParameters] ListQuery list, HttpContext context, DisputeReader reader, CancellationToken cancellation) =>
        TypedResults.Ok(new Listing<DisputeResponse>(
            [.. (await reader.List(context.Actor(), customer, Input.QueryWord<DisputeState>("state", state), list.Size, cancellation)).Select(DisputeResponse.Of)], null));

    private static async Task<Ok<Listing<DisputeResponse>>> OfInvoice(
        string invoice, HttpContext context, InvoiceReader invoices, DisputeReader reader, CancellationToken cancellation)
    {
        var found = await invoices.Find(context.Actor(), invoice, cancellation);
        return TypedResults.Ok(new Listing<DisputeResponse>([.. (await reader.Of(context.Actor(), found, cancellation)).Select(DisputeResponse.Of)], null));
    }

    private static async Task<Created<DisputeResponse>> Say(string invoice, JsonElement body, HttpContext context, DisputeWriter writer, CancellationToken cancellation)
    {
        var (line, text) = Input.Read(body, Question);
        return TypedResults.Created($"/v1/invoices/{invoice}/disputes", DisputeResponse.Of(await writer.Say(context.Actor(), invoice, line, text, null, cancellation)));
    }

    private static async Task<NoContent> Close(string invoice, JsonElement? body, HttpContext context, DisputeWriter writer, CancellationToken cancellation)
    {
        var line = Input.ReadOptional(body, Dispute.WholeInvoice, (fields, _) =>
        {
            fields.RefuseOthers("what is closed", "line");
            return fields.OptionalWhole("line") ?? Dispute.WholeInvoice;
        });
        await writer.Close(context.Actor(), invoice, line, cancellation);
        return TypedResults.NoContent();
    }

    private static (int Line, string Text) Question(InputObject body, FieldErrors errors)
    {
        body.RefuseOthers("a question", "line", "text");
        return (body.OptionalWhole("line") ?? Dispute.WholeInvoice, body.Text("text", "Say what it is about."));
    }
}

/// <summary>A question about an invoice, as it is answered.</summary>
/// <param name="Invoice">The invoice's number.</param>
/// <param name="Customer">The customer's key.</param>
/// <param name="Line">The line; null for the whole invoice.</param>
/// <param name="State">Where it stands.</param>
/// <param name="AskedAt">When it was asked.</param>
/// <param name="ChangedAt">When something was said last, or it was closed.</param>
/// <param name="Messages">What was said, the first message first.</param>
public sealed record DisputeResponse(
    string Invoice, string Customer, int? Line, DisputeState State, DateTimeOffset AskedAt, DateTimeOffset ChangedAt, IReadOnlyList<DisputeMessageResponse> Messages)
{
    internal static DisputeResponse Of(Dispute dispute) => new(
        dispute.Invoice.Number!, dispute.Invoice.Customer.Key, dispute.Line == Dispute.WholeInvoice ? null : dispute.Line, dispute.State, dispute.AskedAt, dispute.ChangedAt,
        [.. dispute.Messages.Select(message => new DisputeMessageResponse(message.FromOperator ? "operator" : "customer", message.Text, message.CreditNote, message.At))]);
}

/// <summary>What one side said.</summary>
/// <param name="From"><c>customer</c> or <c>operator</c>.</param>
/// <param name="Text">What was said.</param>
/// <param name="CreditNote">The number of the credit note that came with it; null for none.</param>
/// <param name="At">When.</param>
public sealed record DisputeMessageResponse(string From, string Text, string? CreditNote, DateTimeOffset At);
