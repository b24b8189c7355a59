using System.Text.Json.Nodes;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Portal.Domain.Accounts;

namespace Portal.Api;

/// <summary>The machine-readable description at <c>/openapi/v1.json</c>, and the page that shows it at <c>/docs</c>.</summary>
public static class OpenApiDescription
{
    private const string Document = "v1";
    private const string Bearer = "key";

    /// <summary>Registers what makes the description.</summary>
    public static IServiceCollection AddPortalOpenApi(this IServiceCollection services) => services.AddOpenApi(Document, options =>
    {
        options.AddDocumentTransformer(Introduce);
        options.AddOperationTransformer(Describe);
    });

    /// <summary>Maps the description and its page. The page's script and style are served by this host.</summary>
    public static void MapPortalOpenApi(this WebApplication app)
    {
        app.MapOpenApi("/openapi/{documentName}.json");
        app.UseWhen(context => !context.Request.Path.StartsWithSegments("/v1"), pages => pages.UseSwaggerUI(page =>
        {
            page.RoutePrefix = "docs";
            page.DocumentTitle = "Portal API";
            page.SwaggerEndpoint($"/openapi/{Document}.json", "Version 1");
            page.DefaultModelsExpandDepth(0);
        }));
    }

    private static Task Introduce(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken cancellation)
    {
        document.Info = new OpenApiInfo
        {
            Title = "Portal API",
            Version = "1",
            Description = "Money and quantities are decimal strings in answers; requests take strings or numbers. Times are RFC 3339 with an offset, UTC in answers. "
                + "Errors are application/problem+json with a stable 'code', the fields at fault in 'errors', and a 'traceId'. Lists are {items, next}.",
        };

        // The address at which it was asked for is the one that works for whoever asked.
        document.Servers = [];
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>();
        document.Components.SecuritySchemes[Bearer] = new OpenApiSecurityScheme
        {
            Type = SecuritySchemeType.Http,
            Scheme = "bearer",
            Description = "An API key: sk_… of the operator, ck_… of one customer.",
        };
        document.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Bearer, document)] = [] }];
        return Task.CompletedTask;
    }

    private static Task Describe(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellation)
    {
        var metadata = context.Description.ActionDescriptor.EndpointMetadata;
        if (metadata.OfType<NeededPermission>().FirstOrDefault() is { } needed)
        {
            operation.Description = $"Scope: {string.Join(" or ", Gate.ScopesFor(needed.Permission).ToNames())}. {operation.Description}".TrimEnd();
        }

        if (metadata.OfType<BodyExample>().FirstOrDefault() is { } body)
        {
            var example = JsonNode.Parse(body.Json)!;
            operation.RequestBody = new OpenApiRequestBody
            {
                Content = new Dictionary<string, OpenApiMediaType> { ["application/json"] = new() { Schema = SchemaOf(example), Example = example } },
            };
        }

        if (Idempotency.Concerns(context.Description.HttpMethod ?? "", $"/{context.Description.RelativePath}"))
        {
            operation.Parameters ??= [];
            operation.Parameters.Add(new OpenApiParameter
            {
                Name = Idempotency.Header,
                In = ParameterLocation.Header,
                Description = "Repeats of a request with the same key, within 35 days, get the first one's answer.",
                Schema = new OpenApiSchema { Type = JsonSchemaType.String },
            });
        }

        operation.Responses ??= [];
        operation.Responses["4XX"] = new OpenApiResponse
        {
            Description = "A problem, with a stable code, a sentence for a person, and the fields at fault.",
            Content = new Dictionary<string, OpenApiMediaType> { ["application/problem+json"] = new() { Schema = Problem() } },
        };
        return Task.CompletedTask;
    }

    private static OpenApiSchema SchemaOf(JsonNode? example) => example switch
    {
        JsonObject fields => new OpenApiSchema
        {
            Type = JsonSchemaType.Object,
            Properties = fields.ToDictionary(field => field.Key, IOpenApiSchema (field) => SchemaOf(field.Value)),
        },
        JsonArray items => new OpenApiSchema { Type = JsonSchemaType.Array, Items = items.Count > 0 ? SchemaOf(items[0]) : new OpenApiSchema() },
        JsonValue value when value.TryGetValue<bool>(out _) => new OpenApiSchema { Type = JsonSchemaType.Boolean },
        JsonValue value when value.TryGetValue<string>(out _) => new OpenApiSchema { Type = JsonSchemaType.String },
        JsonValue => new OpenApiSchema { Type = JsonSchemaType.Number },
        _ => new OpenApiSchema(),
    };

    private static OpenApiSchema Problem() => new()
    {
        Type = JsonSchemaType.Object,
        Properties = new Dictionary<string, IOpenApiSchema>
        {
            ["status"] = new OpenApiSchema { Type = JsonSchemaType.Integer },
            ["title"] = new OpenApiSchema { Type = JsonSchemaType.String },
            ["detail"] = new OpenApiSchema { Type = JsonSchemaType.String, Description = "What is wrong, and what to do about it." },
            ["code"] = new OpenApiSchema { Type = JsonSchemaType.String, Description = "Stable: a program may rely on it." },
            ["errors"] = new OpenApiSchema
            {
                Type = JsonSchemaType.Object,
                Description = "The fields at fault, each by its path, with what to do.",
                AdditionalProperties = new OpenApiSchema { Type = JsonSchemaType.Array, Items = new OpenApiSchema { Type = JsonSchemaType.String } },
            },
            ["traceId"] = new OpenApiSchema { Type = JsonSchemaType.String },
        },
    };
}
