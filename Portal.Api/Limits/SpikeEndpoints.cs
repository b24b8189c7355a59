using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Portal.Domain.Accounts;
using Portal.Domain.Limits;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Api.Limits;

/// <summary>The kill switch: <c>/v1/customers/{key}/spike-rule</c> and <c>/v1/spikes</c>.</summary>
public static class SpikeEndpoints
{
    /// <summary>Maps the endpoints.</summary>
    public static void MapSpikes(this IEndpointRouteBuilder app)
    {
        app.MapPut("/v1/customers/{customer}/spike-rule", Put)
            .Needs(Permission.ManageLimits)
            .Takes("""{"percent":"300","floor":"5","on":true}""")
            .WithTags("Limits")
            .WithSummary("When a rise of activity pauses access: an increase of so many percent over what is usual, for two quarter-hours, above a floor an hour.");
        app.MapGet("/v1/customers/{customer}/spike-rule", Get).Needs(Permission.ReadBilling).WithTags("Limits").WithSummary("The rule that holds.");
        app.MapGet("/v1/spikes", List).Needs(Permission.ReadBilling).WithTags("Limits").WithSummary("Spikes that paused access, the newest first.");
    }

    private static async Task<Ok<SpikeRuleResponse>> Put(string customer, JsonElement body, HttpContext context, SpikeWriter writer, CancellationToken cancellation)
    {
        var rule = Input.Read(body, Rule);
        return TypedResults.Ok(SpikeRuleResponse.Of(await writer.SetRule(context.Actor(), customer, rule, cancellation)));
    }

    private static Ok<SpikeRuleResponse> Get(string customer, HttpContext context, Register register) =>
        TypedResults.Ok(SpikeRuleResponse.Of(register.Now.Customer(context.Actor(), Permission.ReadBilling, customer).Spike));

    private static async Task<Ok<Listing<SpikeResponse>>> List(
        [FromQuery] string? customer, [AsParameters] ListQuery list, HttpContext context, SpikeReader spikes, CancellationToken cancellation)
    {
        var before = list.AfterNumber is var number && number == long.MinValue ? (long?)null : number;
        var rows = await spikes.List(context.Actor(), string.IsNullOrEmpty(customer) ? null : customer, before, list.Take, cancellation);
        return TypedResults.Ok(list.Page(rows, row => row.Spike.Id, SpikeResponse.Of));
    }

    private static SpikeRule Rule(InputObject body, FieldErrors errors)
    {
        body.RefuseOthers("a spike rule", "percent", "floor", "on");
        return new SpikeRule(
            body.OptionalDecimal("percent") ?? SpikeRule.Default.Percent, body.OptionalDecimal("floor") ?? SpikeRule.Default.Floor,
            body.OptionalTruth("on") ?? SpikeRule.Default.On);
    }
}

/// <summary>A spike rule as it is answered.</summary>
/// <param name="Percent">The increase over what is usual, in percent.</param>
/// <param name="Floor">Activity an hour below which nothing is a spike, in the customer's currency.</param>
/// <param name="On">Whether the rule is looked at.</param>
public sealed record SpikeRuleResponse(decimal Percent, decimal Floor, bool On)
{
    internal static SpikeRuleResponse Of(SpikeRule rule) => new(rule.Percent, rule.Floor, rule.On);
}

/// <summary>A spike as it is answered. Amounts are activity in a quarter-hour, in the customer's currency.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Customer">The customer's key.</param>
/// <param name="FoundAt">When it was found.</param>
/// <param name="Window">The start of the quarter-hour.</param>
/// <param name="Value">What came by then.</param>
/// <param name="Baseline">What is usual.</param>
/// <param name="Percent">What came in percent of that; null where nothing is usual.</param>
/// <param name="ResumedAt">When access was resumed; null while the pause holds.</param>
/// <param name="ResumedBy">By whom.</param>
/// <param name="FalsePositive">Whether somebody said that it was none.</param>
public sealed record SpikeResponse(
    long Id, string Customer, DateTimeOffset FoundAt, DateTimeOffset Window, decimal Value, decimal Baseline, decimal? Percent,
    DateTimeOffset? ResumedAt, string? ResumedBy, bool FalsePositive)
{
    internal static SpikeResponse Of(SpikeRow row) => new(
        row.Spike.Id, row.Entry.Customer.Key, row.Spike.FoundAt, row.Spike.WindowStart, row.Spike.Value, row.Spike.Baseline,
        row.Percent is { } percent ? Math.Round(percent, 1) : null, row.Spike.ResumedAt, row.Spike.ResumedBy, row.Spike.FalsePositiveBy is not null);
}
