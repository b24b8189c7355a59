using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Portal.Domain.Accounts;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Api.Accounts;

/// <summary>How a customer's invoices are made out: <c>/v1/customers/{key}/billing-details</c>.</summary>
public static class BillingDetailsEndpoints
{
    /// <summary>Maps the endpoints.</summary>
    public static void MapBillingDetails(this IEndpointRouteBuilder app)
    {
        var details = app.MapGroup("/v1/customers/{customer}/billing-details").WithTags("Customers");
        details.MapPut("", Put)
            .Needs(Permission.ManageBilling)
            .Takes("""
                {"legalName":"Acme Holding GmbH","poNumber":"PO-4711","invoiceEmails":["ap@acme.example"],"country":"DE","taxId":"DE123456789",
                "address":{"line1":"Weg 1","postalCode":"10115","city":"Berlin"},"locale":"de-DE"}
                """)
            .WithSummary("Replace how the customer's invoices are made out. It holds for the next invoices; issued ones stay as they are.");
        details.MapGet("", Get).Needs(Permission.ReadBilling).WithSummary("How the customer's invoices are made out.");
    }

    private static async Task<Ok<BillingDetailsResponse>> Put(
        string customer, JsonElement body, HttpContext context, BillingDetailsWriter writer, CancellationToken cancellation) =>
        TypedResults.Ok(BillingDetailsResponse.Of(await writer.Put(context.Actor(), customer, Input.Read(body, Details), cancellation)));

    private static Ok<BillingDetailsResponse> Get(string customer, HttpContext context, Register register) =>
        TypedResults.Ok(BillingDetailsResponse.Of(register.Now.Customer(context.Actor(), Permission.ReadBilling, customer).Customer));

    private static BillingDetails Details(InputObject body, FieldErrors errors)
    {
        body.RefuseOthers("billing details", "legalName", "poNumber", "invoiceEmails", "address", "country", "taxId", "locale");
        return new BillingDetails
        {
            LegalName = body.OptionalText("legalName"),
            PoNumber = body.OptionalText("poNumber"),
            InvoiceEmails = body.Texts("invoiceEmails", errors),
            Address = body.Find("address") is { } address ? AddressInput.Read(address, body.PathOf("address"), errors) : null,
            Country = body.OptionalText("country"),
            TaxId = body.OptionalText("taxId"),
            Locale = body.OptionalText("locale") ?? CustomerDetails.LocaleDefault,
        };
    }
}

/// <summary>How a customer's invoices are made out, as it is answered.</summary>
/// <param name="LegalName">The name under which it is registered; null where that is its name.</param>
/// <param name="PoNumber">Its own purchase order or reference.</param>
/// <param name="InvoiceEmails">Where invoices go besides its own address.</param>
/// <param name="Address">The postal address.</param>
/// <param name="Country">The country, which decides the tax.</param>
/// <param name="TaxId">The tax number.</param>
/// <param name="Locale">The language of mails, and how amounts and dates read.</param>
public sealed record BillingDetailsResponse(
    string? LegalName, string? PoNumber, IReadOnlyList<string> InvoiceEmails, PostalAddress? Address, string? Country, string? TaxId, string Locale)
{
    internal static BillingDetailsResponse Of(Customer customer) => new(
        customer.LegalName, customer.PoNumber, customer.InvoiceEmails, customer.Address, customer.Country, customer.TaxId, customer.Locale);
}
