using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Portal.Domain.Accounts;
using Portal.Domain.Invoicing;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Api.Invoicing;

/// <summary>Credits for an outage: <c>/v1/outages</c>.</summary>
public static class OutageEndpoints
{
    private const string Example =
        """{"key":"2026-03-12-api","name":"Errors on 12 March","from":"2026-03-12T10:00:00Z","to":"2026-03-12T14:00:00Z","percent":"100","customers":["acme"]}""";

    /// <summary>Maps the endpoints.</summary>
    public static void MapOutages(this IEndpointRouteBuilder app)
    {
        var outages = app.MapGroup("/v1/outages").WithTags("Credits");
        outages.MapPost("/preview", Preview).Needs(Permission.ManageInvoices).Takes(Example)
            .WithSummary("What customers used in some hours, what it costs, and the credits that a share of it comes to. Nothing is given.");
        outages.MapPost("", Apply).Needs(Permission.ManageInvoices).Takes(Example)
            .WithSummary("Give promotional credits for an outage, once to each customer. Sends each a mail.");
        outages.MapGet("", List).Needs(Permission.ManageInvoices).WithSummary("Outages that customers were given credits for, the newest first. At most 1,000.");
    }

    private static async Task<Ok<OutagePreviewResponse>> Preview(JsonElement body, HttpContext context, OutageReader reader, CancellationToken cancellation) =>
        TypedResults.Ok(OutagePreviewResponse.Of(await reader.Preview(context.Actor(), Input.Read(body, Terms), cancellation)));

    private static async Task<Created<OutageResponse>> Apply(JsonElement body, HttpContext context, OutageWriter writer, Register register, CancellationToken cancellation) =>
        TypedResults.Created("/v1/outages", OutageResponse.Of(await writer.Apply(context.Actor(), Input.Read(body, Terms), cancellation), register.Now));

    private static async Task<Ok<Listing<OutageResponse>>> List(
        [AsParameters] ListQuery list, HttpContext context, OutageReader reader, Register register, CancellationToken cancellation) =>
        TypedResults.Ok(new Listing<OutageResponse>(
            [.. (await reader.List(context.Actor(), list.Size, cancellation)).Select(outage => OutageResponse.Of(outage, register.Now))], null));

    private static OutageTerms Terms(InputObject body, FieldErrors errors)
    {
        body.RefuseOthers("an outage", "key", "name", "from", "to", "percent", "customers", "all");
        return new OutageTerms(
            body.Text("key", Identifier.Rule), body.Text("name", "Say what customers read."), Required("from"), Required("to"),
            body.RequiredDecimal("percent"), body.OptionalTruth("all") ?? false, body.Texts("customers", errors));

        DateTimeOffset Required(string field)
        {
            if (body.Find(field) is null)
            {
                body.Refuse(field, "It is required: an instant such as 2026-02-05T10:00:00Z.");
            }

            return body.OptionalInstant(field) ?? default;
        }
    }
}

/// <summary>What would be given for an outage. Amounts are in major units, with the digits of the currency.</summary>
/// <param name="Customers">Customer by customer, in the order of their keys.</param>
/// <param name="Totals">What is given in all, by currency.</param>
public sealed record OutagePreviewResponse(IReadOnlyList<OutageShareResponse> Customers, IReadOnlyList<OutageTotalResponse> Totals)
{
    internal static OutagePreviewResponse Of(IReadOnlyList<OutageShare> shares) => new(
        [.. shares.Select(OutageShareResponse.Of)],
        [.. OutageShare.Totals(shares).Select(total => new OutageTotalResponse(total.Currency.Code, total.ToDigits()))]);
}

/// <summary>What is given in one currency.</summary>
/// <param name="Currency">ISO 4217 code.</param>
/// <param name="Amount">The sum.</param>
public sealed record OutageTotalResponse(string Currency, string Amount);

/// <summary>What one customer would be given.</summary>
/// <param name="Customer">The customer's key.</param>
/// <param name="Currency">ISO 4217 code.</param>
/// <param name="Used">What it used.</param>
/// <param name="Cost">What that costs, exact.</param>
/// <param name="Amount">What it would be given.</param>
/// <param name="Given">The outage for which it was given credits already; null for none.</param>
/// <param name="LeftOut">Keys of meters that cannot be cut into hours.</param>
public sealed record OutageShareResponse(
    string Customer, string Currency, IReadOnlyList<OutageUsageResponse> Used, decimal Cost, string Amount, string? Given, IReadOnlyList<string> LeftOut)
{
    internal static OutageShareResponse Of(OutageShare share) => new(
        share.Customer.Key, share.Amount.Currency.Code, [.. share.Used.Select(used => new OutageUsageResponse(used.Meter.Key, used.Quantity, used.Meter.Unit, used.Cost))],
        share.Cost, share.Amount.ToDigits(), share.Given, [.. share.LeftOut.Select(meter => meter.Key)]);
}

/// <summary>What a customer used of a meter.</summary>
/// <param name="Meter">The meter's key.</param>
/// <param name="Quantity">How much.</param>
/// <param name="Unit">Of what; null where nothing was said.</param>
/// <param name="Cost">What it costs, exact.</param>
public sealed record OutageUsageResponse(string Meter, decimal Quantity, string? Unit, decimal Cost);

/// <summary>An outage as it is answered.</summary>
/// <param name="Key">Identifies it.</param>
/// <param name="Name">What customers read.</param>
/// <param name="From">When it began.</param>
/// <param name="To">When it was over.</param>
/// <param name="Percent">The share that was given back.</param>
/// <param name="AppliedAt">When it was first applied.</param>
/// <param name="Credits">What was given.</param>
public sealed record OutageResponse(
    string Key, string Name, DateTimeOffset From, DateTimeOffset To, decimal Percent, DateTimeOffset AppliedAt, IReadOnlyList<OutageCreditResponse> Credits)
{
    internal static OutageResponse Of(Outage outage, RegisterState state) => new(
        outage.Key, outage.Name, outage.Start, outage.End, outage.Percent, outage.AppliedAt,
        [
            .. outage.Credits.Select(credit => new OutageCreditResponse(
                state.ById[credit.CustomerId].Customer.Key, credit.Currency, credit.Cost, new Money(credit.Amount, Currency.Of(credit.Currency)).ToDigits(), credit.GrantId)),
        ]);
}

/// <summary>What one customer was given.</summary>
/// <param name="Customer">The customer's key.</param>
/// <param name="Currency">ISO 4217 code.</param>
/// <param name="Cost">What its usage cost, exact.</param>
/// <param name="Amount">What it was given.</param>
/// <param name="Grant">The promotional credits.</param>
public sealed record OutageCreditResponse(string Customer, string Currency, decimal Cost, string Amount, Guid Grant);
