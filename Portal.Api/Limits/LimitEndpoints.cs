using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Portal.Domain.Accounts;
using Portal.Domain.Limits;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Api.Limits;

/// <summary>A customer's cap and pauses: <c>/v1/customers/{key}/limit</c>, <c>/pause</c>, <c>/resume</c>.</summary>
public static class LimitEndpoints
{
    private static readonly string[] s_fields = ["amount", "kind", "softPercent", "alerts", "enforced", "forecastAlert"];

    // What PUT answers beyond that; a PUT of what was read is no error.
    private static readonly string[] s_readOnly = ["effect", "notice"];

    /// <summary>Maps the endpoints.</summary>
    public static void MapLimits(this IEndpointRouteBuilder app)
    {
        var customer = app.MapGroup("/v1/customers/{customer}").WithTags("Limits");
        customer.MapPut("/limit", Put)
            .Needs(Permission.ManageLimits)
            .Takes("""{"amount":"100.00","kind":"hard","softPercent":"10","alerts":[80,100],"enforced":true}""")
            .WithSummary("Set the cap. Below what is used it refuses access at once; above, it opens it within a second. 'enforced' is the operator's to change.");
        customer.MapGet("/limit", Get).Needs(Permission.ReadBilling).WithSummary("The cap.");
        customer.MapDelete("/limit", Delete).Needs(Permission.ManageLimits).WithSummary("Remove the cap. What it kept off the bill stays off.");
        customer.MapPost("/pause", Pause)
            .Needs(Permission.ManageLimits)
            .Takes("""{"reason":"Under review."}""")
            .WithSummary("Refuse access until /resume: as the operator with an operator's key, as the customer with its own. Events received more than 60 s later are stored and not billed.");
        customer.MapPost("/resume", Resume)
            .Needs(Permission.ManageLimits)
            .WithSummary("Lift the pauses that the caller may lift. A customer cannot lift the operator's.");
    }

    private static async Task<Ok<LimitChangeResponse>> Put(
        string customer, JsonElement body, HttpContext context, LimitWriter writer, SpendMeter meter, AccessBook access, Register register,
        CancellationToken cancellation)
    {
        var terms = Input.Read(body, Terms);
        var before = register.Now.Customer(context.Actor(), Permission.ManageLimits, customer);
        await meter.EnsureRead(before.Customer.Id, cancellation);
        var facts = access.Facts(before);
        var limit = await writer.Set(context.Actor(), customer, terms, cancellation);
        var preview = LimitPreview.Of(before.Limit, limit, facts.Used, facts.NotBilled, CultureInfo.GetCultureInfo("en-US"));
        return TypedResults.Ok(LimitChangeResponse.Of(limit, preview));
    }

    private static Ok<LimitResponse> Get(string customer, HttpContext context, Register register) =>
        register.Now.Customer(context.Actor(), Permission.ReadBilling, customer).Limit is { } limit
            ? TypedResults.Ok(LimitResponse.Of(limit))
            : throw new Refusal(RefusalKind.NotFound, "no_limit", $"Customer '{customer}' has no limit. PUT /v1/customers/{customer}/limit sets one.");

    private static async Task<NoContent> Delete(string customer, HttpContext context, LimitWriter writer, CancellationToken cancellation)
    {
        await writer.Remove(context.Actor(), customer, cancellation);
        return TypedResults.NoContent();
    }

    private static async Task<Ok<PauseResponse>> Pause(
        string customer, JsonElement? body, HttpContext context, PauseWriter writer, CancellationToken cancellation)
    {
        var reason = Input.ReadOptional(body, null, Reason);
        return TypedResults.Ok(PauseResponse.Of(await writer.Pause(context.Actor(), customer, reason, cancellation)));
    }

    private static async Task<Ok<PauseResponse>> Resume(string customer, HttpContext context, PauseWriter writer, CancellationToken cancellation) =>
        TypedResults.Ok(PauseResponse.Of(await writer.Resume(context.Actor(), customer, cancellation)));

