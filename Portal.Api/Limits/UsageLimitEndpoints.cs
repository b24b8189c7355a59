using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Portal.Domain.Accounts;
using Portal.Domain.Invoicing;
using Portal.Domain.Limits;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Api.Limits;

/// <summary>A customer's limits on parts of its usage, such as a meter or an API key: <c>/v1/customers/{key}/limits</c>.</summary>
public static class UsageLimitEndpoints
{
    private static readonly string[] s_fields = ["meter", "feature", "match", "amount", "quantity", "kind", "softPercent", "alerts"];

    // What is answered beyond that; a PUT of what was read is no error.
    private static readonly string[] s_readOnly = ["key", "used", "remaining", "percent", "blocked", "notBilled", "resetsAt"];

    /// <summary>Maps the endpoints.</summary>
    public static void MapUsageLimits(this IEndpointRouteBuilder app)
    {
        var limits = app.MapGroup("/v1/customers/{customer}/limits").WithTags("Limits");
        limits.MapGet("", List).Needs(Permission.ReadBilling).WithSummary("Limits on parts of usage, with what is used of each.");
        limits.MapGet("/{limit}", Get).Needs(Permission.ReadBilling).WithSummary("One of them.");
        limits.MapPut("/{limit}", Put)
            .Needs(Permission.ManageLimits)
            .Takes("""{"match":{"api_key":"prod"},"amount":"20.00","kind":"hard","softPercent":"10","alerts":[80,100]}""")
            .Produces<UsageLimitResponse>(StatusCodes.Status201Created)
            .WithSummary("Limit a meter, a feature, or a group of usage such as an API key, in money or in units. Access to that part alone is refused.");
        limits.MapDelete("/{limit}", Delete).Needs(Permission.ManageLimits).WithSummary("Remove it. What it kept off the bill stays off.");
    }

    private static async Task<Ok<Listing<UsageLimitResponse>>> List(
        string customer, [AsParameters] ListQuery list, HttpContext context, SpendReader spends, Register register, CancellationToken cancellation)
    {
        var rows = await Stands(context.Actor(), customer, spends, register, cancellation);
        var page = rows.Where(row => list.IsAfter(row.Key)).Take(list.Take).ToList();
        return TypedResults.Ok(list.Page(page, row => row.Key, row => row));
    }

    private static async Task<Ok<UsageLimitResponse>> Get(
        string customer, string limit, HttpContext context, SpendReader spends, Register register, CancellationToken cancellation) =>
        TypedResults.Ok((await Stands(context.Actor(), customer, spends, register, cancellation)).FirstOrDefault(row => row.Key == limit) ?? throw Refusal.NotFound("limit", limit));

    private static async Task<Results<Ok<UsageLimitResponse>, Created<UsageLimitResponse>>> Put(
        string customer, string limit, JsonElement body, HttpContext context, UsageLimitWriter writer, SpendMeter meter, SpendReader spends, Register register,
        CancellationToken cancellation)
    {
        var terms = Input.Read(body, Terms);
        var (set, isNew) = await writer.Set(context.Actor(), customer, limit, terms, cancellation);

        // The answer says what it stops, and access says the same from here on.
        await meter.BringUpToDate(set.CustomerId, cancellation);
        var stand = (await Stands(context.Actor(), customer, spends, register, cancellation)).First(row => row.Key == limit);
        return isNew ? TypedResults.Created($"/v1/customers/{customer}/limits/{limit}", stand) : TypedResults.Ok(stand);
    }

    private static async Task<NoContent> Delete(string customer, string limit, HttpContext context, UsageLimitWriter writer, CancellationToken cancellation)
    {
        await writer.Remove(context.Actor(), customer, limit, cancellation);
        return TypedResults.NoContent();
    }

    private static async Task<IReadOnlyList<UsageLimitResponse>> Stands(
        Actor actor, string customer, SpendReader spends, Register register, CancellationToken cancellation)
    {
        var entry = register.Now.Customer(actor, Permission.ReadBilling, customer);
        var spend = entry.Limits.IsEmpty ? null : await spends.Current(entry, cancellation);
        return [.. entry.Limits.Select(limit => UsageLimitResponse.Of(
            spend?.Parts.FirstOrDefault(part => part.Limit.Key == limit.Key) ?? new UsageLimitStand(limit, null, 0, 0), spend?.Period.End))];
    }

    private static UsageLimitTerms Terms(InputObject body, FieldErrors errors)
    {
        body.RefuseOthers("a limit", [.. s_fields, .. s_readOnly]);
        return new UsageLimitTerms(
            body.OptionalText("meter"), body.OptionalText("feature"), body.TextMap("match", errors), body.OptionalDecimal("amount"), body.OptionalDecimal("quantity"),
            body.OptionalWord<LimitKind>("kind") ?? LimitKind.Hard, body.OptionalDecimal("softPercent") ?? SpendingLimit.SoftPercentDefault,
            LimitEndpoints.Alerts(body, errors));
    }
}

/// <summary>A limit on a part of usage, with where the customer stands. Figures are in money where it has an amount, else in units.</summary>
/// <param name="Key">The customer's own identifier of it.</param>
/// <param name="Meter">The meter that counts; null for none in particular.</param>
/// <param name="Feature">The feature that it is about; null for none.</param>
/// <param name="Match">The group that counts, by its properties.</param>
/// <param name="Amount">The limit in money; null where units are limited.</param>
/// <param name="Quantity">The limit in units; null where money is limited.</param>
/// <param name="Kind">Hard or soft.</param>
/// <param name="SoftPercent">The soft band in percent of the limit.</param>
/// <param name="Alerts">Percentages that mail.</param>
/// <param name="Used">What is used of it in the running period.</param>
/// <param name="Remaining">What may be used until access ends.</param>
/// <param name="Percent">What is used, in percent of it.</param>
/// <param name="Blocked">Whether access to its part is refused by it.</param>
/// <param name="NotBilled">What it keeps off the bill, in money.</param>
/// <param name="ResetsAt">When it counts from zero again; null while no subscription runs.</param>
public sealed record UsageLimitResponse(
    string Key, string? Meter, string? Feature, IReadOnlyDictionary<string, string> Match, decimal? Amount, decimal? Quantity, LimitKind Kind, decimal SoftPercent,
    IReadOnlyList<int> Alerts, decimal Used, decimal Remaining, decimal Percent, bool Blocked, decimal NotBilled, DateTimeOffset? ResetsAt)
{
    internal static UsageLimitResponse Of(UsageLimitStand stand, DateTimeOffset? resetsAt) => new(
        stand.Limit.Key, stand.Limit.Meter, stand.Limit.Feature, stand.Limit.Match, stand.Limit.Amount, stand.Limit.Quantity, stand.Limit.Kind, stand.Limit.SoftPercent,
        stand.Limit.Alerts, decimal.Round(stand.Used, 12), decimal.Round(stand.Remaining, 12), Math.Round(stand.Percent, 1), stand.IsReached, decimal.Round(stand.NotBilled, 12), resetsAt);
}
