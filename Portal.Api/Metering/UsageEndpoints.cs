using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Portal.Domain.Accounts;
using Portal.Domain.Invoicing;
using Portal.Domain.Metering;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Api.Metering;

/// <summary>Where usage is read: <c>/v1/customers/{key}/usage</c> and the events behind it.</summary>
public static class UsageEndpoints
{
    private const string MatchPrefix = "match.";

    /// <summary>Maps the endpoints.</summary>
    public static void MapUsage(this IEndpointRouteBuilder app)
    {
        var customer = app.MapGroup("/v1/customers/{customer}").WithTags("Usage");
        customer.MapGet("/usage", Usage)
            .Needs(Permission.ReadUsage)
            .WithSummary("Usage over time, in windows of the customer's zone. Without 'from' and 'to', of the running calendar month.");
        customer.MapGet("/events", Events)
            .Needs(Permission.ReadUsage)
            .WithSummary("The events behind a number, newest first: with 'meter', those that it counts, and with 'match.<property>' of some groups; with 'line', those of a line of the spend (its price) or of an invoice (number/line); else all.");
    }

    private static async Task<Ok<Listing<UsageRow>>> Usage(
        string customer, [AsParameters] UsageParameters parameters, [AsParameters] ListQuery list,
        HttpContext context, UsageReader reader, Register register, BusinessClock clock, CancellationToken cancellation)
    {
        var errors = new FieldErrors();
        var period = PeriodOf(register.Now.Customer(context.Actor(), Permission.ReadUsage, customer).Customer, parameters.From, parameters.To, clock.GetUtcNow(), errors);
        var window = WindowOf(parameters.Window, errors);
        errors.ThrowIfAny();

        var groupBy = parameters.GroupBy?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];
        var rows = await reader.Series(context.Actor(), new UsageQuery(customer, parameters.Meter, period, window, groupBy), cancellation);
        var begin = (int)Math.Clamp(list.AfterNumber, 0, rows.Count);

        // A chart wants all of its rows: the page is as large as it may be, unless a smaller one is asked for.
        var page = list with { Limit = list.Limit ?? ListQuery.LimitMax };
        return TypedResults.Ok(page.Page([.. rows.Select((row, i) => (Row: row, Number: i + 1)).Skip(begin).Take(page.Take)], item => item.Number, item => item.Row));
    }

    private static async Task<Ok<Listing<EventResponse>>> Events(
        string customer, [FromQuery] string? meter, [FromQuery] string? from, [FromQuery] string? to, [FromQuery] string? line, [AsParameters] ListQuery list,
        HttpContext context, EventReader reader, LineEvents invoiced, PriceEvents priced, InvoiceReader invoices, Register register, BusinessClock clock, CancellationToken cancellation)
    {
        var errors = new FieldErrors();
        var after = string.IsNullOrEmpty(list.After) ? null : list.After;
        var period = PeriodOf(register.Now.Customer(context.Actor(), Permission.ReadUsage, customer).Customer, from, to, clock.GetUtcNow(), errors);
        var match = context.Request.Query
            .Where(item => item.Key.StartsWith(MatchPrefix, StringComparison.Ordinal))
            .ToDictionary(item => item.Key[MatchPrefix.Length..], item => item.Value.ToString(), StringComparer.Ordinal);
        if (match.Count > 0 && meter is null)
        {
            errors.Add("meter", $"'{MatchPrefix}…' picks groups of a meter: name the meter too.");
        }

        if (!string.IsNullOrEmpty(line) && (meter is not null || match.Count > 0))
        {
            errors.Add("line", "A line says by itself which meter and groups it bills: ask for it alone, or for a meter.");
        }

        errors.ThrowIfAny();
        var page = line switch
        {
            null or "" => await reader.Read(context.Actor(), new EventQuery(customer, meter, match, period, after, list.Take - 1), cancellation),
            _ when line.LastIndexOf('/') is > 0 and var slash && int.TryParse(line.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var n) =>
                await OfInvoice(line[..slash], n),
            _ => await priced.Read(context.Actor(), customer, line, from is null && to is null ? null : period, after, list.Take - 1, cancellation),
        };
        return TypedResults.Ok(new Listing<EventResponse>([.. page.Items.Select(EventResponse.Of)], page.Next));

        async Task<EventPage> OfInvoice(string reference, int n)
        {
            var invoice = await invoices.Find(context.Actor(), reference, cancellation);
            return invoice.CustomerId == register.Now.ByKey[customer].Customer.Id
                ? (await invoiced.Read(context.Actor(), reference, n, after, list.Take - 1, cancellation)).Proof.Events
                : throw new Refusal(RefusalKind.NotFound, "not_found", $"Customer '{customer}' has no invoice '{reference}'.");
        }
    }

    private static TimeWindow? WindowOf(string? text, FieldErrors errors)
    {
        switch (text)
        {
            case null or "":
                return null;
            case "hour":
                return TimeWindow.Hour;
            case "day":
                return TimeWindow.Day;
            case "month":
                return TimeWindow.Month;
            default:
                errors.Add("window", $"'{text}' is no window: use hour, day or month, or leave it out for one sum.");
                return null;
        }
    }

    private static Period PeriodOf(Customer customer, string? from, string? to, DateTimeOffset now, FieldErrors errors)
    {
        var month = TimeWindow.Month.At(now, TimeZones.Find(customer.TimeZone)!);
        var start = InstantOf("from", from, errors) ?? month.Start;
        var end = InstantOf("to", to, errors) ?? month.End;
        if (start < end)
        {
            return new Period(start, end);
        }

        errors.Add("to", "'to' must lie after 'from'. Without them, the running calendar month is taken.");
        return month;
    }

    private static DateTimeOffset? InstantOf(string field, string? text, FieldErrors errors)
    {
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        // A plus in an address means a space: whoever forgot to encode it meant an offset.
        if (Instants.TryParse(text.Length > 6 && text[^6] == ' ' ? string.Concat(text.AsSpan(0, text.Length - 6), "+", text.AsSpan(text.Length - 5)) : text, out var instant))
        {
            return instant;
        }

        errors.Add(field, "This is no instant: write it like 2026-02-05T10:00:00Z, with an offset.");
        return null;
    }
}

/// <summary>What of the usage is asked for.</summary>
/// <param name="Meter">A meter's key; all meters where none is given.</param>
/// <param name="From">From this instant.</param>
/// <param name="To">Up to this instant.</param>
/// <param name="Window"><c>hour</c>, <c>day</c> or <c>month</c>; one sum where none is given.</param>
/// <param name="GroupBy">Properties to tell apart, with commas between.</param>
public sealed record UsageParameters(
    [property: FromQuery(Name = "meter")] string? Meter,
    [property: FromQuery(Name = "from")] string? From,
    [property: FromQuery(Name = "to")] string? To,
    [property: FromQuery(Name = "window")] string? Window,
    [property: FromQuery(Name = "groupBy")] string? GroupBy);

/// <summary>An event as it is answered.</summary>
public sealed record EventResponse(
    string Id, string Type, DateTimeOffset Time, DateTimeOffset ReceivedAt, JsonElement Properties, bool Billable, EventVoid? Voided, decimal? Value)
{
    internal static EventResponse Of(StoredEvent item) => new(
        item.Id, item.Type, item.Time, item.ReceivedAt, JsonDocument.Parse(item.Properties).RootElement, item.Billable, item.Voided, item.Value);
}
