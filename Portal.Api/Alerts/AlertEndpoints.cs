using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Portal.Domain.Accounts;
using Portal.Domain.Alerts;

namespace Portal.Api.Alerts;

/// <summary>What was alerted: <c>/v1/alerts</c>.</summary>
public static class AlertEndpoints
{
    /// <summary>Maps the endpoints.</summary>
    public static void MapAlerts(this IEndpointRouteBuilder app) =>
        app.MapGet("/v1/alerts", List)
            .Needs(Permission.ReadBilling)
            .WithTags("Alerts")
            .WithSummary("Thresholds that were crossed, the newest first: what was sent, to whom, when, for which period and threshold.");

    private static async Task<Ok<Listing<AlertResponse>>> List(
        [FromQuery] string? customer, [AsParameters] ListQuery list, HttpContext context, AlertReader reader, CancellationToken cancellation)
    {
        var before = list.AfterNumber is var number && number == long.MinValue ? (long?)null : number;
        var rows = await reader.List(context.Actor(), string.IsNullOrEmpty(customer) ? null : customer, before, list.Take, cancellation);
        return TypedResults.Ok(list.Page(rows, row => row.Id, AlertResponse.Of));
    }
}

/// <summary>A threshold that was crossed, with its mail. Where several were crossed at once, only the highest has one.</summary>
/// <param name="Id">Identifies it.</param>
/// <param name="Customer">The customer's key.</param>
/// <param name="Kind">As in the <c>Portal-Alert</c> header: limit.</param>
/// <param name="Scope">What the threshold is of: cap.</param>
/// <param name="PeriodStart">The start of the billing period.</param>
/// <param name="Threshold">In percent.</param>
/// <param name="Limit">The cap when it was crossed.</param>
/// <param name="Used">What was used when it was crossed.</param>
/// <param name="CrossedAt">When.</param>
/// <param name="To">Who got the mail; null without one.</param>
/// <param name="Mail">Where the mail stands: queued, sent or failed; null without one.</param>
/// <param name="SentAt">When it left; null until then.</param>
/// <param name="MessageId">The mail's; null without one.</param>
/// <param name="State">warning, alarm, or ok once usage is below the threshold again.</param>
/// <param name="RecoveredAt">Since when it is; null while it is not.</param>
public sealed record AlertResponse(
    long Id, string Customer, string Kind, string Scope, DateTimeOffset PeriodStart, int Threshold, decimal Limit, decimal Used,
    DateTimeOffset CrossedAt, string? To, MailState? Mail, DateTimeOffset? SentAt, string? MessageId, AlertState State, DateTimeOffset? RecoveredAt)
{
    internal static AlertResponse Of(AlertRow row) => new(
        row.Id, row.CustomerKey, row.Kind, row.Scope, row.PeriodStart, row.Threshold, row.Limit, row.Used, row.CrossedAt,
        row.To, row.State, row.SentAt, row.MessageId, row.Standing, row.RecoveredAt);
}
