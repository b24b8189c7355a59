using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Portal.Domain.Accounts;
using Portal.Domain.Limits;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Api.Limits;

/// <summary>Room under a cap for work that must not overrun it: <c>/v1/reservations</c>.</summary>
public static class ReservationEndpoints
{
    /// <summary>Maps the endpoints.</summary>
    public static void MapReservations(this IEndpointRouteBuilder app)
    {
        var reservations = app.MapGroup("/v1/reservations").WithTags("Access");
        reservations.MapPost("", Hold)
            .Needs(Permission.Reserve)
            .Takes("""{"customer":"acme","feature":"api","amount":"0.50","ttl":300}""")
            .Produces<ReservationResponse>(StatusCodes.Status201Created)
            .WithSummary("Hold room for work, or learn that there is none: 201 with state 'held', or 200 with state 'refused' and the reason.");
        reservations.MapGet("", List).Needs(Permission.ReadAccess).WithSummary("What a customer's reservations hold now.");
        reservations.MapGet("/{reservation:guid}", Get).Needs(Permission.ReadAccess).WithSummary("One reservation.");
        reservations.MapPost("/{reservation:guid}/commit", Commit)
            .Needs(Permission.Reserve)
            .Takes("""{"amount":"0.42"}""")
            .WithSummary("The work is done and its events are sent: the hold ends.");
        reservations.MapPost("/{reservation:guid}/release", Release).Needs(Permission.Reserve).WithSummary("The work was not done: the hold ends.");
    }

    private static async Task<Results<Created<ReservationResponse>, Ok<ReservationResponse>>> Hold(
        JsonElement body, HttpContext context, ReservationWriter writer, CancellationToken cancellation)
    {
        var (customer, terms) = Input.Read(body, Terms);
        var (answer, held) = await writer.Hold(context.Actor(), customer, terms, cancellation);
        return held is null
            ? TypedResults.Ok(new ReservationResponse(null, "refused", answer.Reason, customer, terms.Feature, terms.Amount, terms.Quantity, null, answer.Remaining, null))
            : TypedResults.Created($"/v1/reservations/{held.Id}", ReservationResponse.Of(held, customer, held.CreatedAt) with { Remaining = answer.Remaining });
    }

    private static async Task<Ok<Listing<ReservationResponse>>> List(
        [FromQuery] string customer, [AsParameters] ListQuery list, HttpContext context, ReservationReader reader, BusinessClock clock, CancellationToken cancellation)
    {
        var rows = await reader.Open(context.Actor(), customer, list.AfterId, list.Take, cancellation);
        var now = clock.GetUtcNow();
        return TypedResults.Ok(list.Page(rows, row => row.Id, row => ReservationResponse.Of(row, customer, now)));
    }

    private static async Task<Ok<ReservationResponse>> Get(
        Guid reservation, HttpContext context, ReservationReader reader, Register register, BusinessClock clock, CancellationToken cancellation)
    {
        var found = await reader.Find(context.Actor(), reservation, cancellation);
        return TypedResults.Ok(ReservationResponse.Of(found, register.Now.ById[found.CustomerId].Customer.Key, clock.GetUtcNow()));
    }

    private static async Task<Ok<ReservationResponse>> Commit(
        Guid reservation, JsonElement? body, HttpContext context, ReservationWriter writer, Register register, BusinessClock clock, CancellationToken cancellation)
    {
        var actual = Input.ReadOptional(body, null, (fields, _) =>
        {
            fields.RefuseOthers("a commit", "amount", "quantity");
            return fields.OptionalDecimal("quantity") ?? fields.OptionalDecimal("amount");
        });
        var ended = await writer.Commit(context.Actor(), reservation, actual, cancellation);
        return TypedResults.Ok(ReservationResponse.Of(ended, register.Now.ById[ended.CustomerId].Customer.Key, clock.GetUtcNow()));
    }

    private static async Task<Ok<ReservationResponse>> Release(
        Guid reservation, HttpContext context, ReservationWriter writer, Register register, BusinessClock clock, CancellationToken cancellation)
    {
        var ended = await writer.Release(context.Actor(), reservation, cancellation);
        return TypedResults.Ok(ReservationResponse.Of(ended, register.Now.ById[ended.CustomerId].Customer.Key, clock.GetUtcNow()));
    }

    private static (string Customer, ReservationTerms Terms) Terms(InputObject body, FieldErrors errors)
    {
        body.RefuseOthers("a reservation", "customer", "feature", "amount", "quantity", "group", "ttl");
        return (
            body.Text("customer", "Say for which customer, by its key."),
            new ReservationTerms(
                body.OptionalText("feature"), body.OptionalDecimal("amount"), body.OptionalDecimal("quantity"), body.TextMap("group", errors),
                body.OptionalWhole("ttl") ?? ReservationTerms.SecondsDefault));
    }
}

/// <summary>A reservation as it is answered.</summary>
/// <param name="Id">Identifies it; null where it was refused.</param>
/// <param name="State">held, refused, committed, released or expired.</param>
/// <param name="Reason">Why it was refused, in the words of access; null where it was not.</param>
/// <param name="Customer">The customer.</param>
/// <param name="Feature">The feature; null for usage in general.</param>
/// <param name="Amount">What it holds of the cap, in the customer's currency.</param>
/// <param name="Quantity">What it holds of the feature's units; null for money alone.</param>
/// <param name="ExpiresAt">From when on it holds nothing; null where it was refused.</param>
/// <param name="Remaining">What of the cap is neither used nor held; null without a cap, and where it was not asked for.</param>
/// <param name="Actual">What the work came to, as its caller says; null where it did not.</param>
public sealed record ReservationResponse(
    Guid? Id, string State, AccessReason? Reason, string Customer, string? Feature, decimal? Amount, decimal? Quantity, DateTimeOffset? ExpiresAt, decimal? Remaining, decimal? Actual)
{
    internal static ReservationResponse Of(Reservation row, string customer, DateTimeOffset now) => new(
        row.Id, JsonNamingPolicy.SnakeCaseLower.ConvertName(row.StateAt(now).ToString()), null, customer, row.Feature, row.Amount, row.Quantity, row.ExpiresAt, null, row.Actual);
}
