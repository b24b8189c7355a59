using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Portal.Domain.Accounts;
using Portal.Domain.Catalog;
using Portal.Domain.Values;

namespace Portal.Api.Catalog;

/// <summary>Price lists: <c>/v1/rate-cards</c>.</summary>
public static class RateCardEndpoints
{
    private static readonly string[] s_fields = ["name", "currency", "interval", "prices", "features", "trialDays", "billing", "selfService"];

    // What GET answers beyond that; a PUT of what was read is no error.
    private static readonly string[] s_readOnly = ["key", "isDraft", "draftSavedAt", "versions", "retiredAt"];

    /// <summary>Maps the endpoints.</summary>
    public static void MapRateCards(this IEndpointRouteBuilder app)
    {
        var cards = app.MapGroup("/v1/rate-cards").WithTags("Catalog");
        cards.MapPut("/{card}", Put)
            .Needs(Permission.ManageCatalog)
            .Takes("""
                {"name":"Pay as you go","currency":"USD","interval":"month",
                "prices":[{"key":"gpt4o-in","name":"GPT-4o input","meter":"tokens","match":{"model":"gpt-4o"},"included":"0","rate":{"model":"per_unit","amount":"2.50","per":"1000000"}},
                {"key":"base","name":"Base fee","recurring":"advance","rate":{"model":"flat","amount":"20"}}],
                "features":[{"key":"api","limit":"50000","meter":"api_calls"}],"trialDays":0,"billing":{"threshold":null,"collection":"charge","netDays":14},"selfService":false}
                """)
            .WithSummary("Create a rate card, or replace its draft. Nobody is billed by a draft.");
        cards.MapPost("/{card}/publish", Publish)
            .Needs(Permission.ManageCatalog)
            .Takes("""{"effectiveFrom":"2026-03-01T00:00:00Z"}""")
            .WithSummary("Freeze the draft as the next version, from now or from a later instant.");
        cards.MapPut("/{card}/retirement", Retire).Needs(Permission.ManageCatalog).WithSummary("Retire a card: no new subscription may take it. Whoever is on it stays.");
        cards.MapDelete("/{card}/retirement", OfferAgain).Needs(Permission.ManageCatalog).WithSummary("Offer a retired card again.");
        cards.MapGet("/{card}", Get).Needs(Permission.ReadCatalog).WithSummary("One card: its draft where there is one, else its newest version, and the list of versions.");
        cards.MapGet("/{card}/versions/{version:int}", GetVersion).Needs(Permission.ReadCatalog).WithSummary("A published version, as it was frozen.");
        cards.MapGet("", List).Needs(Permission.ReadCatalog).WithSummary("All cards, by key.");
    }

    private static async Task<Results<Ok<RateCardResponse>, Created<RateCardResponse>>> Put(
        string card, JsonElement body, HttpContext context, RateCardWriter writer, CancellationToken cancellation)
    {
        var (stored, isNew) = await writer.Put(context.Actor(), card, Input.Read(body, Content), cancellation);
        var answer = RateCardResponse.Of(stored, showsDraft: true);
        return isNew ? TypedResults.Created($"/v1/rate-cards/{card}", answer) : TypedResults.Ok(answer);
    }

    private static async Task<Created<VersionResponse>> Publish(
        string card, JsonElement? body, HttpContext context, RateCardWriter writer, CancellationToken cancellation)
    {
        var effectiveFrom = Input.ReadOptional(body, null, EffectiveFrom);
        var version = await writer.Publish(context.Actor(), card, effectiveFrom, cancellation);
        return TypedResults.Created($"/v1/rate-cards/{card}/versions/{version.Number}", VersionResponse.Of(card, version));
    }

    private static async Task<Ok<RateCardResponse>> Retire(string card, HttpContext context, RateCardWriter writer, CancellationToken cancellation) =>
        TypedResults.Ok(RateCardResponse.Of(await writer.Retire(context.Actor(), card, isRetired: true, cancellation), showsDraft: true));

    private static async Task<Ok<RateCardResponse>> OfferAgain(string card, HttpContext context, RateCardWriter writer, CancellationToken cancellation) =>
        TypedResults.Ok(RateCardResponse.Of(await writer.Retire(context.Actor(), card, isRetired: false, cancellation), showsDraft: true));

    private static Ok<RateCardResponse> Get(string card, HttpContext context, CatalogReader reader) =>
        TypedResults.Ok(RateCardResponse.Of(reader.Card(context.Actor(), card), ShowsDraft(context)));

