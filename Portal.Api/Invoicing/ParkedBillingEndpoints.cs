using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Portal.Domain.Accounts;
using Portal.Domain.Invoicing;

namespace Portal.Api.Invoicing;

/// <summary>Whether a customer's billing waits for a person: <c>/v1/customers/{key}/billing</c>.</summary>
public static class ParkedBillingEndpoints
{
    /// <summary>Maps the endpoints.</summary>
    public static void MapParkedBilling(this IEndpointRouteBuilder app)
    {
        var billing = app.MapGroup("/v1/customers/{customer}/billing").WithTags("Invoices");
        billing.MapGet("", Get).Needs(Permission.ReadCustomers).WithSummary("Whether the customer's billing is parked, and why.");
        billing.MapPost("/hold", Hold).Needs(Permission.ManageInvoices).Takes("""{"reason":"The usage of last week looks doubled."}""")
            .WithSummary("Hold the customer's billing: nothing is issued or charged until it is released.");
        billing.MapPost("/release", Release).Needs(Permission.ManageInvoices).WithSummary("Let parked billing go on: what waits is issued and charged.");
    }

    private static async Task<Ok<ParkedBillingResponse>> Get(string customer, HttpContext context, BillingGuard guard, CancellationToken cancellation) =>
        TypedResults.Ok(ParkedBillingResponse.Of(await guard.Find(context.Actor(), customer, cancellation)));

    private static async Task<Ok<ParkedBillingResponse>> Hold(string customer, JsonElement body, HttpContext context, BillingGuard guard, CancellationToken cancellation)
    {
        var reason = Input.Read(body, (fields, _) =>
        {
            fields.RefuseOthers("a hold", "reason");
            return fields.OptionalText("reason") ?? "";
        });
        return TypedResults.Ok(ParkedBillingResponse.Of(await guard.Hold(context.Actor(), customer, reason, cancellation)));
    }

    private static async Task<Ok<ParkedBillingResponse>> Release(string customer, HttpContext context, BillingGuard guard, CancellationToken cancellation)
    {
        await guard.Release(context.Actor(), customer, cancellation);
        return TypedResults.Ok(ParkedBillingResponse.Of(null));
    }
}

/// <summary>Whether billing is parked.</summary>
/// <param name="Parked">Whether it waits for a person.</param>
/// <param name="Reason">What looked wrong; null where it does not wait.</param>
/// <param name="Invoice">The draft that looked wrong; null where there is none.</param>
/// <param name="ParkedAt">Since when, in business time; null where it does not wait.</param>
public sealed record ParkedBillingResponse(bool Parked, string? Reason, Guid? Invoice, DateTimeOffset? ParkedAt)
{
    internal static ParkedBillingResponse Of(BillingPark? park) => new(park is not null, park?.Reason, park?.InvoiceId, park?.ParkedAt);
}
