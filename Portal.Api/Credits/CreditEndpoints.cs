using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Portal.Domain.Accounts;
using Portal.Domain.Credits;
using Portal.Domain.Invoicing;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Api.Credits;

/// <summary>Credits: <c>/v1/customers/{key}/credits</c>.</summary>
public static class CreditEndpoints
{
    /// <summary>Maps the endpoints.</summary>
    public static void MapCredits(this IEndpointRouteBuilder app)
    {
        var credits = app.MapGroup("/v1/customers/{customer}/credits").WithTags("Credits");
        credits.MapPost("", Grant)
            .Needs(Permission.ManageInvoices)
            .Takes("""{"amount":"100.00","kind":"promotional","priority":50,"expiresAt":"2026-12-31T23:00:00Z","appliesTo":["gpt4o-in"],"name":"Welcome"}""")
            .WithSummary("Grant credits. Prepaid ones pay what an invoice comes to, tax included; promotional ones lower what is taxed.");
        credits.MapGet("", Get).Needs(Permission.ReadBilling).WithSummary("What is left, grant by grant, and what happened to it.");
    }

    private static async Task<Created<CreditGrantResponse>> Grant(
        string customer, JsonElement body, HttpContext context, CreditWriter writer, CancellationToken cancellation)
    {
        var grant = await writer.Grant(context.Actor(), customer, Input.Read(body, Terms), cancellation);
        return TypedResults.Created($"/v1/customers/{customer}/credits", CreditGrantResponse.Of(grant));
    }

    private static async Task<Ok<CreditsResponse>> Get(
        string customer, HttpContext context, CreditReader reader, CreditBalanceReader balances, SpendReader spends, Register register, CancellationToken cancellation)
    {
        var stand = await reader.Of(context.Actor(), customer, cancellation);
        var entry = register.Now.ByKey[customer];
        return TypedResults.Ok(CreditsResponse.Of(stand, await balances.Of(entry, await spends.Current(entry, cancellation), cancellation)));
    }

    private static CreditTerms Terms(InputObject body, FieldErrors errors)
    {
        body.RefuseOthers("a grant", "amount", "kind", "priority", "expiresAt", "appliesTo", "name", "rolloverPercent", "rolloverDays");
        return new CreditTerms(
            body.RequiredDecimal("amount"), body.Word<CreditKind>("kind"), body.OptionalWhole("priority") ?? CreditGrant.PriorityDefault,
            body.OptionalInstant("expiresAt"), body.Texts("appliesTo", errors), body.OptionalText("name"))
        {
            RolloverPercent = body.OptionalDecimal("rolloverPercent"),
            RolloverDays = body.OptionalWhole("rolloverDays"),
        };
    }
}

/// <summary>A customer's credits as they are answered. Amounts are in major units, with the digits of the currency.</summary>
/// <param name="Currency">ISO 4217 code.</param>
/// <param name="Balance">What is left in all.</param>
/// <param name="Live">Of it, what usage that is not invoiced yet does not claim.</param>
/// <param name="Claimed">What that usage claims.</param>
/// <param name="NextExpiry">When the next of it expires; null for never.</param>
/// <param name="Prepaid">Of it, prepaid.</param>
/// <param name="Promotional">Of it, promotional.</param>
/// <param name="Grants">What was granted; those with something left first.</param>
/// <param name="Ledger">What happened to it, the newest first.</param>
public sealed record CreditsResponse(
    string Currency, string Balance, string Live, string Claimed, DateTimeOffset? NextExpiry, string Prepaid, string Promotional, IReadOnlyList<CreditGrantResponse> Grants, IReadOnlyList<CreditMoveResponse> Ledger)
{
    internal static CreditsResponse Of(CreditStand stand, CreditBalance live)
    {
        var (prepaid, promotional) = (stand.Left(CreditKind.Prepaid), stand.Left(CreditKind.Promotional));
        return new(
            stand.Currency.Code, Text(prepaid + promotional), Text(live.Live), Text(live.Claimed), live.NextExpiry, Text(prepaid), Text(promotional), [.. stand.Grants.Select(CreditGrantResponse.Of)],
            [.. stand.Moves.Select(move => new CreditMoveResponse(move.GrantId, move.Kind, Text(new Money(move.Amount, stand.Currency)), move.Invoice, move.At))]);
    }

    internal static string Text(Money money) => money.ToDigits();
}

/// <summary>A grant as it is answered.</summary>
/// <param name="Id">Identifies it.</param>
/// <param name="Kind">Prepaid or promotional.</param>
/// <param name="Name">What the customer reads.</param>
/// <param name="Amount">What was granted.</param>
/// <param name="Left">What is left of it.</param>
/// <param name="Priority">Lower ones are used first.</param>
/// <param name="ExpiresAt">When what is left is lost; null for never.</param>
/// <param name="AppliesTo">Keys of the prices that it pays for; empty for all.</param>
/// <param name="GrantedAt">When it was granted.</param>
/// <param name="RolloverPercent">The share that moves into a new grant at expiry; null for none.</param>
/// <param name="RolledFrom">The grant whose rest it is; null for others.</param>
public sealed record CreditGrantResponse(
    Guid Id, CreditKind Kind, string? Name, string Amount, string Left, int Priority, DateTimeOffset? ExpiresAt, IReadOnlyList<string> AppliesTo, DateTimeOffset GrantedAt,
    decimal? RolloverPercent, Guid? RolledFrom)
{
    internal static CreditGrantResponse Of(CreditGrant grant)
    {
        var currency = Currency.Of(grant.Currency);
        return new(
            grant.Id, grant.Kind, grant.Name, CreditsResponse.Text(new Money(grant.Amount, currency)), CreditsResponse.Text(new Money(grant.Left, currency)),
            grant.Priority, grant.ExpiresAt, grant.AppliesTo, grant.GrantedAt, grant.RolloverPercent, grant.RolledFrom);
    }
}

/// <summary>What happened to a grant.</summary>
/// <param name="Grant">The grant.</param>
/// <param name="Kind">What happened.</param>
/// <param name="Amount">How much.</param>
/// <param name="Invoice">The invoice that used it; null for others.</param>
/// <param name="At">When.</param>
public sealed record CreditMoveResponse(Guid Grant, CreditMoveKind Kind, string Amount, string? Invoice, DateTimeOffset At);
