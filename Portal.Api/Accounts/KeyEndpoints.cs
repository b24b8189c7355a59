using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Portal.Domain.Accounts;
using Portal.Domain.Values;

namespace Portal.Api.Accounts;

/// <summary>Machines' credentials: <c>/v1/customers/{key}/keys</c> for a customer, <c>/v1/keys</c> for the operator.</summary>
public static class KeyEndpoints
{
    /// <summary>Maps the endpoints.</summary>
    public static void MapKeys(this IEndpointRouteBuilder app)
    {
        var own = app.MapGroup("/v1/keys").WithTags("Keys");
        own.MapPost("", Create)
            .Needs(Permission.ManageOperations)
            .Takes("""{"name":"Ingest","scopes":["events:write"]}""")
            .WithSummary("Make one of the operator's own keys. The secret is told this once.");
        own.MapGet("", List).Needs(Permission.ReadOperations).WithSummary("The operator's own keys, without their secrets.");
        own.MapDelete("/{id:guid}", Revoke).Needs(Permission.ManageOperations).WithSummary("End one of the operator's own keys at once.");

        var keys = app.MapGroup("/v1/customers/{customer}/keys").WithTags("Keys");
        keys.MapPost("", CreateForCustomer)
            .Needs(Permission.ManageKeys)
            .Takes("""{"name":"Backend","scopes":["usage:read","access:read"]}""")
            .WithSummary("Make a key that is bound to the customer. The secret is told this once.");
        keys.MapGet("", ListForCustomer).Needs(Permission.ReadKeys).WithSummary("The customer's keys, without their secrets.");
        keys.MapDelete("/{id:guid}", RevokeForCustomer).Needs(Permission.ManageKeys).WithSummary("End a customer's key at once.");
    }

    private static async Task<Created<NewKeyResponse>> Create(JsonElement body, HttpContext context, ApiKeyWriter writer, CancellationToken cancellation)
    {
        var (name, scopes) = Input.Read(body, NameAndScopes);
        var (key, secret) = await writer.CreateForOperator(context.Actor(), name, scopes, cancellation);
        return TypedResults.Created($"/v1/keys/{key.Id}", NewKeyResponse.Of(key, secret));
    }

    private static async Task<Created<NewKeyResponse>> CreateForCustomer(
        string customer, JsonElement body, HttpContext context, ApiKeyWriter writer, CancellationToken cancellation)
    {
        var (name, scopes) = Input.Read(body, NameAndScopes);
        var (key, secret) = await writer.CreateForCustomer(context.Actor(), customer, name, scopes, cancellation);
        return TypedResults.Created($"/v1/customers/{customer}/keys/{key.Id}", NewKeyResponse.Of(key, secret));
    }

    private static async Task<Ok<Listing<KeyResponse>>> List([AsParameters] ListQuery list, HttpContext context, ApiKeyReader reader, CancellationToken cancellation)
    {
        var rows = await reader.ListForOperator(context.Actor(), list.AfterId, list.Take, cancellation);
        return TypedResults.Ok(list.Page(rows, key => key.Id, KeyResponse.Of));
    }

    private static async Task<Ok<Listing<KeyResponse>>> ListForCustomer(
        string customer, [AsParameters] ListQuery list, HttpContext context, ApiKeyReader reader, CancellationToken cancellation)
    {
        var rows = await reader.ListForCustomer(context.Actor(), customer, list.AfterId, list.Take, cancellation);
        return TypedResults.Ok(list.Page(rows, key => key.Id, KeyResponse.Of));
    }

    private static async Task<Ok<KeyResponse>> Revoke(Guid id, HttpContext context, ApiKeyWriter writer, CancellationToken cancellation) =>
        TypedResults.Ok(KeyResponse.Of(await writer.RevokeForOperator(context.Actor(), id, cancellation)));

    private static async Task<Ok<KeyResponse>> RevokeForCustomer(
        string customer, Guid id, HttpContext context, ApiKeyWriter writer, CancellationToken cancellation) =>
        TypedResults.Ok(KeyResponse.Of(await writer.RevokeForCustomer(context.Actor(), customer, id, cancellation)));

    private static (string Name, IReadOnlyList<string> Scopes) NameAndScopes(InputObject body, FieldErrors errors)
    {
        body.RefuseOthers("a key", "name", "scopes");
        return (body.Text("name", "Give the key a name to recognise it by."), body.Texts("scopes", errors));
    }
}

/// <summary>A key as it is answered: never its secret, only the prefix by which to recognise it.</summary>
public sealed record KeyResponse(
    Guid Id, string Name, string Prefix, IReadOnlyList<string> Scopes, DateTimeOffset CreatedAt, string CreatedBy, DateTimeOffset? LastUsedAt, DateTimeOffset? RevokedAt)
{
    internal static KeyResponse Of(ApiKey key) => new(
        key.Id, key.Name, key.Prefix, key.Scopes.ToNames(), key.CreatedAt, key.CreatedBy, key.LastUsedAt, key.RevokedAt);
}

/// <summary>A key that was made just now, with its secret, which is told this once.</summary>
public sealed record NewKeyResponse(Guid Id, string Name, string Prefix, IReadOnlyList<string> Scopes, DateTimeOffset CreatedAt, string Secret)
{
    internal static NewKeyResponse Of(ApiKey key, string secret) => new(key.Id, key.Name, key.Prefix, key.Scopes.ToNames(), key.CreatedAt, secret);
}
