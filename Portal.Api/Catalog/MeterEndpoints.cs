using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Portal.Domain.Accounts;
using Portal.Domain.Catalog;
using Portal.Domain.Metering;
using Portal.Domain.Values;

namespace Portal.Api.Catalog;

/// <summary>What is counted: <c>/v1/meters</c>.</summary>
public static class MeterEndpoints
{
    private static readonly string[] s_fields = ["name", "eventType", "eventTypes", "aggregation", "value", "groupBy", "filter", "unit", "unitCost", "key", "createdAt", "countsFrom", "backfilledAt"];

    /// <summary>Maps the endpoints.</summary>
    public static void MapMeters(this IEndpointRouteBuilder app)
    {
        var meters = app.MapGroup("/v1/meters").WithTags("Catalog");
        meters.MapPut("/{meter}", Put)
            .Needs(Permission.ManageCatalog)
            .Takes("""
                {"name":"LLM tokens","eventType":"llm.completion","aggregation":"sum","value":"input_tokens","groupBy":["model"],
                "filter":{"region":["eu","us"]},"unit":"token","unitCost":[{"match":{"model":"gpt-4o"},"amount":"0.0000018"}]}
                """)
            .WithSummary("Create a meter, or change it as far as no usage would change its meaning.");
        meters.MapGet("/{meter}", Get).Needs(Permission.ReadCatalog).WithoutDatabase().WithSummary("One meter.");
        meters.MapPost("/{meter}/backfill", StartBackfill)
            .Needs(Permission.ManageCatalog)
            .WithSummary("Let a meter count the events that were stored before it. Running periods take them, closed ones as late usage; asked again, it changes nothing.");
        meters.MapGet("/{meter}/backfill", GetBackfill).Needs(Permission.ManageCatalog).WithSummary("How far the back-fill of a meter has come.");
        meters.MapGet("", List).Needs(Permission.ReadCatalog).WithoutDatabase().WithSummary("All meters, by key.");
    }

    private static async Task<Results<Ok<MeterResponse>, Created<MeterResponse>>> Put(
        string meter, JsonElement body, HttpContext context, MeterWriter writer, CancellationToken cancellation)
    {
        var (stored, isNew) = await writer.Put(context.Actor(), meter, Input.Read(body, Details), cancellation);
        var answer = MeterResponse.Of(stored, showsCost: true);
        return isNew ? TypedResults.Created($"/v1/meters/{meter}", answer) : TypedResults.Ok(answer);
    }

    private static Ok<MeterResponse> Get(string meter, HttpContext context, CatalogReader reader) =>
        TypedResults.Ok(MeterResponse.Of(reader.Meter(context.Actor(), meter), ShowsCost(context)));

    private static async Task<Ok<BackfillResponse>> StartBackfill(
        string meter, HttpContext context, RecountWriter writer, RecountReader reader, CancellationToken cancellation)
    {
        await writer.Backfill(context.Actor(), meter, cancellation);
        return await GetBackfill(meter, context, reader, cancellation);
    }

    private static async Task<Ok<BackfillResponse>> GetBackfill(string meter, HttpContext context, RecountReader reader, CancellationToken cancellation) =>
        TypedResults.Ok(BackfillResponse.Of(await reader.Backfill(context.Actor(), meter, cancellation)));

    private static Ok<Listing<MeterResponse>> List([AsParameters] ListQuery list, HttpContext context, CatalogReader reader)
    {
        var rows = reader.Meters(context.Actor()).Where(meter => list.IsAfter(meter.Key)).Take(list.Take).ToList();
        return TypedResults.Ok(list.Page(rows, meter => meter.Key, meter => MeterResponse.Of(meter, ShowsCost(context))));
    }

    // What a unit costs the operator is none of a customer's business.
    private static bool ShowsCost(HttpContext context) => context.Actor().CustomerId is null;

