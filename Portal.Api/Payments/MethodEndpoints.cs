using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Portal.Domain.Accounts;
using Portal.Domain.Payments;
using Portal.Domain.Values;

namespace Portal.Api.Payments;

/// <summary>A customer's cards, the default one and its backup: <c>/v1/customers/{key}/payment-methods</c>.</summary>
public static class MethodEndpoints
{
    /// <summary>Maps the endpoints.</summary>
    public static void MapMethods(this IEndpointRouteBuilder app)
    {
        var methods = app.MapGroup("/v1/customers/{customer}/payment-methods").WithTags("Payments");
        methods.MapGet("", List).Needs(Permission.ReadBilling).WithSummary("The saved cards, the default one first: at most one by default and one as its backup.");
        methods.MapPost("", Add)
            .Needs(Permission.ManageBilling)
            .Takes("""{"card":"4242424242424242","use":"backup"}""")
            .WithSummary("Save a card by its use, in place of the one that was there for it. A backup is charged at once where the default card is declined. The sandbox takes trial cards only.");
        methods.MapPut("/{id:guid}", Use)
            .Needs(Permission.ManageBilling)
            .Takes("""{"use":"default"}""")
            .WithSummary("Make a card the default or the backup; the other one takes its place. What is overdue is collected at once.");
        methods.MapDelete("/{id:guid}", Remove).Needs(Permission.ManageBilling)
            .WithSummary("Remove a card. A backup takes the place of the default one. The last one stays while something is charged to it.");
    }

    private static async Task<Ok<Listing<PaymentMethodResponse>>> List(string customer, HttpContext context, PaymentReader reader, CancellationToken cancellation) =>
        TypedResults.Ok(new Listing<PaymentMethodResponse>(
            [.. (await reader.Methods(context.Actor(), customer, cancellation)).All.Select(PaymentMethodResponse.Of)], null));

    private static async Task<Created<PaymentMethodResponse>> Add(string customer, JsonElement body, HttpContext context, PaymentWriter writer, CancellationToken cancellation)
    {
        var (card, use) = Input.Read(body, Card);
        var saved = await writer.Save(context.Actor(), customer, card, use, cancellation);
        return TypedResults.Created($"/v1/customers/{customer}/payment-methods", PaymentMethodResponse.Of(saved));
    }

    private static async Task<Ok<PaymentMethodResponse>> Use(
        string customer, Guid id, JsonElement body, HttpContext context, MethodWriter writer, CancellationToken cancellation) =>
        TypedResults.Ok(PaymentMethodResponse.Of(await writer.Use(context.Actor(), customer, id, Input.Read(body, Purpose), cancellation)));

    private static async Task<NoContent> Remove(string customer, Guid id, HttpContext context, MethodWriter writer, CancellationToken cancellation)
    {
        await writer.Remove(context.Actor(), customer, id, cancellation);
        return TypedResults.NoContent();
    }

    private static (string Card, MethodUse Use) Card(InputObject body, FieldErrors errors)
    {
        body.RefuseOthers("a payment method", "card", "use");
        return (body.Text("card", "Give the number of the card."), body.Word<MethodUse>("use"));
    }

    private static MethodUse Purpose(InputObject body, FieldErrors errors)
    {
        body.RefuseOthers("the use of a payment method", "use");
        return body.Word<MethodUse>("use");
    }
}

/// <summary>A saved card as it is answered.</summary>
/// <param name="Id">Identifies it.</param>
/// <param name="Use">What it is for.</param>
/// <param name="Gateway">Who keeps it.</param>
/// <param name="Brand">"Visa".</param>
/// <param name="Last4">Its last four digits.</param>
/// <param name="ExpiryMonth">The last month in which it can be charged, 1 to 12; null where that is not known.</param>
/// <param name="ExpiryYear">That month's year; null where it is not known.</param>
/// <param name="SavedAt">When it was saved.</param>
public sealed record PaymentMethodResponse(
    Guid Id, MethodUse Use, string Gateway, string Brand, string Last4, int? ExpiryMonth, int? ExpiryYear, DateTimeOffset SavedAt)
{
    internal static PaymentMethodResponse Of(PaymentMethod method) =>
        new(method.Id, method.Use, method.Gateway, method.Brand, method.Last4, method.ExpiryMonth, method.ExpiryYear, method.SavedAt);
}
