using System.Text;
using Microsoft.AspNetCore.Http.HttpResults;
using Portal.Domain.Accounts;
using Portal.Domain.Invoicing;
using Portal.Domain.Values;

namespace Portal.Invoicing;

/// <summary>Invoices as files, for the pages: <c>/invoices/{invoice}.pdf</c>, <c>.csv</c> and <c>/invoices.csv</c>, the same below <c>/admin</c> for the operator's people, and for them the invoices to come.</summary>
internal static class InvoiceFiles
{
    private const int InvoicesPerPage = 500;

    internal static void MapInvoiceFiles(this IEndpointRouteBuilder app)
    {
        app.MapGet("/invoices/{invoice}.pdf", (string invoice, string? customer, HttpContext context, ActorReader actors, DocumentReader documents) =>
            Answer(context, Member(context, actors, customer), actor => Pdf(actor, invoice, documents, context))).RequireAuthorization();
        app.MapGet("/invoices/{invoice}.csv", (string invoice, string? customer, HttpContext context, ActorReader actors, InvoiceReader invoices) =>
            Answer(context, Member(context, actors, customer), actor => Csv(actor, invoice, invoices, context))).RequireAuthorization();
        app.MapGet("/invoices.csv", (string? customer, HttpContext context, ActorReader actors, InvoiceReader invoices) =>
            Answer(context, Member(context, actors, customer), async actor => await List(actor, customer ?? await First(context, actors), invoices, context))).RequireAuthorization();
        app.MapGet("/admin/invoices/{invoice}.pdf", (string invoice, HttpContext context, ActorReader actors, DocumentReader documents) =>
            Answer(context, Operator(context, actors), actor => Pdf(actor, invoice, documents, context))).RequireAuthorization();
        app.MapGet("/admin/invoices/{invoice}.csv", (string invoice, HttpContext context, ActorReader actors, InvoiceReader invoices) =>
            Answer(context, Operator(context, actors), actor => Csv(actor, invoice, invoices, context))).RequireAuthorization();
        app.MapGet("/admin/invoices.csv", (string? customer, HttpContext context, ActorReader actors, InvoiceReader invoices) =>
            Answer(context, Operator(context, actors), actor => List(actor, customer, invoices, context))).RequireAuthorization();
        app.MapGet("/admin/billing-preview.csv", (string? ahead, HttpContext context, ActorReader actors, BillingPreviewReader previews, BusinessClock clock) =>
            Answer(context, Operator(context, actors), actor => Preview(actor, ComingWords.Until(ahead, clock.GetUtcNow()), previews, context))).RequireAuthorization();
    }

    private static async Task<IResult> Pdf(Actor actor, string invoice, DocumentReader documents, HttpContext context)
    {
        var (found, pdf) = await documents.Pdf(actor, invoice, context.RequestAborted);
        return TypedResults.File(pdf, "application/pdf", $"{found.Number ?? "draft"}.pdf");
    }

    private static async Task<IResult> Csv(Actor actor, string invoice, InvoiceReader invoices, HttpContext context)
    {
        var found = await invoices.Find(actor, invoice, context.RequestAborted);
        return File(InvoiceCsv.Lines(found), $"{found.Number ?? "draft"}.csv");
    }

    private static async Task<IResult> List(Actor actor, string? customer, InvoiceReader invoices, HttpContext context)
    {
        var question = InvoiceWords.Query(customer, context.Request.Query["status"], context.Request.Query["kind"], Guid.Empty, InvoicesPerPage);
        var text = new StringBuilder(InvoiceCsv.ListHead);
        IReadOnlyList<Invoice> page;
        do
        {
            page = await invoices.List(actor, question, context.RequestAborted);
            foreach (var invoice in page)
            {
                text.Append(InvoiceCsv.ListRow(invoice));
            }

            question = page is [.., var last] ? question with { After = last.Id } : question;
        }
        while (page.Count == InvoicesPerPage);
        return File(text.ToString(), "invoices.csv");
    }

    private static async Task<IResult> Preview(Actor actor, DateTimeOffset until, BillingPreviewReader previews, HttpContext context)
    {
        var customers = await previews.Customers(actor, until, context.RequestAborted);
        var preview = await previews.Read(actor, customers, until, null, context.RequestAborted);
        return File(BillingPreviewCsv.Of(preview), $"billing-preview-{preview.AsOf:yyyy-MM-dd}.csv");
    }

    // With the mark that lets a spreadsheet read letters beyond ASCII.
    private static FileContentHttpResult File(string text, string name) =>
        TypedResults.File([.. Encoding.UTF8.GetPreamble(), .. Encoding.UTF8.GetBytes(text)], "text/csv; charset=utf-8", name);

    private static async Task<string> First(HttpContext context, ActorReader actors) =>
        (await actors.Places(context.User, context.RequestAborted)).Pick(chosen: null).Key;

    private static Func<Task<Actor>> Member(HttpContext context, ActorReader actors, string? customer) =>
        async () => await actors.ForCustomer(context.User, customer ?? await First(context, actors), context.RequestAborted);

    private static Func<Task<Actor>> Operator(HttpContext context, ActorReader actors) => () => actors.ForOperator(context.User, context.RequestAborted);

    private static async Task<IResult> Answer(HttpContext context, Func<Task<Actor>> who, Func<Actor, Task<IResult>> make)
    {
        context.Response.Headers.CacheControl = "no-store";
        try
        {
            return await make(await who());
        }
        catch (Refusal refusal)
        {
            return TypedResults.Text(refusal.Message, "text/plain; charset=utf-8", Encoding.UTF8, refusal.Kind switch
            {
                RefusalKind.NotFound => StatusCodes.Status404NotFound,
                RefusalKind.Forbidden => StatusCodes.Status403Forbidden,
                RefusalKind.Unavailable => StatusCodes.Status503ServiceUnavailable,
                _ => StatusCodes.Status409Conflict,
            });
        }
    }
}
