using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Portal.Domain.Accounts;
using Portal.Domain.Alerts;
using Portal.Domain.Storage;

namespace Portal.Api.Alerts;

/// <summary>What the operator's people must look at: <c>/v1/alarms</c>.</summary>
public static class AlarmEndpoints
{
    /// <summary>Maps the endpoints.</summary>
    public static void MapAlarms(this IEndpointRouteBuilder app)
    {
        var alarms = app.MapGroup("/v1/alarms").WithTags("Alarms");
        alarms.MapGet("", List)
            .Needs(Permission.ReadOperations)
            .WithSummary("What the operator must look at, the newest first: open alarms, with ?cleared=true also those that somebody saw to.");
        alarms.MapPost("/{alarm:long}/clear", Clear)
            .Needs(Permission.ManageOperations)
            .WithSummary("Note that somebody saw to an alarm. If the trouble comes again, it is a new one.");
    }

    private static async Task<Ok<Listing<AlarmResponse>>> List(
        [FromQuery] bool? cleared, [AsParameters] ListQuery list, HttpContext context, AlarmReader reader, CancellationToken cancellation)
    {
        var before = list.AfterNumber is var number && number == long.MinValue ? (long?)null : number;
        var rows = await reader.List(context.Actor(), cleared is true, before, list.Take, cancellation);
        return TypedResults.Ok(list.Page(rows, row => row.Alarm.Id, row => AlarmResponse.Of(row.Alarm, row.CustomerKey)));
    }

    private static async Task<Ok<AlarmResponse>> Clear(long alarm, HttpContext context, AlarmWriter writer, Register register, CancellationToken cancellation)
    {
        var cleared = await writer.Clear(context.Actor(), alarm, cancellation);
        return TypedResults.Ok(AlarmResponse.Of(cleared, cleared.CustomerId is { } id ? register.Now.ById.GetValueOrDefault(id)?.Customer.Key : null));
    }
}

/// <summary>Something that the operator must look at.</summary>
/// <param name="Id">Identifies it.</param>
/// <param name="Key">What it is about; of one key at most one alarm is open.</param>
/// <param name="Title">What is the matter.</param>
/// <param name="Text">What happened last, and what to do about it.</param>
/// <param name="Customer">The customer's key; null for none or many.</param>
/// <param name="Count">How often it was raised while it was open.</param>
/// <param name="RaisedAt">When first.</param>
/// <param name="LastAt">When last.</param>
/// <param name="ClearedAt">When somebody saw to it; null while it is open.</param>
/// <param name="ClearedBy">Who; null while it is open.</param>
public sealed record AlarmResponse(
    long Id, string Key, string Title, string Text, string? Customer, int Count,
    DateTimeOffset RaisedAt, DateTimeOffset LastAt, DateTimeOffset? ClearedAt, string? ClearedBy)
{
    internal static AlarmResponse Of(Alarm alarm, string? customer) => new(
        alarm.Id, alarm.Key, alarm.Title, alarm.Text, customer, alarm.Count, alarm.RaisedAt, alarm.LastAt, alarm.ClearedAt, alarm.ClearedBy);
}
