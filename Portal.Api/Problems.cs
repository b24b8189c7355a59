using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Api;

/// <summary>Errors as <c>application/problem+json</c> (RFC 9457) with a stable <c>code</c>, the fields at fault and a <c>traceId</c>.</summary>
public static partial class Problems
{
    /// <summary>Turns what the domain refuses, and what goes wrong, into problems; only below <c>/v1</c>, pages have their own.</summary>
    public static void UseProblems(this WebApplication app) =>
        app.UseWhen(context => context.Request.Path.StartsWithSegments("/v1"), branch =>
        {
            branch.UseExceptionHandler(new ExceptionHandlerOptions
            {
                AllowStatusCode404Response = true,
                SuppressDiagnosticsCallback = handled => handled.Exception is Refusal or InvalidInputException or BadHttpRequestException or JsonException,
                ExceptionHandler = context => Write(context, context.Features.Get<IExceptionHandlerFeature>()!.Error),
            });
            branch.UseStatusCodePages(context => context.HttpContext.Response.StatusCode switch
            {
                StatusCodes.Status404NotFound => Write(context.HttpContext, 404, "not_found", "There is nothing at this address. The API is described at /docs."),
                StatusCodes.Status405MethodNotAllowed => Write(context.HttpContext, 405, "method_not_allowed", "This address does not take this method. The API is described at /docs."),
                StatusCodes.Status415UnsupportedMediaType => Write(context.HttpContext, 415, "unsupported_media_type", "Send the body as 'Content-Type: application/json'."),
                var status => Write(context.HttpContext, status, "error", "The request was not understood."),
            });
        });

    /// <summary>Writes a problem as the answer.</summary>
    /// <param name="context">The request.</param>
    /// <param name="status">The HTTP status.</param>
    /// <param name="code">A stable code in snake_case.</param>
    /// <param name="detail">A sentence for the person who reads it.</param>
    /// <param name="errors">Field path → messages; null where no field is at fault.</param>
    public static Task Write(
        HttpContext context, int status, string code, string detail, IDictionary<string, string[]>? errors = null)
    {
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(Of(context, status, code, detail, errors), options: null, contentType: "application/problem+json");
    }

    /// <summary>Writes that the database is away, as the answer of whatever cannot do without.</summary>
    public static Task WriteAway(HttpContext context)
    {
        context.Response.Headers.RetryAfter = "2";
        return Write(context, 503, "database_away",
            "The database cannot be reached at the moment. Nothing was changed; try again shortly. Events are taken meanwhile, and access is answered from what was known last.");
    }

    /// <summary>A problem, to be answered or extended.</summary>
    public static ProblemDetails Of(
        HttpContext context, int status, string code, string detail, IDictionary<string, string[]>? errors = null)
    {
        var problem = new ProblemDetails
        {
            Status = status,
            Title = Microsoft.AspNetCore.WebUtilities.ReasonPhrases.GetReasonPhrase(status),
            Detail = detail,
            Extensions = { ["code"] = code, ["traceId"] = Activity.Current?.Id ?? context.TraceIdentifier },
        };
        if (errors is not null)
        {
            problem.Extensions["errors"] = errors;
        }

        return problem;
    }

    private static Task Write(HttpContext context, Exception error)
    {
        switch (error)
        {
            case InvalidInputException invalid:
                return Write(context, 422, "invalid", "Some fields make no sense as they stand; 'errors' names each with its remedy.", invalid.Errors.ToDictionary());
            case Refusal refusal:
                var status = StatusOf(refusal.Kind);
                if (status == 503)
                {
                    context.Response.Headers.RetryAfter = "2";
                }

                return Write(context, status, refusal.Code, refusal.Message);
            case BadHttpRequestException { InnerException: JsonException json }:
                return Write(context, json);
            case JsonException json:
                var path = (json.Path ?? "$").TrimStart('$').TrimStart('.');
                return Write(context, 400, "invalid_json", "The body is not JSON of the expected shape; 'errors' says where.",
                    new Dictionary<string, string[]> { [path.Length == 0 ? "body" : path] = [json.Message.Split(" Path:")[0]] });
            case BadHttpRequestException { StatusCode: 400 } unbound when UnboundPattern().Match(unbound.Message) is { Success: true } found:
                var name = JsonNamingPolicy.CamelCase.ConvertName(found.Groups["name"].Value);
                return Write(context, 400, "bad_request", $"'{name}' cannot be read; 'errors' says why.",
                    new Dictionary<string, string[]> { [name] = [$"'{found.Groups["value"].Value}' is not of the kind that belongs here."] });
            case BadHttpRequestException bad:
                return Write(context, bad.StatusCode, bad.StatusCode == 413 ? "too_large" : "bad_request", bad.Message);
            case DbUpdateConcurrencyException or DbUpdateException { InnerException: PostgresException { SqlState: PostgresErrorCodes.UniqueViolation } }:
                return Write(context, 409, "changed_meanwhile", "Somebody else changed this at the same moment. Read it again and repeat your change.");
            case var failure when DatabaseAway.Is(failure):
                return WriteAway(context);
            default:
                return Write(context, 500, "internal_error", "Something went wrong here, and it is logged under the traceId. Repeating the request is safe with an Idempotency-Key.");
        }
    }

    // The framework says in words alone which part of the address it could not read.
    [GeneratedRegex("^Failed to bind parameter \"[^\"]*? (?<name>\\w+)\" from \"(?<value>.*)\"\\.$", RegexOptions.Singleline)]
    private static partial Regex UnboundPattern();

    private static int StatusOf(RefusalKind kind) => kind switch
    {
        RefusalKind.NotFound => 404,
        RefusalKind.Forbidden => 403,
        RefusalKind.Conflict => 409,
        RefusalKind.Invalid => 422,
        RefusalKind.Unavailable => 503,
    };
}
