using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Portal.Domain.Accounts;
using Portal.Domain.Invoicing;
using Portal.Domain.Values;

namespace Portal.Api.Invoicing;

/// <summary>Which tax is charged where: <c>/v1/tax-rates</c>.</summary>
public static class TaxRateEndpoints
{
    private const string NameDefault = "VAT";

    /// <summary>Maps the endpoints.</summary>
    public static void MapTaxRates(this IEndpointRouteBuilder app)
    {
        var rates = app.MapGroup("/v1/tax-rates").WithTags("Company");
        rates.MapPut("", Put)
            .Needs(Permission.ManageOperations)
            .Takes("""{"rates":[{"country":"DE","rate":"19","name":"VAT"},{"country":"FR","rate":"20"}]}""")
            .WithSummary("Say which tax customers of each country are charged. It replaces all rates; an empty list charges none.");
        rates.MapGet("", Get).Needs(Permission.ReadCustomers).WithSummary("The rates, by country.");
    }

    private static async Task<Ok<TaxRatesResponse>> Put(JsonElement body, HttpContext context, TaxRateWriter writer, CancellationToken cancellation)
    {
        // The list alone says as much as the object around it.
        var rates = body.ValueKind == JsonValueKind.Array ? JsonSerializer.SerializeToElement(new Dictionary<string, JsonElement> { ["rates"] = body }) : body;
        await writer.Put(context.Actor(), Input.Read(rates, Rates), cancellation);
        return TypedResults.Ok(TaxRatesResponse.Of(writer.All(context.Actor())));
    }

    private static Ok<TaxRatesResponse> Get(HttpContext context, TaxRateWriter writer) => TypedResults.Ok(TaxRatesResponse.Of(writer.All(context.Actor())));

    private static List<TaxRate> Rates(InputObject body, FieldErrors errors)
    {
        body.RefuseOthers("tax rates", "rates");
        if (body.Find("rates") is null)
        {
            body.Refuse("rates", "Give the rates as a list; an empty one charges no tax.");
        }

        var rates = new List<TaxRate>();
        foreach (var (item, path) in body.Items("rates"))
        {
            if (InputObject.Of(item, path, errors, "Give a rate as an object, such as {\"country\":\"DE\",\"rate\":\"19\"}.") is { } fields)
            {
                fields.RefuseOthers("a tax rate", "country", "rate", "name");
                rates.Add(new TaxRate
                {
                    Country = fields.Text("country", "Give the country, such as \"DE\"."),
                    Percent = fields.RequiredDecimal("rate"),
                    Name = fields.OptionalText("name") ?? NameDefault,
                });
            }
        }

        return rates;
    }
}

/// <summary>The rates as they are answered.</summary>
/// <param name="Rates">By country.</param>
public sealed record TaxRatesResponse(IReadOnlyList<TaxRateResponse> Rates)
{
    internal static TaxRatesResponse Of(IReadOnlyList<TaxRate> rates) => new([.. rates.Select(rate => new TaxRateResponse(rate.Country, rate.Percent, rate.Name))]);
}

/// <summary>The rate of a country.</summary>
/// <param name="Country">ISO 3166-1 alpha-2 code.</param>
/// <param name="Rate">In percent.</param>
/// <param name="Name">What the tax is called on invoices.</param>
public sealed record TaxRateResponse(string Country, decimal Rate, string Name);
