using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Portal.Domain.Accounts;
using Portal.Domain.Invoicing;

namespace Portal.Api.Invoicing;

/// <summary>The threshold at which a customer's usage is billed inside its period: <c>/v1/customers/{key}/threshold</c>.</summary>
public static class ThresholdEndpoints
{
    /// <summary>Maps the endpoints.</summary>
    public static void MapThresholds(this IEndpointRouteBuilder app)
    {
        var threshold = app.MapGroup("/v1/customers/{customer}/threshold").WithTags("Invoices");
        threshold.MapPut("", Put)
            .Needs(Permission.ManageBilling)
            .Takes("""{"amount":"50"}""")
            .WithSummary("Choose the amount of unbilled usage at which an interim invoice is made and charged. One that was agreed stays: the lower holds.");
        threshold.MapGet("", Get).Needs(Permission.ReadBilling).WithSummary("What was chosen, what was agreed, and which of them holds.");
        threshold.MapDelete("", Delete).Needs(Permission.ManageBilling).WithSummary("Remove what was chosen. One that was agreed stays.");
    }

    private static async Task<Ok<ThresholdResponse>> Put(
        string customer, JsonElement body, HttpContext context, ThresholdWriter writer, CancellationToken cancellation)
    {
        var amount = Input.Read(body, (fields, _) =>
        {
            // A PUT of what was read is no error.
            fields.RefuseOthers("a threshold", "amount", "agreed", "holds", "billing");
            return fields.RequiredDecimal("amount");
        });
        await writer.Set(context.Actor(), customer, amount, cancellation);
        return TypedResults.Ok(ThresholdResponse.Of(await writer.Find(context.Actor(), customer, cancellation)));
    }

    private static async Task<Ok<ThresholdResponse>> Get(string customer, HttpContext context, ThresholdWriter writer, CancellationToken cancellation) =>
        TypedResults.Ok(ThresholdResponse.Of(await writer.Find(context.Actor(), customer, cancellation)));

    private static async Task<NoContent> Delete(string customer, HttpContext context, ThresholdWriter writer, CancellationToken cancellation)
    {
        await writer.Set(context.Actor(), customer, null, cancellation);
        return TypedResults.NoContent();
    }
}

/// <summary>A customer's threshold as it is answered, in major units of its currency.</summary>
/// <param name="Amount">What the customer chose; null for nothing.</param>
/// <param name="Agreed">What its card or billing terms say; null for nothing.</param>
/// <param name="Holds">The lower of the two; null where usage is billed at the end of the period alone.</param>
/// <param name="Billing">Whether it is in force: a payment method is saved.</param>
public sealed record ThresholdResponse(decimal? Amount, decimal? Agreed, decimal? Holds, bool Billing)
{
    internal static ThresholdResponse Of(ThresholdStand stand) => new(stand.Own, stand.Agreed, stand.Holds, stand.Holds is not null && stand.HasMethod);
}
