using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Portal.Api.Catalog;
using Portal.Domain.Accounts;
using Portal.Domain.Values;

namespace Portal.Api.Accounts;

/// <summary>Who buys: <c>/v1/customers</c>.</summary>
public static class CustomerEndpoints
{
    private static readonly string[] s_fields = ["name", "email", "currency", "timeZone", "country", "taxId", "taxExempt", "address", "locale", "billing"];

    // What GET answers beyond that; a PUT of what was read is no error.
    private static readonly string[] s_readOnly = ["key", "createdAt"];

    /// <summary>Maps the endpoints.</summary>
    public static void MapCustomers(this IEndpointRouteBuilder app)
    {
        var customers = app.MapGroup("/v1/customers").WithTags("Customers");
        customers.MapPut("/{customer}", Put)
            .Needs(Permission.ManageCustomers)
            .Takes("""
                {"name":"Acme","email":"billing@acme.example","currency":"USD","timeZone":"Europe/Berlin","country":"DE","taxId":null,
                "address":{"line1":"Weg 1","postalCode":"10115","city":"Berlin"},"locale":"de-DE","billing":null}
                """)
            .WithSummary("Create a customer, or replace what is said about it. Sends no mail.");
        customers.MapGet("/{customer}", Get).Needs(Permission.ReadBilling).WithSummary("One customer.");
        customers.MapGet("", List).Needs(Permission.ReadCustomers).WithSummary("All customers, in the order of their creation.");
    }

    private static async Task<Results<Ok<CustomerResponse>, Created<CustomerResponse>>> Put(
        string customer, JsonElement body, HttpContext context, CustomerWriter writer, CancellationToken cancellation)
    {
        var (stored, isNew) = await writer.Put(context.Actor(), customer, Input.Read(body, Details), cancellation);
        var answer = CustomerResponse.Of(stored);
        return isNew ? TypedResults.Created($"/v1/customers/{customer}", answer) : TypedResults.Ok(answer);
    }

    private static Ok<CustomerResponse> Get(string customer, HttpContext context, CustomerReader reader) =>
        TypedResults.Ok(CustomerResponse.Of(reader.Find(context.Actor(), customer)));

    private static async Task<Ok<Listing<CustomerResponse>>> List(
        [AsParameters] ListQuery list, HttpContext context, CustomerReader reader, CancellationToken cancellation)
    {
        var rows = await reader.List(context.Actor(), list.AfterNumber, list.Take, cancellation);
        return TypedResults.Ok(list.Page(rows, row => row.Id, CustomerResponse.Of));
    }

    private static CustomerDetails Details(InputObject body, FieldErrors errors)
    {
        body.RefuseOthers("a customer", [.. s_fields, .. s_readOnly]);
        return new CustomerDetails(
            body.Text("name", "Give the customer's name."),
            body.Text("email", "Give the address for alerts and invoices."),
            body.Text("currency", "Give the currency, such as \"USD\"."))
        {
            TimeZone = body.OptionalText("timeZone") ?? CustomerDetails.TimeZoneDefault,
            Country = body.OptionalText("country"),
            TaxId = body.OptionalText("taxId"),
            TaxExempt = body.OptionalText("taxExempt"),
            Address = body.Find("address") is { } address ? AddressInput.Read(address, body.PathOf("address"), errors) : null,
            Locale = body.OptionalText("locale") ?? CustomerDetails.LocaleDefault,
            Billing = body.Find("billing") is { } billing ? BillingInput.Read(billing, body.PathOf("billing"), errors) : null,
        };
    }
}

/// <summary>A customer as it is answered.</summary>
public sealed record CustomerResponse(
    string Key, string Name, string Email, string Currency, string TimeZone, string? Country, string? TaxId, string? TaxExempt,
    PostalAddress? Address, string Locale, BillingResponse? Billing, DateTimeOffset CreatedAt)
{
    internal static CustomerResponse Of(Customer customer) => new(
        customer.Key, customer.Name, customer.Email, customer.Currency, customer.TimeZone, customer.Country, customer.TaxId, customer.TaxExempt,
        customer.Address, customer.Locale, BillingResponse.Of(customer.Billing), customer.CreatedAt);
}
