using Microsoft.AspNetCore.Http.HttpResults;
using Portal.Domain.Accounts;
using Portal.Domain.Payments;
using Portal.Domain.Values;

namespace Portal.Api.Payments;

/// <summary>Charges that only the gateway knows: <c>/v1/stray-charges</c>.</summary>
public static class StrayChargeEndpoints
{
    /// <summary>Maps the endpoints.</summary>
    public static void MapStrayCharges(this IEndpointRouteBuilder app)
    {
        var strays = app.MapGroup("/v1/stray-charges").WithTags("Payments");
        strays.MapGet("", List).Needs(Permission.ReadCustomers).WithSummary("Charges that the card processor made and nothing here knows of, as after a restore from a backup. While one waits, nothing is charged.");
        strays.MapPost("/{charge}/confirm", Confirm).Needs(Permission.ManageInvoices).WithSummary("Say that a charge is dealt with. With the last one, charges go on.");
    }

    private static async Task<Ok<Listing<StrayChargeResponse>>> List(HttpContext context, StrayChargeWriter writer, CancellationToken cancellation) =>
        TypedResults.Ok(new Listing<StrayChargeResponse>([.. (await writer.Waiting(context.Actor(), cancellation)).Select(StrayChargeResponse.Of)], null));

    private static async Task<NoContent> Confirm(string charge, HttpContext context, StrayChargeWriter writer, CancellationToken cancellation)
    {
        await writer.Confirm(context.Actor(), charge, cancellation);
        return TypedResults.NoContent();
    }
}

/// <summary>A charge that only the gateway knows, as it is answered.</summary>
/// <param name="Charge">What the gateway calls it.</param>
/// <param name="Key">The key that it was asked for under.</param>
/// <param name="Invoice">The invoice's number; null where it is not known here.</param>
/// <param name="Amount">In major units.</param>
/// <param name="Currency">ISO 4217 code.</param>
/// <param name="ChargedAt">When the gateway made it.</param>
/// <param name="FoundAt">When it was found.</param>
public sealed record StrayChargeResponse(string Charge, string Key, string? Invoice, string Amount, string Currency, DateTimeOffset ChargedAt, DateTimeOffset FoundAt)
{
    internal static StrayChargeResponse Of(FoundCharge found)
    {
        var currency = Domain.Values.Currency.Of(found.Charge.Currency);
        return new StrayChargeResponse(
            found.Charge.ChargeId, found.Charge.Key, found.Invoice?.Number, new Money(found.Charge.Amount, currency).ToDigits(), currency.Code,
            found.Charge.ChargedAt, found.Charge.FoundAt);
    }
}
