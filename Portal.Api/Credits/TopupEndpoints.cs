using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Portal.Api.Invoicing;
using Portal.Domain.Accounts;
using Portal.Domain.Credits;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Api.Credits;

/// <summary>Buying credits: <c>/v1/customers/{key}/credits/topups</c> and <c>/v1/customers/{key}/auto-topup</c>.</summary>
public static class TopupEndpoints
{
    /// <summary>Maps the endpoints.</summary>
    public static void MapTopups(this IEndpointRouteBuilder app)
    {
        var customer = app.MapGroup("/v1/customers/{customer}").WithTags("Credits");
        customer.MapPost("/credits/topups", Buy)
            .Needs(Permission.ManageBilling)
            .Takes("""{"amount":"100.00"}""")
            .WithSummary("Buy prepaid credits with the saved card. They are there when the money is; a draft in the answer says that the card processor has not answered yet.");
        customer.MapPut("/auto-topup", Put)
            .Needs(Permission.ManageBilling)
            .Takes("""{"below":"20.00","amount":"100.00","monthlyMax":"300.00"}""")
            .WithSummary("Buy credits by itself when the live balance falls below an amount, at most so much in a calendar month. Setting it again lets a stopped one go on.");
        customer.MapGet("/auto-topup", Get).Needs(Permission.ReadBilling).WithSummary("The rule, and whether a failed charge has stopped it.");
        customer.MapDelete("/auto-topup", Delete).Needs(Permission.ManageBilling).WithSummary("Remove the rule.");
    }

    private static async Task<Created<InvoiceResponse>> Buy(string customer, JsonElement body, HttpContext context, TopupWriter writer, CancellationToken cancellation)
    {
        var amount = Input.Read(body, (fields, _) =>
        {
            fields.RefuseOthers("a purchase", "amount");
            return fields.RequiredDecimal("amount");
        });
        var invoice = await writer.Buy(context.Actor(), customer, amount, cancellation);
        return TypedResults.Created($"/v1/invoices/{invoice.Number ?? invoice.Id.ToString()}", InvoiceResponse.Of(invoice));
    }

    private static async Task<Ok<AutoTopupResponse>> Put(
        string customer, JsonElement body, HttpContext context, AutoTopupWriter writer, Register register, CancellationToken cancellation)
    {
        var terms = Input.Read(body, (fields, _) =>
        {
            // A PUT of what was read is no error.
            fields.RefuseOthers("a rule", "below", "amount", "monthlyMax", "pausedAt", "pausedFor");
            return new AutoTopupTerms(fields.RequiredDecimal("below"), fields.RequiredDecimal("amount"), fields.RequiredDecimal("monthlyMax"));
        });
        var rule = await writer.Set(context.Actor(), customer, terms, cancellation);
        return TypedResults.Ok(AutoTopupResponse.Of(rule, register.Now.ByKey[customer].Customer));
    }

    private static async Task<Ok<AutoTopupResponse>> Get(string customer, HttpContext context, AutoTopupWriter writer, Register register, CancellationToken cancellation) =>
        await writer.Find(context.Actor(), customer, cancellation) is { } rule
            ? TypedResults.Ok(AutoTopupResponse.Of(rule, register.Now.ByKey[customer].Customer))
            : throw new Refusal(RefusalKind.NotFound, "no_auto_topup", $"Customer '{customer}' buys no credits by itself. PUT /v1/customers/{customer}/auto-topup sets a rule.");

    private static async Task<NoContent> Delete(string customer, HttpContext context, AutoTopupWriter writer, CancellationToken cancellation)
    {
        await writer.Remove(context.Actor(), customer, cancellation);
        return TypedResults.NoContent();
    }
}

/// <summary>A rule as it is answered, in major units of the customer's currency.</summary>
/// <param name="Below">Credits are bought when the live balance falls below this.</param>
/// <param name="Amount">What is bought at once.</param>
/// <param name="MonthlyMax">The most in a calendar month of the customer's zone.</param>
/// <param name="PausedAt">When a failed charge stopped it; null while it works.</param>
/// <param name="PausedFor">Why; null while it works.</param>
public sealed record AutoTopupResponse(string Below, string Amount, string MonthlyMax, DateTimeOffset? PausedAt, string? PausedFor)
{
    internal static AutoTopupResponse Of(AutoTopup rule, Customer customer)
    {
        string Text(long minor) => CreditsResponse.Text(new Money(minor, Currency.Of(customer.Currency)));
        return new(Text(rule.Below), Text(rule.Amount), Text(rule.MonthlyMax), rule.PausedAt, rule.PausedFor);
    }
}
