using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Portal.Domain.Accounts;
using Portal.Domain.Invoicing;
using Portal.Domain.Values;

namespace Portal.Api.Catalog;

/// <summary>What a draft would have meant for the past: <c>/v1/rate-cards/{key}/simulate</c>.</summary>
public static class SimulationEndpoints
{
    private const int MonthsByDefault = 3;

    /// <summary>Maps the endpoint.</summary>
    public static void MapSimulation(this IEndpointRouteBuilder app) => app.MapPost("/v1/rate-cards/{card}/simulate", Simulate)
        .Needs(Permission.ManageCatalog)
        .Takes("""{"months":3,"customers":["acme"],"running":true}""")
        .WithTags("Catalog")
        .WithSummary("Rate real past usage on the draft: what was, what would be, and the difference, customer by customer. Nothing is stored.");

    private static async Task<Ok<SimulationResponse>> Simulate(
        string card, JsonElement? body, HttpContext context, SimulationReader reader, CancellationToken cancellation)
    {
        var question = Input.ReadOptional(body, new SimulationQuestion(card, MonthsByDefault), (fields, errors) => Question(card, fields, errors));
        return TypedResults.Ok(SimulationResponse.Of(await reader.Run(context.Actor(), question, null, cancellation)));
    }

    private static SimulationQuestion Question(string card, InputObject body, FieldErrors errors)
    {
        body.RefuseOthers("a simulation", "months", "customers", "running");
        var everyone = body.Find("customers") is { ValueKind: JsonValueKind.String } word && word.GetString() == "all";
        var hasList = !everyone && body.Find("customers") is not null;
        return new SimulationQuestion(card, body.OptionalWhole("months") ?? MonthsByDefault)
        {
            Customers = hasList ? body.Texts("customers", errors) : null,
            Everyone = everyone,
            WithRunning = body.OptionalTruth("running") ?? true,
        };
    }
}

/// <summary>A simulation as it is answered. Amounts are as on the invoice: after discounts and the cap, before credits and tax.</summary>
/// <param name="RateCard">The card.</param>
/// <param name="IsDraft">False where nothing was changed since the newest version, which was simulated then.</param>
/// <param name="Months">How far back.</param>
/// <param name="From">Periods that ended after this instant are in it.</param>
/// <param name="AsOf">When it was read.</param>
/// <param name="Customers">Those that were rated, by name.</param>
/// <param name="Skipped">Those that were not, with the reason.</param>
/// <param name="Totals">The sums, by currency.</param>
/// <param name="Histogram">How many customers' bills would have changed by how much.</param>
public sealed record SimulationResponse(
    string RateCard, bool IsDraft, int Months, DateTimeOffset From, DateTimeOffset AsOf, IReadOnlyList<SimulatedCustomerResponse> Customers,
    IReadOnlyList<SkippedCustomerResponse> Skipped, IReadOnlyList<SimulationTotalResponse> Totals, IReadOnlyList<ChangeBucketResponse> Histogram)
{
    internal static SimulationResponse Of(Simulation simulation) => new(
        simulation.Card.Key, simulation.Card.Draft is not null, simulation.Question.Months, simulation.From, simulation.AsOf,
        [.. simulation.Customers.Select(SimulatedCustomerResponse.Of)],
        [.. simulation.Skipped.Select(skipped => new SkippedCustomerResponse(skipped.Customer.Key, skipped.Customer.Name, skipped.Code, skipped.Reason))],
        [.. simulation.Totals.Select(SimulationTotalResponse.Of)],
        [.. simulation.Histogram.Select(bucket => new ChangeBucketResponse(bucket.From, bucket.To, bucket.Customers))]);

    internal static string Amount(Money money) => money.ToDigits();

    internal static decimal? Percent(decimal? percent) => percent is { } exact ? Math.Round(exact, 2, MidpointRounding.AwayFromZero) : null;
}

/// <summary>What the card would have meant for one customer. <c>percent</c> is null where it paid nothing before.</summary>
public sealed record SimulatedCustomerResponse(
    string Customer, string Name, string Currency, string Was, string WouldBe, string Delta, decimal? Percent, IReadOnlyList<SimulatedPeriodResponse> Periods)
{
    internal static SimulatedCustomerResponse Of(SimulatedCustomer one) => new(
        one.Customer.Key, one.Customer.Name, one.Customer.Currency, SimulationResponse.Amount(one.Was), SimulationResponse.Amount(one.WouldBe),
        SimulationResponse.Amount(one.Delta), SimulationResponse.Percent(one.Percent),
        [.. one.Periods.Select(period => new SimulatedPeriodResponse(
            period.Period.Start, period.Period.End, period.IsRunning, SimulationResponse.Amount(period.Was), SimulationResponse.Amount(period.WouldBe)))]);
}

/// <summary>One billing period of a customer; <c>running</c> where it has not ended.</summary>
public sealed record SimulatedPeriodResponse(DateTimeOffset Start, DateTimeOffset End, bool Running, string Was, string WouldBe);

/// <summary>Who was not rated, and why.</summary>
public sealed record SkippedCustomerResponse(string Customer, string Name, string Code, string Reason);

/// <summary>The customers of one currency together.</summary>
public sealed record SimulationTotalResponse(
    string Currency, int Customers, string Was, string WouldBe, string Delta, decimal? Percent, int PayMore, int PayLess, int Unchanged)
{
    internal static SimulationTotalResponse Of(SimulationTotal total) => new(
        total.Currency.Code, total.Customers, SimulationResponse.Amount(total.Was), SimulationResponse.Amount(total.WouldBe),
        SimulationResponse.Amount(total.Delta), SimulationResponse.Percent(total.Percent), total.PayMore, total.PayLess, total.Unchanged);
}

/// <summary>How many customers' change lies above <c>from</c> percent, up to <c>to</c>; null is open, 0 to 0 is no change.</summary>
public sealed record ChangeBucketResponse(decimal? From, decimal? To, int Customers);
