using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Portal.Domain.Accounts;
using Portal.Domain.Invoicing;
using Portal.Domain.Payments;
using Portal.Domain.Values;

namespace Portal.Api.Payments;

/// <summary>Saved cards and charges: <c>/v1/customers/{key}/payment-method</c>, <c>/v1/invoices/{id}/attempts</c>.</summary>
public static class PaymentEndpoints
{
    /// <summary>Maps the endpoints.</summary>
    public static void MapPayments(this IEndpointRouteBuilder app)
    {
        var method = app.MapGroup("/v1/customers/{customer}/payment-method").WithTags("Payments");
        method.MapPut("", Put)
            .Needs(Permission.ManageBilling)
            .Takes("""{"card":"4242424242424242"}""")
            .WithSummary("Save the card that invoices are charged to. What is overdue is collected with it at once. The sandbox takes trial cards only.");
        method.MapPost("/session", Open)
            .Needs(Permission.ManageBilling)
            .Takes("""{"use":"backup"}""")
            .WithSummary("Open a page of the card processor's, on which the customer types its card: its address. Not in the sandbox, where PUT takes trial cards.");
        method.MapGet("", Get).Needs(Permission.ReadBilling).WithSummary("The saved card: its brand and last four digits.");
        app.MapGet("/v1/invoices/{invoice}/attempts", Attempts).Needs(Permission.ReadBilling).WithTags("Payments")
            .WithSummary("What was tried to charge an invoice, the first attempt first.");
        var promise = app.MapGroup("/v1/invoices/{invoice}/promise").WithTags("Payments");
        promise.MapPut("", Promise)
            .Needs(Permission.ManageInvoices)
            .Takes("""{"until":"2026-03-20T00:00:00Z","note":"Pays with the next run."}""")
            .WithSummary("Note that the customer has promised to pay by then: until then the invoice is neither charged nor reminded of, and refuses no access.");
        promise.MapDelete("", TakeBack).Needs(Permission.ManageInvoices).WithSummary("Take a promise back: what it held up goes on at once.");
    }

    private static async Task<Ok<PaymentMethodResponse>> Put(
        string customer, JsonElement body, HttpContext context, PaymentWriter writer, CancellationToken cancellation)
    {
        var card = Input.Read(body, Card);
        return TypedResults.Ok(PaymentMethodResponse.Of(await writer.Save(context.Actor(), customer, card, MethodUse.Default, cancellation)));
    }

    private static async Task<Created<CardPageResponse>> Open(string customer, JsonElement? body, HttpContext context, CardPageWriter writer, CancellationToken cancellation)
    {
        var url = await writer.Open(context.Actor(), customer, Input.ReadOptional(body, MethodUse.Default, Purpose), cancellation);
        return TypedResults.Created(url, new CardPageResponse(url));
    }

    private static async Task<Ok<PaymentMethodResponse>> Get(string customer, HttpContext context, PaymentReader reader, CancellationToken cancellation) =>
        await reader.Method(context.Actor(), customer, cancellation) is { } method
            ? TypedResults.Ok(PaymentMethodResponse.Of(method))
            : throw new Refusal(RefusalKind.NotFound, "no_payment_method", $"Customer '{customer}' has saved no card. PUT /v1/customers/{customer}/payment-method saves one.");

    private static async Task<Ok<Listing<AttemptResponse>>> Attempts(
        string invoice, HttpContext context, InvoiceReader invoices, PaymentReader reader, CancellationToken cancellation)
    {
        var found = await invoices.Find(context.Actor(), invoice, cancellation);
        var currency = Currency.Of(found.Currency);
        return TypedResults.Ok(new Listing<AttemptResponse>(
            [.. (await reader.Attempts(context.Actor(), found, cancellation)).Select(attempt => AttemptResponse.Of(attempt, currency))], null));
    }

    private static async Task<Ok<PromiseResponse>> Promise(string invoice, JsonElement body, HttpContext context, PromiseWriter writer, CancellationToken cancellation)
    {
        var (until, note) = Input.Read(body, Promised);
        return TypedResults.Ok(PromiseResponse.Of(await writer.Make(context.Actor(), invoice, until, note, cancellation)));
    }

    private static async Task<NoContent> TakeBack(string invoice, HttpContext context, PromiseWriter writer, CancellationToken cancellation)
    {
        await writer.TakeBack(context.Actor(), invoice, cancellation);
        return TypedResults.NoContent();
    }

    private static (DateTimeOffset Until, string? Note) Promised(InputObject body, FieldErrors errors)
    {
        body.RefuseOthers("a promise", "until", "note");
        return (body.OptionalInstant("until") ?? default, body.OptionalText("note"));
    }

    private static MethodUse Purpose(InputObject body, FieldErrors errors)
    {
        body.RefuseOthers("a page for a card", "use");
        return body.OptionalWord<MethodUse>("use") ?? MethodUse.Default;
    }

    private static string Card(InputObject body, FieldErrors errors)
    {
        body.RefuseOthers("a payment method", "card");
        return body.Text("card", "Give the number of the card.");
    }
}

/// <summary>A page on which a card is typed.</summary>
/// <param name="Url">Its address, good for a day.</param>
public sealed record CardPageResponse(Uri Url);

/// <summary>An attempt to charge an invoice, as it is answered.</summary>
/// <param name="N">1, 2, 3 …</param>
/// <param name="State">Where it stands.</param>
/// <param name="Amount">What was charged, in major units.</param>
/// <param name="Reason">Why it failed; null where it did not.</param>
/// <param name="Brand">The card's brand.</param>
/// <param name="Last4">Its last four digits.</param>
/// <param name="Use">What it was for: a backup is charged at once where the default card was declined.</param>
/// <param name="StartedAt">When it began.</param>
/// <param name="SettledAt">When its outcome was known; null until then.</param>
public sealed record AttemptResponse(
    int N, AttemptState State, string Amount, string? Reason, string Brand, string Last4, MethodUse Use, DateTimeOffset StartedAt, DateTimeOffset? SettledAt)
{
    internal static AttemptResponse Of(PaymentAttempt attempt, Currency currency) => new(
        attempt.N, attempt.State, new Money(attempt.Amount, currency).ToDigits(), attempt.Reason,
        attempt.Method.Brand, attempt.Method.Last4, attempt.Use, attempt.StartedAt, attempt.SettledAt);
}

/// <summary>A promise to pay, as it is answered.</summary>
/// <param name="Invoice">The invoice's number.</param>
/// <param name="Until">Until when nothing is done.</param>
/// <param name="Note">What was agreed.</param>
public sealed record PromiseResponse(string Invoice, DateTimeOffset Until, string? Note)
{
    internal static PromiseResponse Of(Invoice invoice) => new(invoice.Number!, invoice.PromisedUntil!.Value, invoice.PromiseNote);
}
