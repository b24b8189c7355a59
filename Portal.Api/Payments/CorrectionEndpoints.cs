using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Portal.Api.Invoicing;
using Portal.Domain.Accounts;
using Portal.Domain.Invoicing;
using Portal.Domain.Payments;
using Portal.Domain.Values;

namespace Portal.Api.Payments;

/// <summary>What takes back an invoice or its payment: <c>/v1/invoices/{id}/credit-notes</c>, <c>/v1/invoices/{id}/refunds</c>.</summary>
public static class CorrectionEndpoints
{
    /// <summary>Maps the endpoints.</summary>
    public static void MapCorrections(this IEndpointRouteBuilder app)
    {
        var invoice = app.MapGroup("/v1/invoices/{invoice}").WithTags("Invoices");
        invoice.MapPost("/credit-notes", Credit).Needs(Permission.ManageInvoices)
            .Takes("""{"amount":"12.50","reason":"The region was slow on 3 March.","settlement":"offset"}""")
            .WithSummary("Take back all of an invoice, an amount, or parts of its lines. Without a body: all that is left. Sends the customer the credit note by mail.");
        invoice.MapPost("/refunds", Refund).Needs(Permission.ManageInvoices)
            .Takes("""{"amount":"12.50","reason":"Paid twice."}""")
            .WithSummary("Give a payment back, in full or part, although the invoice stands: it is owed again by as much. Where it is not owed, a credit note with the settlement 'refund' pays it out.");
        invoice.MapGet("/refunds", Refunds).Needs(Permission.ReadBilling).WithSummary("What was given back of an invoice's payments, the first one first.");
    }

    private static async Task<Created<InvoiceResponse>> Credit(
        string invoice, JsonElement? body, HttpContext context, CreditNoteWriter writer, CancellationToken cancellation)
    {
        var order = Input.ReadOptional(body, new CreditNoteOrder(null, [], null, NoteSettlement.Offset), Order);
        var note = await writer.Write(context.Actor(), invoice, order, cancellation);
        return TypedResults.Created($"/v1/invoices/{note.Number}", InvoiceResponse.Of(note));
    }

    private static async Task<Created<RefundResponse>> Refund(
        string invoice, JsonElement? body, HttpContext context, RefundWriter writer, InvoiceReader invoices, CancellationToken cancellation)
    {
        var terms = Input.ReadOptional(body, new RefundTerms(null, null), Terms);
        var refund = await writer.GiveBack(context.Actor(), invoice, terms, cancellation);
        var currency = Currency.Of((await invoices.Find(context.Actor(), invoice, cancellation)).Currency);
        return TypedResults.Created($"/v1/invoices/{invoice}/refunds", RefundResponse.Of(refund, null, currency));
    }

    private static async Task<Ok<Listing<RefundResponse>>> Refunds(
        string invoice, HttpContext context, InvoiceReader invoices, PaymentReader reader, CancellationToken cancellation)
    {
        var found = await invoices.Find(context.Actor(), invoice, cancellation);
        var currency = Currency.Of(found.Currency);
        return TypedResults.Ok(new Listing<RefundResponse>(
            [.. (await reader.Refunds(context.Actor(), found, cancellation)).Select(paid => RefundResponse.Of(paid.Refund, paid.CreditNote, currency))], null));
    }

    private static CreditNoteOrder Order(InputObject body, FieldErrors errors)
    {
        body.RefuseOthers("a credit note", "amount", "lines", "reason", "settlement");
        var lines = new List<LineCredit>();
        foreach (var (item, path) in body.Items("lines"))
        {
            if (InputObject.Of(item, path, errors, "Give an object with the line's number, such as {\"n\":1,\"amount\":\"5.00\"}.") is { } line)
            {
                line.RefuseOthers("a line", "n", "amount");
                if (line.OptionalWhole("n") is not { } n)
                {
                    line.Refuse("n", "Give the number of the line.");
                    continue;
                }

                lines.Add(new LineCredit(n, line.OptionalDecimal("amount", DecimalBound.Any)));
            }
        }

        return new CreditNoteOrder(
            body.OptionalDecimal("amount", DecimalBound.Any), lines, body.OptionalText("reason"), body.OptionalWord<NoteSettlement>("settlement") ?? NoteSettlement.Offset);
    }

    private static RefundTerms Terms(InputObject body, FieldErrors errors)
    {
        body.RefuseOthers("a refund", "amount", "reason");
        return new RefundTerms(body.OptionalDecimal("amount", DecimalBound.Any), body.OptionalText("reason"));
    }
}

/// <summary>Money that goes back, as it is answered.</summary>
/// <param name="Id">Identifies it.</param>
/// <param name="State">Where it stands: <c>unknown</c> while the card processor has not answered.</param>
/// <param name="Amount">In major units.</param>
/// <param name="CreditNote">The number of the credit note that it pays out; null where the invoice is owed again.</param>
/// <param name="Why">Why it goes back.</param>
/// <param name="Reason">Why it does not; null where it does.</param>
/// <param name="StartedAt">When it began.</param>
/// <param name="SettledAt">When its outcome was known; null until then.</param>
public sealed record RefundResponse(
    Guid Id, AttemptState State, string Amount, string? CreditNote, string? Why, string? Reason, DateTimeOffset StartedAt, DateTimeOffset? SettledAt)
{
    internal static RefundResponse Of(Refund refund, string? creditNote, Currency currency) => new(
        refund.Id, refund.State, new Money(refund.Amount, currency).ToDigits(), creditNote, refund.Why, refund.Reason,
        refund.StartedAt, refund.SettledAt);
}
