using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Portal.Domain.Accounts;
using Portal.Domain.Invoicing;
using Portal.Domain.Metering;
using Portal.Domain.Payments;
using Portal.Domain.Values;

namespace Portal.Api.Invoicing;

/// <summary>Bills: <c>/v1/invoices</c>, and the preview of the next one.</summary>
public static class InvoiceEndpoints
{
    /// <summary>Maps the endpoints.</summary>
    public static void MapInvoices(this IEndpointRouteBuilder app)
    {
        var invoices = app.MapGroup("/v1/invoices").WithTags("Invoices");
        invoices.MapGet("", List).Needs(Permission.ReadBilling).WithSummary("Invoices, the newest first; of one customer, kind or status.");
        invoices.MapGet("/{invoice}", Get).Needs(Permission.ReadBilling).WithSummary("One invoice, by its id or number.");
        invoices.MapGet("/{invoice}.pdf", Pdf).Needs(Permission.ReadBilling).WithSummary("One invoice as PDF. 503 'pdf_renderer_missing' where this host has no Chromium.");
        invoices.MapGet("/{invoice}.html", Page).Needs(Permission.ReadBilling).WithSummary("One invoice as a page to print, without script.");
        invoices.MapGet("/{invoice}.csv", Csv).Needs(Permission.ReadBilling).WithSummary("One invoice as CSV: its lines, what is taken off, the tax rate by rate, and the total.");
        invoices.MapGet("/{invoice}/lines/{n:int}/events", Events).Needs(Permission.ReadBilling)
            .WithSummary("The events behind a line, counted again: count and quantity are of all of them, and stand on the first page.");
        invoices.MapPost("/{invoice}/finalize", Issue).Needs(Permission.ManageInvoices)
            .WithSummary("Issue a draft now. Sends the customer its invoice by mail.");
        invoices.MapPost("/{invoice}/void", Void).Needs(Permission.ManageInvoices).WithSummary("Withdraw a draft: what it would have billed is not billed.");
        invoices.MapPost("/{invoice}/pay", Pay).Needs(Permission.ManageBilling).WithSummary("Pay an invoice with the saved card. Where nothing is due, nothing is done.");
        invoices.MapPost("/{invoice}/payments", RecordPayment).Needs(Permission.ManageInvoices)
            .Takes("""{"amount":"100.00","reference":"INV-000123 ACME","receivedAt":"2026-03-20T09:00:00Z"}""")
            .WithSummary("Record a bank transfer, in full or part. Without an amount: all that is due.");
        invoices.MapPost("/{invoice}/write-off", WriteOff).Needs(Permission.ManageInvoices)
            .WithSummary("Give up what is still due: the books call it a bad debt, and it refuses access no longer. Money that still comes in can be recorded.");
        app.MapPost("/v1/customers/{customer}/invoices/preview", Preview).Needs(Permission.ReadBilling).WithTags("Invoices")
            .WithSummary("What the running period would be billed, as an invoice. Nothing is stored.");
    }

    private static async Task<Ok<Listing<InvoiceResponse>>> List(
        string? customer, string? kind, string? status, [AsParameters] ListQuery list, HttpContext context, InvoiceReader reader, CancellationToken cancellation)
    {
        var query = new InvoiceQuery(
            customer, Input.QueryWord<InvoiceKind>("kind", kind), Input.QueryWord<InvoiceStatus>("status", status), list.AfterId, list.Take);
        var rows = await reader.List(context.Actor(), query, cancellation);
        return TypedResults.Ok(list.Page(rows, invoice => invoice.Id, InvoiceResponse.Of));
    }

    private static async Task<Ok<InvoiceResponse>> Get(string invoice, HttpContext context, InvoiceReader reader, CancellationToken cancellation) =>
        TypedResults.Ok(InvoiceResponse.Of(await reader.Find(context.Actor(), invoice, cancellation)));

    private static async Task<FileContentHttpResult> Pdf(string invoice, HttpContext context, DocumentReader documents, CancellationToken cancellation)
    {
        var (found, pdf) = await documents.Pdf(context.Actor(), invoice, cancellation);
        return TypedResults.File(pdf, "application/pdf", $"{found.Number ?? found.Id.ToString()}.pdf");
    }

    private static async Task<FileContentHttpResult> Csv(string invoice, HttpContext context, InvoiceReader reader, CancellationToken cancellation)
    {
        var found = await reader.Find(context.Actor(), invoice, cancellation);
        return TypedResults.File(Encoding.UTF8.GetBytes(InvoiceCsv.Lines(found)), "text/csv; charset=utf-8", $"{found.Number ?? found.Id.ToString()}.csv");
    }

    private static async Task<ContentHttpResult> Page(string invoice, HttpContext context, DocumentReader documents, CancellationToken cancellation) =>
        TypedResults.Content((await documents.Page(context.Actor(), invoice, cancellation)).Html, "text/html; charset=utf-8");