    private static MeterDetails Details(InputObject body, FieldErrors errors)
    {
        body.RefuseOthers("a meter", s_fields);
        var name = body.Text("name", "Give the meter a name, as it is read on pages and invoices.");
        List<WeightedType> types = [.. body.Items("eventTypes").Select(found => Type(found.Item, found.Path, errors)).OfType<WeightedType>()];
        var eventType = types.Count > 0 && body.Find("eventType") is null
            ? types[0].Type
            : body.Text("eventType", "Give the type of the events that it reads, such as \"llm.completion\", or several as \"eventTypes\".");
        return new MeterDetails(name, eventType, body.Word<Aggregation>("aggregation"))
        {
            EventTypes = types,
            Value = body.OptionalText("value"),
            GroupBy = body.Texts("groupBy", errors),
            Filter = Filter(body, errors),
            Unit = body.OptionalText("unit") ?? "unit",
            UnitCosts = [.. body.Items("unitCost").Select(found => Cost(found.Item, found.Path, errors)).OfType<UnitCost>()],
        };
    }

    private static Dictionary<string, IReadOnlyList<string>> Filter(InputObject body, FieldErrors errors)
    {
        var filter = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        if (body.Find("filter") is { } found && InputObject.Of(found, "filter", errors, "Give the filter as an object, such as {\"region\":[\"eu\",\"us\"]}.") is { } properties)
        {
            foreach (var name in found.EnumerateObject().Select(property => property.Name))
            {
                filter[name] = properties.Texts(name, errors);
            }
        }

        return filter;
    }

    private static WeightedType? Type(JsonElement type, string path, FieldErrors errors)
    {
        if (InputObject.Of(type, path, errors, "Give a type of events as an object, such as {\"type\":\"job.complex\",\"weight\":\"10\"}.") is not { } fields)
        {
            return null;
        }

        fields.RefuseOthers("a type of events", "type", "weight", "value");
        return new WeightedType(
            fields.Text("type", "Give the type of the events, such as \"job.complex\"."), fields.OptionalDecimal("weight", DecimalBound.AboveZero) ?? 1, fields.OptionalText("value"));
    }

    private static UnitCost? Cost(JsonElement cost, string path, FieldErrors errors)
    {
        if (InputObject.Of(cost, path, errors, "Give a cost as an object, such as {\"match\":{\"model\":\"gpt-4o\"},\"amount\":\"0.0000018\"}.") is not { } fields)
        {
            return null;
        }

        fields.RefuseOthers("a cost", "match", "amount");
        return new UnitCost(fields.TextMap("match", errors), fields.RequiredDecimal("amount"));
    }
}

/// <summary>A meter as it is answered; <c>eventTypes</c> is empty where it reads one type, <c>unitCost</c> is for the operator alone.</summary>
public sealed record MeterResponse(
    string Key, string Name, string EventType, IReadOnlyList<WeightedType> EventTypes, Aggregation Aggregation, string? Value, IReadOnlyList<string> GroupBy,
    IReadOnlyDictionary<string, string[]> Filter, string Unit, IReadOnlyList<UnitCost> UnitCost, DateTimeOffset CreatedAt,
    DateTimeOffset? CountsFrom, DateTimeOffset? BackfilledAt)
{
    internal static MeterResponse Of(Meter meter, bool showsCost) => new(
        meter.Key, meter.Name, meter.EventType, meter.EventTypes, meter.Aggregation, meter.ValueProperty, meter.GroupBy,
        meter.Filter, meter.Unit, showsCost ? meter.UnitCosts : [], meter.CreatedAt, meter.CountsFrom, meter.BackfilledAt);
}

/// <summary>How far the back-fill of a meter has come: of how many customers events are counted, for how many that is done, and how many events count by it.</summary>
public sealed record BackfillResponse(
    string Meter, string State, DateTimeOffset? CountsFrom, DateTimeOffset? BackfilledAt, int Customers, int Done, int Failed, long Events)
{
    internal static BackfillResponse Of(Backfill backfill) => new(
        backfill.Meter.Key, backfill.State, backfill.Meter.CountsFrom, backfill.Meter.BackfilledAt, backfill.Customers, backfill.Done, backfill.Failed, backfill.Readings);
}
