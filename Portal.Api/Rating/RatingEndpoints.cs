using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Portal.Domain.Accounts;
using Portal.Domain.Rating;

namespace Portal.Api.Rating;

/// <summary>What a price would charge, without storing anything: <c>/v1/rating/preview</c>.</summary>
public static class RatingEndpoints
{
    /// <summary>Maps the endpoints.</summary>
    public static void MapRating(this IEndpointRouteBuilder app) => app.MapPost("/v1/rating/preview", Preview)
        .Needs(Permission.ReadUsage)
        .WithoutDatabase()
        .Takes("""{"currency":"USD","price":{"rate":{"model":"graduated","tiers":[{"upTo":"100","amount":"0.10"},{"upTo":null,"amount":"0.05"}]},"included":"0"},"quantity":"123.45"}""")
        .WithTags("Rating")
        .WithSummary("Rate a quantity by a price, with the steps that explain the amount.");

    private static Ok<RatingPreview> Preview(JsonElement body) => TypedResults.Ok(RatingPreview.Of(body));
}