    private static async Task<Ok<LineEventsResponse>> Events(
        string invoice, int n, [AsParameters] ListQuery list, HttpContext context, LineEvents events, CancellationToken cancellation)
    {
        var (line, proof) = await events.Read(context.Actor(), invoice, n, list.After, list.Size, cancellation);
        return TypedResults.Ok(LineEventsResponse.Of(line, proof));
    }

    private static async Task<Ok<InvoiceResponse>> Issue(string invoice, HttpContext context, InvoiceWriter writer, InvoiceReader reader, ChargeRun charges, CancellationToken cancellation)
    {
        var issued = await writer.Finalize(context.Actor(), invoice, cancellation);

        // The answer tells whether the saved card paid it.
        await charges.RunFor(issued.CustomerId, cancellation);
        return TypedResults.Ok(InvoiceResponse.Of(await reader.Find(context.Actor(), issued.Number!, cancellation)));
    }

    private static async Task<Ok<InvoiceResponse>> Void(string invoice, HttpContext context, InvoiceWriter writer, CancellationToken cancellation) =>
        TypedResults.Ok(InvoiceResponse.Of(await writer.Void(context.Actor(), invoice, cancellation)));

    private static async Task<Ok<InvoiceResponse>> Pay(string invoice, HttpContext context, PaymentWriter writer, CancellationToken cancellation) =>
        TypedResults.Ok(InvoiceResponse.Of(await writer.Pay(context.Actor(), invoice, cancellation)));

    private static async Task<Ok<InvoiceResponse>> RecordPayment(
        string invoice, JsonElement? body, HttpContext context, InvoiceWriter writer, CancellationToken cancellation)
    {
        var received = body is { ValueKind: not JsonValueKind.Undefined } given ? Input.Read(given, Received) : new ReceivedPayment(null, null, null);
        return TypedResults.Ok(InvoiceResponse.Of(await writer.RecordPayment(context.Actor(), invoice, received, cancellation)));
    }

    private static async Task<Ok<InvoiceResponse>> WriteOff(string invoice, HttpContext context, InvoiceWriter writer, CancellationToken cancellation) =>
        TypedResults.Ok(InvoiceResponse.Of(await writer.WriteOff(context.Actor(), invoice, cancellation)));

    private static async Task<Ok<InvoiceResponse>> Preview(string customer, HttpContext context, InvoiceReader reader, CancellationToken cancellation) =>
        TypedResults.Ok(InvoiceResponse.Of(await reader.Preview(context.Actor(), customer, cancellation)) with { Id = null });

    private static ReceivedPayment Received(InputObject body, FieldErrors errors)
    {
        body.RefuseOthers("a payment", "amount", "method", "reference", "receivedAt");
        if (body.OptionalText("method") is { } method and not Payment.BankTransfer)
        {
            body.Refuse("method", $"'{method}' cannot be recorded by hand: only \"{Payment.BankTransfer}\" can.");
        }

        return new ReceivedPayment(body.OptionalDecimal("amount", DecimalBound.Any), body.OptionalText("reference"), body.OptionalInstant("receivedAt"));
    }
}

/// <summary>The events behind a line, as they are answered.</summary>
/// <param name="Line">The line's number.</param>
/// <param name="LineQuantity">The quantity that the line says.</param>
/// <param name="Count">How many events are behind it; null on later pages.</param>
/// <param name="Quantity">What they come to, counted again; null on later pages.</param>
/// <param name="Items">A page of them, the newest first.</param>
/// <param name="Next">What to send as <c>after</c> for the next page; null on the last one.</param>
public sealed record LineEventsResponse(
    int Line, decimal LineQuantity, long? Count, decimal? Quantity, IReadOnlyList<LineEventResponse> Items, string? Next)
{
    internal static LineEventsResponse Of(InvoiceLine line, QuantityProof proof) => new(
        line.N, line.Quantity, proof.Count, proof.Quantity is { } quantity ? Exact.To12(quantity) : null,
        [.. proof.Events.Items.Select(LineEventResponse.Of)], proof.Events.Next);
}

/// <summary>An event behind a line, as it is answered.</summary>
/// <param name="Id">The sender's id.</param>
/// <param name="Type">Its type.</param>
/// <param name="Time">When it happened.</param>
/// <param name="ReceivedAt">When it was received.</param>
/// <param name="Properties">Its properties.</param>
/// <param name="Value">What it adds to the line's quantity; negative where it was taken back.</param>
public sealed record LineEventResponse(string Id, string Type, DateTimeOffset Time, DateTimeOffset ReceivedAt, JsonElement Properties, decimal Value)
{
    internal static LineEventResponse Of(StoredEvent item) => new(
        item.Id, item.Type, item.Time, item.ReceivedAt, JsonElement.Parse(item.Properties), item.Value ?? 0);
}
