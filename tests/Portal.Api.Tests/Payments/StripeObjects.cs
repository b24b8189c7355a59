using System.Text.Json.Nodes;
using Portal.Tests.Shared;

namespace Portal.Api.Tests.Payments;

/// <summary>Objects in Stripe's shapes.</summary>
/// <remarks>
/// Where the folder 'shared/data/stripe' lies beside the repository, each is Stripe's own published example of that resource (stripe/openapi, fixtures3.json,
/// MIT), with the fields of the case laid over it: then the whole of what Stripe may say is read. Elsewhere it is those fields alone.
/// </remarks>
internal static class StripeObjects
{
    private static readonly Lazy<JsonNode?> s_examples = new(() => File.Exists(Path) ? JsonNode.Parse(File.ReadAllText(Path))!["resources"] : null);

    /// <summary>Where Stripe's examples are looked for.</summary>
    public static string Path { get; } = System.IO.Path.GetFullPath(System.IO.Path.Combine(Repository.Root, "..", "shared", "data", "stripe", "fixtures3.json"));

    /// <summary>An object of a resource, with these fields.</summary>
    public static JsonObject Of(string resource, JsonObject fields)
    {
        var whole = s_examples.Value?[resource]?.DeepClone().AsObject() ?? new JsonObject { ["object"] = resource };
        foreach (var (name, value) in fields)
        {
            whole[name] = value?.DeepClone();
        }

        return whole;
    }

    /// <summary>An error as Stripe answers it.</summary>
    public static JsonObject Error(string type, string? code, string? declined, string message) => new()
    {
        ["error"] = new JsonObject { ["type"] = type, ["code"] = code, ["decline_code"] = declined, ["message"] = message },
    };

    /// <summary>A message as Stripe posts it.</summary>
    public static JsonObject Event(string id, string type, JsonObject subject) =>
        Of("event", new JsonObject { ["id"] = id, ["type"] = type, ["data"] = new JsonObject { ["object"] = subject.DeepClone() } });
}
