using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Portal.Domain.Accounts;
using Portal.Domain.Invoicing;
using Portal.Domain.Values;

namespace Portal.Api.Invoicing;

/// <summary>An invoice's mail again, and one thing done to many invoices: <c>/v1/invoices/{invoice}/resend</c> and <c>/v1/invoices/batch</c>.</summary>
public static class InvoiceBatchEndpoints
{
    // At this many the answer comes within the patience of a caller.
    private const int InvoicesMax = 200;

    /// <summary>Maps the endpoints.</summary>
    public static void MapInvoiceBatches(this IEndpointRouteBuilder app)
    {
        var invoices = app.MapGroup("/v1/invoices").WithTags("Invoices");
        invoices.MapPost("/{invoice}/resend", Resend).Needs(Permission.ManageInvoices).WithSummary("Send the mail of an issued invoice again, to the addresses that invoices go to by now.");
        invoices.MapPost("/batch", Run).Needs(Permission.ManageInvoices)
            .Takes("""{"action":"finalize","invoices":["0192f3a4-5b6c-7d8e-9f00-112233445566"]}""")
            .WithSummary("Finalize or void drafts, or resend the mails of issued invoices, up to 200 at once. Each stands for itself: the answer tells of each what became of it.");
    }

    private static async Task<Ok<ResentResponse>> Resend(string invoice, HttpContext context, InvoiceMailWriter writer, CancellationToken cancellation) =>
        TypedResults.Ok(new ResentResponse(invoice, await writer.Resend(context.Actor(), invoice, Guid.CreateVersion7(), cancellation)));

    private static async Task<Ok<InvoiceBatchResponse>> Run(JsonElement body, HttpContext context, InvoiceBatchWriter writer, CancellationToken cancellation)
    {
        var (action, invoices) = Input.Read(body, Order);
        var outcomes = await writer.Run(context.Actor(), action, invoices, Guid.CreateVersion7(), null, cancellation);
        return TypedResults.Ok(new InvoiceBatchResponse(
            outcomes.Count(outcome => outcome.IsDone), outcomes.Count(outcome => !outcome.IsDone), [.. outcomes.Select(InvoiceOutcomeResponse.Of)]));
    }

    private static (InvoiceAction Action, IReadOnlyList<string> Invoices) Order(InputObject body, FieldErrors errors)
    {
        body.RefuseOthers("a batch", "action", "invoices");
        var invoices = body.Texts("invoices", errors);
        if (invoices.Count is 0 or > InvoicesMax)
        {
            errors.Add("invoices", $"Name 1 to {InvoicesMax} invoices, each by its id or number.");
        }

        return (body.Word<InvoiceAction>("action"), invoices);
    }
}

/// <summary>To whom an invoice was sent again.</summary>
/// <param name="Invoice">Its id or number, as it was named.</param>
/// <param name="To">The addresses.</param>
public sealed record ResentResponse(string Invoice, IReadOnlyList<string> To);

/// <summary>What became of many invoices.</summary>
/// <param name="Done">For how many it was done.</param>
/// <param name="NotDone">For how many it was not.</param>
/// <param name="Results">Each of them, in the order of the request.</param>
public sealed record InvoiceBatchResponse(int Done, int NotDone, IReadOnlyList<InvoiceOutcomeResponse> Results);

/// <summary>What became of one of many invoices.</summary>
/// <param name="Invoice">Its id or number, as it was named.</param>
/// <param name="Done">Whether it was done.</param>
/// <param name="Number">Its number now; null where it has none, or nothing was done.</param>
/// <param name="Status">Where it stands now; null where nothing was done.</param>
/// <param name="Code">Why nothing was done; null where it was.</param>
/// <param name="Message">The same as a sentence.</param>
public sealed record InvoiceOutcomeResponse(string Invoice, bool Done, string? Number, InvoiceStatus? Status, string? Code, string? Message)
{
    internal static InvoiceOutcomeResponse Of(InvoiceOutcome outcome) => new(
        outcome.Reference, outcome.IsDone, outcome.Invoice?.Number, outcome.Invoice?.Status, outcome.Code, outcome.Problem);
}