    private static Ok<VersionResponse> GetVersion(string card, int version, HttpContext context, CatalogReader reader) =>
        TypedResults.Ok(VersionResponse.Of(card, reader.Version(context.Actor(), card, version)));

    private static Ok<Listing<RateCardResponse>> List([AsParameters] ListQuery list, HttpContext context, CatalogReader reader)
    {
        var rows = reader.Cards(context.Actor()).Where(card => list.IsAfter(card.Key)).Take(list.Take).ToList();
        return TypedResults.Ok(list.Page(rows, card => card.Key, card => RateCardResponse.Of(card, ShowsDraft(context))));
    }

    // What is being thought about is none of a customer's business.
    private static bool ShowsDraft(HttpContext context) => context.Actor().CustomerId is null;

    private static DateTimeOffset? EffectiveFrom(InputObject body, FieldErrors errors)
    {
        body.RefuseOthers("a publication", "effectiveFrom");
        return body.OptionalInstant("effectiveFrom");
    }

    private static RateCardContent Content(InputObject body, FieldErrors errors)
    {
        body.RefuseOthers("a rate card", [.. s_fields, .. s_readOnly]);
        return new RateCardContent(
            body.Text("name", "Give the card a name, as customers read it."),
            body.Text("currency", "Give the currency of every amount on the card, such as \"USD\"."),
            body.OptionalWord<BillingInterval>("interval") ?? BillingInterval.Month,
            PriceInput.List(body, "prices", errors),
            [.. body.Items("features").Select(found => ReadFeature(found.Item, found.Path, errors)).OfType<Feature>()],
            body.OptionalWhole("trialDays") ?? 0,
            body.Find("billing") is { } billing ? BillingInput.Read(billing, "billing", errors) : BillingTerms.Default)
        { SelfService = body.OptionalTruth("selfService") ?? false };
    }

    private static Feature? ReadFeature(JsonElement feature, string path, FieldErrors errors)
    {
        if (InputObject.Of(feature, path, errors, "Give a feature as an object, such as {\"key\":\"api\",\"limit\":\"50000\",\"meter\":\"api_calls\"}.") is not { } fields)
        {
            return null;
        }

        fields.RefuseOthers("a feature", "key", "limit", "meter");
        return new Feature(fields.Text("key", "Give the feature a key."), fields.OptionalDecimal("limit"), fields.OptionalText("meter"));
    }
}

/// <summary>A rate card as it is answered: what the draft says where there is one, else the newest version.</summary>
public sealed record RateCardResponse(
    string Key, string Name, string Currency, BillingInterval Interval, IReadOnlyList<Price> Prices, IReadOnlyList<Feature> Features, int TrialDays,
    BillingResponse Billing, bool SelfService, bool IsDraft, DateTimeOffset? DraftSavedAt, IReadOnlyList<VersionEntry> Versions, DateTimeOffset? RetiredAt)
{
    internal static RateCardResponse Of(RateCard card, bool showsDraft)
    {
        var content = showsDraft ? card.Newest() : card.Versions.MaxBy(version => version.Number)!.Content;
        return new(
            card.Key, content.Name, content.Currency, content.Interval, content.Prices, content.Features, content.TrialDays,
            BillingResponse.Of(content.Billing)!, content.SelfService, showsDraft && card.Draft is not null, showsDraft ? card.DraftSavedAt : null,
            [.. card.Versions.OrderBy(version => version.Number).Select(version => new VersionEntry(version.Number, version.EffectiveFrom, version.PublishedAt))],
            card.RetiredAt);
    }
}

/// <summary>That a version was published.</summary>
public sealed record VersionEntry(int Version, DateTimeOffset EffectiveFrom, DateTimeOffset PublishedAt);

/// <summary>A published version of a rate card.</summary>
public sealed record VersionResponse(
    string Key, int Version, DateTimeOffset EffectiveFrom, DateTimeOffset PublishedAt, string Name, string Currency, BillingInterval Interval,
    IReadOnlyList<Price> Prices, IReadOnlyList<Feature> Features, int TrialDays, BillingResponse Billing, bool SelfService)
{
    internal static VersionResponse Of(string key, RateCardVersion version) => new(
        key, version.Number, version.EffectiveFrom, version.PublishedAt, version.Content.Name, version.Content.Currency, version.Content.Interval,
        version.Content.Prices, version.Content.Features, version.Content.TrialDays, BillingResponse.Of(version.Content.Billing)!,
        version.Content.SelfService);
}
