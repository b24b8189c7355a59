using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Portal.Domain.Accounts;
using Portal.Domain.Values;

namespace Portal.Api.Accounts;

/// <summary>Who sells: <c>/v1/company</c>.</summary>
public static class CompanyEndpoints
{
    /// <summary>Maps the endpoints.</summary>
    public static void MapCompany(this IEndpointRouteBuilder app)
    {
        var company = app.MapGroup("/v1/company").WithTags("Company");
        company.MapPut("", Put)
            .Needs(Permission.ManageOperations)
            .Takes("""
                {"name":"Atlas AI GmbH","address":{"line1":"Allee 7","postalCode":"10115","city":"Berlin","country":"DE"},"taxId":"DE123456789",
                "bankDetails":{"IBAN":"DE02 1203 0000 0000 2020 51","BIC":"BYLADEM1001"},"branding":{"color":"#0b5fff","footer":"Atlas AI GmbH, Berlin"}}
                """)
            .WithSummary("Say who sells: what stands on invoices as their issuer.");
        company.MapGet("", Get).Needs(Permission.ReadBilling).WithSummary("Who sells.");
    }

    private static async Task<Results<Ok<CompanyDetails>, Created<CompanyDetails>>> Put(
        JsonElement body, HttpContext context, CompanyWriter writer, CancellationToken cancellation)
    {
        var details = Input.Read(body, Details);
        return await writer.Put(context.Actor(), details, cancellation) ? TypedResults.Created("/v1/company", details) : TypedResults.Ok(details);
    }

    private static async Task<Ok<CompanyDetails>> Get(HttpContext context, CompanyReader reader, CancellationToken cancellation) =>
        TypedResults.Ok(await reader.Read(context.Actor(), cancellation)
            ?? throw new Refusal(RefusalKind.NotFound, "not_found", "Nothing is said about the seller yet. PUT /v1/company says it."));

    private static CompanyDetails Details(InputObject body, FieldErrors errors)
    {
        body.RefuseOthers("a company", "name", "address", "taxId", "bankDetails", "branding");
        return new CompanyDetails(body.Text("name", "Give the company's legal name."))
        {
            Address = body.Find("address") is { } address ? AddressInput.Read(address, "address", errors) : null,
            TaxId = body.OptionalText("taxId"),
            BankDetails = body.TextMap("bankDetails", errors),
            Branding = body.TextMap("branding", errors),
        };
    }
}