    private static string? Reason(InputObject body, FieldErrors errors)
    {
        body.RefuseOthers("a pause", "reason");
        return body.OptionalText("reason");
    }

    private static LimitTerms Terms(InputObject body, FieldErrors errors)
    {
        body.RefuseOthers("a limit", [.. s_fields, .. s_readOnly]);
        return new LimitTerms(
            body.RequiredDecimal("amount"),
            body.OptionalWord<LimitKind>("kind") ?? LimitKind.Hard,
            body.OptionalDecimal("softPercent") ?? SpendingLimit.SoftPercentDefault,
            Alerts(body, errors),
            body.OptionalTruth("enforced"),
            body.OptionalTruth("forecastAlert"));
    }

    internal static List<int>? Alerts(InputObject body, FieldErrors errors)
    {
        if (body.Find("alerts") is null)
        {
            return null;
        }

        var percents = new List<int>();
        foreach (var (item, path) in body.Items("alerts"))
        {
            if (InputObject.DecimalOf(item, path, errors, DecimalBound.AboveZero) is { } percent)
            {
                // What is no whole percentage becomes one that the domain refuses under the same path.
                percents.Add(percent % 1 == 0 && percent <= int.MaxValue ? (int)percent : 0);
            }
        }

        return percents;
    }
}

/// <summary>A cap as it is answered.</summary>
/// <param name="Amount">In major units of the customer's currency.</param>
/// <param name="Kind">Hard or soft.</param>
/// <param name="SoftPercent">The soft band in percent of the cap.</param>
/// <param name="Alerts">Percentages that mail.</param>
/// <param name="Enforced">Whether it stops usage.</param>
/// <param name="ForecastAlert">Whether a mail goes out when the forecast comes to lie above it.</param>
public sealed record LimitResponse(decimal Amount, LimitKind Kind, decimal SoftPercent, IReadOnlyList<int> Alerts, bool Enforced, bool ForecastAlert)
{
    internal static LimitResponse Of(SpendingLimit limit) => new(limit.Amount, limit.Kind, limit.SoftPercent, limit.Alerts, limit.Enforced, limit.ForecastAlert);
}

/// <summary>A cap after a change, with what the change does.</summary>
/// <param name="Amount">In major units of the customer's currency.</param>
/// <param name="Kind">Hard or soft.</param>
/// <param name="SoftPercent">The soft band in percent of the cap.</param>
/// <param name="Alerts">Percentages that mail.</param>
/// <param name="Enforced">Whether it stops usage.</param>
/// <param name="ForecastAlert">Whether a mail goes out when the forecast comes to lie above it.</param>
/// <param name="Effect">What the change does to access.</param>
/// <param name="Notice">The same for a person, with the figures.</param>
public sealed record LimitChangeResponse(
    decimal Amount, LimitKind Kind, decimal SoftPercent, IReadOnlyList<int> Alerts, bool Enforced, bool ForecastAlert, LimitEffect Effect, string Notice)
{
    internal static LimitChangeResponse Of(SpendingLimit limit, LimitPreview preview) =>
        new(limit.Amount, limit.Kind, limit.SoftPercent, limit.Alerts, limit.Enforced, limit.ForecastAlert, preview.Effect, preview.Sentence);
}

/// <summary>Which pauses hold.</summary>
/// <param name="Paused">Whether any does.</param>
/// <param name="Pauses">Each of them, in the order in which access names them.</param>
public sealed record PauseResponse(bool Paused, IReadOnlyList<OpenPauseResponse> Pauses)
{
    internal static PauseResponse Of(IReadOnlyList<Pause> open) =>
        new(open.Count > 0, [.. open.Select(pause => new OpenPauseResponse(pause.Cause, pause.PausedAt, pause.Reason))]);
}

/// <summary>A pause that holds.</summary>
/// <param name="Cause">Who or what paused.</param>
/// <param name="PausedAt">Since when.</param>
/// <param name="Reason">Why; null where nothing was said.</param>
public sealed record OpenPauseResponse(PauseCause Cause, DateTimeOffset PausedAt, string? Reason);
