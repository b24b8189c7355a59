using System.Diagnostics.CodeAnalysis;
using Portal.Domain.Accounts;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Api;

/// <summary>What is said about an endpoint where it is mapped: what a caller needs, what it takes, and whether it may be repeated.</summary>
public static class EndpointRules
{
    /// <summary>Refuses callers without a permission before the body is looked at. The domain asks again: this is the first net, not the only one.</summary>
    /// <remarks>A route's <c>{customer}</c> is a customer's key: one that is not the caller's is answered 404, whether or not it exists.</remarks>
    public static RouteHandlerBuilder Needs(this RouteHandlerBuilder endpoint, Permission permission) => endpoint
        .WithMetadata(new NeededPermission(permission))
        .AddEndpointFilter((context, next) =>
        {
            Check(context.HttpContext, permission);
            return next(context);
        });

    /// <summary>Shows a body in the API's description, from which its schema is made.</summary>
    public static RouteHandlerBuilder Takes(this RouteHandlerBuilder endpoint, [StringSyntax(StringSyntaxAttribute.Json)] string example) =>
        endpoint.WithMetadata(new BodyExample(example));

    /// <summary>Says that an endpoint is answered from memory or by the spool, so that it goes on while the database is away.</summary>
    /// <param name="endpoint">The endpoint.</param>
    /// <param name="atStart">Also where the database has not answered since the host was started.</param>
    public static RouteHandlerBuilder WithoutDatabase(this RouteHandlerBuilder endpoint, bool atStart = false) => endpoint.WithMetadata(new AnswersWithoutDatabase(atStart));

    private static void Check(HttpContext context, Permission permission)
    {
        var actor = context.Actor();
        if (context.Request.RouteValues.GetValueOrDefault("customer") is string key)
        {
            if (context.RequestServices.GetRequiredService<Register>().Now.ByKey.TryGetValue(key, out var entry))
            {
                actor.Require(permission, entry.Customer);
                return;
            }

            if (actor.CustomerId is not null)
            {
                throw Refusal.NotFound("customer", key);
            }
        }

        actor.Require(permission);
    }
}

/// <summary>What a caller of an endpoint needs.</summary>
/// <param name="Permission">The permission.</param>
public sealed record NeededPermission(Permission Permission);

/// <summary>A body that an endpoint takes, as JSON.</summary>
/// <param name="Json">The example.</param>
public sealed record BodyExample(string Json);

/// <summary>The mark of an endpoint that needs no database.</summary>
/// <param name="AtStart">Also where the database has not answered since the host was started.</param>
public sealed record AnswersWithoutDatabase(bool AtStart);
