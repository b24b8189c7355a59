using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Portal.Domain.Accounts;
using Portal.Domain.Catalog;
using Portal.Domain.Invoicing;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Api.Catalog;

/// <summary>Which card a customer is on: <c>/v1/customers/{key}/subscription</c>.</summary>
public static class SubscriptionEndpoints
{
    private static readonly string[] s_fields = ["rateCard", "version", "startsAt", "anchorDay", "overrides", "commitment", "discounts", "trialEndsAt", "change"];

    // What GET answers beyond that; a PUT of what was read is no error.
    private static readonly string[] s_readOnly = ["interval", "endsAt", "status", "period", "phases"];

    /// <summary>Maps the endpoints.</summary>
    public static void MapSubscriptions(this IEndpointRouteBuilder app)
    {
        var subscription = app.MapGroup("/v1/customers/{customer}/subscription").WithTags("Subscriptions");
        subscription.MapPut("", Put)
            .Needs(Permission.ManageBilling)
            .Takes("""{"rateCard":"payg","version":null,"startsAt":"2026-02-01T00:00:00Z","anchorDay":1,"overrides":[],"commitment":{"amount":"1000","period":"month","overageDiscountPercent":"10"},"discounts":[{"percent":"10","periods":3}],"trialEndsAt":null,"change":"now"}""")
            .WithSummary("Start the subscription, or change the running one: now, or at its period's end.");
        subscription.MapPost("/preview", Preview)
            .Needs(Permission.ManageBilling)
            .Takes("""{"rateCard":"pro","change":"now"}""")
            .WithSummary("What starting or changing the subscription would cost: what is given back, charged, invoiced now and next. Nothing is stored.");
        subscription.MapGet("", Get).Needs(Permission.ReadBilling).WithSummary("The newest subscription.");
        subscription.MapPost("/cancel", Cancel)
            .Needs(Permission.ManageBilling)
            .Takes("""{"at":"period_end"}""")
            .WithSummary("End the subscription, now or at its period's end (the default).");
        subscription.MapPost("/reactivate", Reactivate)
            .Needs(Permission.ManageBilling)
            .WithSummary("Let a subscription go on that was to end.");
    }

    private static async Task<Results<Ok<SubscriptionResponse>, Created<SubscriptionResponse>>> Put(
        string customer, JsonElement body, HttpContext context, SubscriptionWriter writer, SubscriptionReader reader, Register register, CancellationToken cancellation)
    {
        var (stored, isNew) = await writer.Put(context.Actor(), customer, Input.Read(body, Terms), cancellation);
        var answer = SubscriptionResponse.Of(reader.Stand(register.Now.ByKey[customer].Customer, stored));
        return isNew ? TypedResults.Created($"/v1/customers/{customer}/subscription", answer) : TypedResults.Ok(answer);
    }

    private static async Task<Ok<ChangePreviewResponse>> Preview(
        string customer, JsonElement body, HttpContext context, ChangePreviewReader previews, CancellationToken cancellation) =>
        TypedResults.Ok(ChangePreviewResponse.Of(
            await previews.Of(context.Actor(), customer, Input.Read(body, Terms), CultureInfo.GetCultureInfo("en-US"), cancellation)));

    private static Ok<SubscriptionResponse> Get(string customer, HttpContext context, SubscriptionReader reader) =>
        TypedResults.Ok(SubscriptionResponse.Of(reader.Find(context.Actor(), customer)));

    private static async Task<Ok<SubscriptionResponse>> Cancel(
        string customer, JsonElement? body, HttpContext context, CancellationWriter writer, SubscriptionReader reader, Register register, CancellationToken cancellation)
    {
        var at = Input.ReadOptional(body, SubscriptionTime.PeriodEnd, At);
        var stored = await writer.Cancel(context.Actor(), customer, at, cancellation);
        return TypedResults.Ok(SubscriptionResponse.Of(reader.Stand(register.Now.ByKey[customer].Customer, stored)));
    }

    private static async Task<Ok<SubscriptionResponse>> Reactivate(
        string customer, HttpContext context, CancellationWriter writer, SubscriptionReader reader, Register register, CancellationToken cancellation)
    {
        var stored = await writer.Reactivate(context.Actor(), customer, cancellation);
        return TypedResults.Ok(SubscriptionResponse.Of(reader.Stand(register.Now.ByKey[customer].Customer, stored)));
    }

    private static SubscriptionTime At(InputObject body, FieldErrors errors)
    {
        body.RefuseOthers("a cancellation", "at");
        return body.OptionalWord<SubscriptionTime>("at") ?? SubscriptionTime.PeriodEnd;
    }

    private static SubscriptionTerms Terms(InputObject body, FieldErrors errors)
    {
        body.RefuseOthers("a subscription", [.. s_fields, .. s_readOnly]);
        return new SubscriptionTerms(body.Text("rateCard", "Name the rate card."))
        {
            Version = body.OptionalWhole("version"),
            StartsAt = body.OptionalInstant("startsAt"),
            AnchorDay = body.OptionalWhole("anchorDay"),
            Overrides = PriceInput.List(body, "overrides", errors),
            Commitment = body.Find("commitment") is { } commitment ? AgreementInput.Commitment(commitment, body.PathOf("commitment"), errors) : null,
            Discounts = [.. body.Items("discounts").Select(found => AgreementInput.Discount(found.Item, found.Path, errors)).OfType<Discount>()],
            TrialEndsAt = body.OptionalInstant("trialEndsAt"),
            Change = body.OptionalWord<SubscriptionTime>("change"),
        };
    }
}

/// <summary>A subscription as it is answered. Card, version and overrides are those in force; phases tell what was and what is planned.</summary>
public sealed record SubscriptionResponse(
    string RateCard, int? Version, DateTimeOffset StartsAt, int AnchorDay, BillingInterval Interval, IReadOnlyList<Price> Overrides,
    CommitmentResponse? Commitment, IReadOnlyList<AgreedDiscountResponse> Discounts, DateTimeOffset? TrialEndsAt, DateTimeOffset? EndsAt, SubscriptionStatus Status, PeriodResponse? Period, IReadOnlyList<PhaseResponse> Phases)
{
    internal static SubscriptionResponse Of(SubscriptionStand stand) => new(
        stand.CardKey(stand.Phase.RateCardId), stand.Phase.PinnedVersion, stand.Subscription.StartsAt, stand.Subscription.AnchorDay, stand.Subscription.Interval,
        stand.Phase.Overrides, CommitmentResponse.Of(stand.Phase.Commitment), AgreedDiscountResponse.Of(stand.Phase.Discounts), stand.Subscription.TrialEndsAt, stand.Subscription.EndsAt, stand.Status,
        stand.Period is { } period ? new PeriodResponse(period.Start, period.End) : null,
        [.. stand.Subscription.Phases.OrderBy(phase => phase.From)
            .Select(phase => new PhaseResponse(
                phase.From, stand.CardKey(phase.RateCardId), phase.PinnedVersion, phase.Overrides,
                CommitmentResponse.Of(phase.Commitment), AgreedDiscountResponse.Of(phase.Discounts)))]);
}

/// <summary>A stretch of time; its end is the start of the next.</summary>
public sealed record PeriodResponse(DateTimeOffset Start, DateTimeOffset End);

/// <summary>From when which card holds.</summary>
public sealed record PhaseResponse(
    DateTimeOffset From, string RateCard, int? Version, IReadOnlyList<Price> Overrides, CommitmentResponse? Commitment, IReadOnlyList<AgreedDiscountResponse> Discounts);
