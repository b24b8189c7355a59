using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Portal.Domain.Accounts;
using Portal.Domain.Invoicing;
using Portal.Domain.Values;

namespace Portal.Api.Invoicing;

/// <summary>What the operator bills by hand: <c>/v1/customers/{key}/one-off-lines</c> and <c>/v1/customers/{key}/invoices</c>.</summary>
public static class OneOffEndpoints
{
    /// <summary>Maps the endpoints.</summary>
    public static void MapOneOffs(this IEndpointRouteBuilder app)
    {
        var customer = app.MapGroup("/v1/customers/{customer}").WithTags("Invoices");
        customer.MapPost("/one-off-lines", Add)
            .Needs(Permission.ManageInvoices)
            .Takes("""{"description":"Onboarding","amount":"250.00"}""")
            .WithSummary("Put a line on the invoice that closes the running period. Below 0 it is taken off.");
        customer.MapGet("/one-off-lines", List).Needs(Permission.ReadBilling).WithSummary("What waits for the next invoice.");
        customer.MapDelete("/one-off-lines/{id:guid}", Remove).Needs(Permission.ManageInvoices).WithSummary("Take a line back that waits.");
        customer.MapPost("/invoices", Bill)
            .Needs(Permission.ManageInvoices)
            .Takes("""{"lines":[{"description":"Onboarding","amount":"250.00"}]}""")
            .WithSummary("Bill lines on an invoice of their own, issued at once, with tax, and charged or sent as was agreed.");
    }

    private static async Task<Created<OneOffLineResponse>> Add(string customer, JsonElement body, HttpContext context, OneOffWriter writer, CancellationToken cancellation)
    {
        var line = await writer.Add(context.Actor(), customer, Input.Read(body, (fields, _) => Terms(fields)), cancellation);
        return TypedResults.Created($"/v1/customers/{customer}/one-off-lines", OneOffLineResponse.Of(line));
    }

    private static async Task<Ok<OneOffLinesResponse>> List(string customer, HttpContext context, OneOffWriter writer, CancellationToken cancellation) =>
        TypedResults.Ok(new OneOffLinesResponse([.. (await writer.Waiting(context.Actor(), customer, cancellation)).Select(OneOffLineResponse.Of)], null));

    private static async Task<NoContent> Remove(string customer, Guid id, HttpContext context, OneOffWriter writer, CancellationToken cancellation)
    {
        await writer.Remove(context.Actor(), customer, id, cancellation);
        return TypedResults.NoContent();
    }

    private static async Task<Created<InvoiceResponse>> Bill(string customer, JsonElement body, HttpContext context, OneOffWriter writer, CancellationToken cancellation)
    {
        var lines = Input.Read(body, (fields, errors) =>
        {
            fields.RefuseOthers("an invoice", "lines");
            return fields.Items("lines")
                .Select(item => InputObject.Of(item.Item, item.Path, errors, "Give a line as an object, such as {\"description\":\"Onboarding\",\"amount\":\"250.00\"}."))
                .OfType<InputObject>().Select(Terms).ToList();
        });
        var invoice = await writer.Bill(context.Actor(), customer, lines, cancellation);
        return TypedResults.Created($"/v1/invoices/{invoice.Number}", InvoiceResponse.Of(invoice));
    }

    private static OneOffTerms Terms(InputObject line)
    {
        line.RefuseOthers("a line", "description", "amount");
        return new OneOffTerms(line.OptionalText("description") ?? "", line.RequiredDecimal("amount"));
    }
}

/// <summary>Lines that wait for the next invoice.</summary>
/// <param name="Items">The oldest first.</param>
/// <param name="Next">Always null: there are few.</param>
public sealed record OneOffLinesResponse(IReadOnlyList<OneOffLineResponse> Items, string? Next);

/// <summary>A line that waits.</summary>
/// <param name="Id">Identifies it.</param>
/// <param name="Description">What the customer reads.</param>
/// <param name="Amount">Before tax.</param>
/// <param name="Currency">ISO 4217 code.</param>
/// <param name="AddedAt">When it was added.</param>
/// <param name="AddedBy">Who added it.</param>
public sealed record OneOffLineResponse(Guid Id, string Description, string Amount, string Currency, DateTimeOffset AddedAt, string AddedBy)
{
    internal static OneOffLineResponse Of(OneOffLine line)
    {
        var currency = Domain.Values.Currency.Of(line.Currency);
        return new(line.Id, line.Description, new Money(line.Amount, currency).ToDigits(), line.Currency, line.AddedAt, line.AddedBy);
    }
}
