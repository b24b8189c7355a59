using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;
using Portal.Domain.Accounts;
using Portal.Domain.Limits;
using Portal.Domain.Storage;

namespace Portal.Api.Limits;

/// <summary>Whether a customer may use the operator's product: <c>/v1/customers/{key}/access</c>, and a stream of the answers that change.</summary>
public static class AccessEndpoints
{
    private const string MatchPrefix = "match.";

    /// <summary>Maps the endpoints.</summary>
    public static void MapAccess(this IEndpointRouteBuilder app)
    {
        app.MapGet("/v1/customers/{customer}/access", Get)
            .Needs(Permission.ReadAccess)
            .WithoutDatabase()
            .WithTags("Access")
            .WithSummary("Whether the customer may go on: in general, with a feature, with a meter, or for a group (match.api_key=prod). Answered from memory, also while the database is away.");
        app.MapGet("/v1/access/stream", Stream)
            .Needs(Permission.ReadAccess)
            .WithoutDatabase()
            .WithTags("Access")
            .Produces(StatusCodes.Status200OK, contentType: "text/event-stream")
            .WithSummary("Server-sent events: customers whose answer changed. With snapshot=true, those who are refused now come first.");
    }

    private static async Task<Ok<AccessResponse>> Get(
        string customer, [FromQuery] string? feature, [FromQuery] string? meter, HttpContext context, AccessBook book, SpendMeter spends, Register register, PortalLinks links)
    {
        var entry = register.Now.Customer(context.Actor(), Permission.ReadAccess, customer);
        await spends.EnsureRead(entry.Customer.Id, context.RequestAborted);
        var answer = book.Answer(entry, context.Request.QueryString.HasValue ? Question(feature, meter, context.Request.Query) : AccessQuestion.General);
        return TypedResults.Ok(AccessResponse.Of(answer, links.Limits(customer)));
    }

    private static AccessQuestion Question(string? feature, string? meter, IQueryCollection query) => new(
        Said(feature), Said(meter),
        query.Where(pair => pair.Key.StartsWith(MatchPrefix, StringComparison.Ordinal))
            .ToDictionary(pair => pair.Key[MatchPrefix.Length..], pair => pair.Value.ToString(), StringComparer.Ordinal));

    private static string? Said(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private static async Task Stream(
        [FromQuery] bool? snapshot, HttpContext context, AccessBook book, Register register, PortalLinks links,
        IHostApplicationLifetime host, IOptions<Microsoft.AspNetCore.Http.Json.JsonOptions> json)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, host.ApplicationStopping);
        var stream = new AccessStream(context, register, links, json.Value.SerializerOptions);
        using var subscription = book.Subscribe(stream.Note);
        if (snapshot is true)
        {
            foreach (var entry in register.Now.ById.Values)
            {
                foreach (var refused in book.Answers(entry).Where(change => !change.Answer.Allowed))
                {
                    stream.Note(refused);
                }
            }
        }

        await stream.Write(ending.Token);
    }
}

/// <summary>Whether a customer may go on.</summary>
/// <param name="Allowed">Whether it may.</param>
/// <param name="Reason">Why not: the first cause that holds; null where it may.</param>
/// <param name="Limit">The limit that decides: of the feature in units, else the cap; null without one.</param>
/// <param name="Used">What is used of it.</param>
/// <param name="Remaining">What is left until access ends; null without a limit.</param>
/// <param name="ResetsAt">When the period ends; null while no subscription runs.</param>
/// <param name="PortalUrl">Where a person sees and changes the limits.</param>
/// <param name="LimitKey">The limit on a part of usage whose figures these are; left out where they are the cap's or the feature's.</param>
/// <param name="Note">What the figures hold for while the database is away and usage waits on the host's disk; left out otherwise.</param>
public sealed record AccessResponse(
    bool Allowed, AccessReason? Reason, decimal? Limit, decimal Used, decimal? Remaining, DateTimeOffset? ResetsAt, string PortalUrl,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? LimitKey,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Note)
{
    internal static AccessResponse Of(AccessAnswer answer, string portalUrl) =>
        new(answer.Allowed, answer.Reason, answer.Limit, answer.Used, answer.Remaining, answer.ResetsAt, portalUrl, answer.LimitKey, answer.Note);
}
