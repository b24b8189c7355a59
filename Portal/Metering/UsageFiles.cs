using System.Globalization;
using System.Text;
using NodaTime;
using Portal.Accounts;
using Portal.Domain.Accounts;
using Portal.Domain.Invoicing;
using Portal.Domain.Metering;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Metering;

/// <summary>What the usage pages show as files: <c>/usage.csv</c> and <c>/events.csv</c>, each with the query of its page. Times carry the offset of the customer's zone.</summary>
internal static class UsageFiles
{
    private const int EventsPerPage = 1_000;

    // What a spreadsheet needs to read a file as UTF-8.
    private const string Mark = "\uFEFF";

    internal static void MapUsageFiles(this IEndpointRouteBuilder app)
    {
        app.MapGet("/usage.csv", Usage).RequireAuthorization();
        app.MapGet("/events.csv", Events).RequireAuthorization();
    }

    private static Task Usage(HttpContext context, ActorReader actors, UsageSeries series) =>
        Answer(context, actors, "usage", async (caller, mark, cancellation) =>
        {
            var view = await series.Read(caller.Actor, caller.Key, UsageAddress.Parse(context.Request.Query), cancellation);
            var text = view.Question.Show is UsageMeasure.Cost
                ? CostRows(view, await series.Costs(caller.Actor, caller.Key, view, cancellation))
                : UnitRows(view, await series.Rows(caller.Actor, caller.Key, view, cancellation));
            await context.Response.WriteAsync(mark + text, cancellation);
        });

    private static string UnitRows(UsageView view, IReadOnlyList<UsageRow> rows)
    {
        var zone = TimeZones.Find(view.Zone)!;
        var ends = view.Windows.ToDictionary(window => window.Start, window => window.End);
        string[] by = view.Question.By is { Length: > 0 } property ? [property] : [];
        var text = new StringBuilder(CsvText.Row(["start", "end", "meter", .. by.Select(CsvText.Text), "quantity", "unit", "events"]));
        foreach (var row in rows)
        {
            text.Append(CsvText.Row([
                Time(row.Start, zone), Time(ends[row.Start], zone), row.Meter, .. by.Select(name => CsvText.Text(row.Group[name])),
                DecimalText.Format(row.Quantity), CsvText.Text(view.Meter!.Unit), DecimalText.Format(row.Events)]));
        }

        return text.ToString();
    }

    private static string CostRows(UsageView view, IReadOnlyList<PriceCosts> prices)
    {
        var zone = TimeZones.Find(view.Zone)!;
        var text = new StringBuilder(CsvText.Row("start", "end", "meter", "price", "name", "cost", "currency"));
        foreach (var price in prices)
        {
            for (var i = 0; i < view.Windows.Count; i++)
            {
                text.Append(CsvText.Row(
                    Time(view.Windows[i].Start, zone), Time(view.Windows[i].End, zone), view.Meter!.Key, price.PriceKey, CsvText.Text(price.Name),
                    DecimalText.Format(price.Costs[i]), view.Currency.Code));
            }
        }

        return text.ToString();
    }

    private static Task Events(HttpContext context, ActorReader actors, EventReader events, EventLines lines, Register register, BusinessClock clock) =>
        Answer(context, actors, "events", async (caller, mark, cancellation) =>
        {
            var question = EventsQuestion.Parse(context.Request.Query);
            var zone = TimeZones.Find(register.Now.Customer(caller.Actor, Permission.ReadUsage, caller.Key).Customer.TimeZone)!;
            var period = question.PeriodIn(zone, clock.GetUtcNow());
            var text = new StringBuilder(mark).Append(CsvText.Row("time", "received", "id", "type", "quantity", "billable", "takenBack", "invoiceLine", "properties"));
            do
            {
                // A page at a time, so that a file of millions takes no more memory than one of a thousand.
                var page = await events.Read(caller.Actor, question.Query(caller.Key, period, EventsPerPage), cancellation);
                var billed = await lines.Of(caller.Actor, caller.Key, page.Items, cancellation);
                foreach (var item in page.Items)
                {
                    text.Append(CsvText.Row(
                        Time(item.Time, zone), Time(item.ReceivedAt, zone), CsvText.Text(item.Id), CsvText.Text(item.Type),
                        item.Value is { } value ? DecimalText.Format(value) : "", item.Billable ? "true" : "false", CsvText.Text(item.Voided?.Reason ?? ""),
                        string.Join(' ', billed.GetValueOrDefault(item.Id, []).Select(line => $"{line.Number}/{line.N}")), CsvText.Text(item.Properties)));
                }

                await context.Response.WriteAsync(text.ToString(), cancellation);
                text.Clear();
                question = question with { After = page.Next };
            }
            while (question.After is not null);
        });

    private static async Task Answer(HttpContext context, ActorReader actors, string name, Func<CustomerCaller, string, CancellationToken, Task> write)
    {
        var cancellation = context.RequestAborted;
        try
        {
            var key = context.Request.Query["customer"] is [{ Length: > 0 } named, ..] ? named
                : (await actors.Places(context.User, cancellation)).Pick(chosen: null).Key;
            var caller = new CustomerCaller(await actors.ForCustomer(context.User, key, cancellation), key, key);
            context.Response.ContentType = "text/csv; charset=utf-8";
            context.Response.Headers.CacheControl = "no-store";
            context.Response.Headers.ContentDisposition = $"attachment; filename=\"{name}.csv\"";
            await write(caller, context.Request.Query["excel"] == "true" ? Mark : "", cancellation);
        }
        catch (Exception refused) when (refused is Refusal or InvalidInputException && !context.Response.HasStarted)
        {
            context.Response.Clear();
            context.Response.StatusCode = refused is Refusal { Kind: RefusalKind.NotFound } ? StatusCodes.Status404NotFound
                : refused is Refusal { Kind: RefusalKind.Forbidden } ? StatusCodes.Status403Forbidden
                : StatusCodes.Status400BadRequest;
            context.Response.ContentType = "text/plain; charset=utf-8";
            await context.Response.WriteAsync(refused.Message, cancellation);
        }
    }

    private static string Time(DateTimeOffset at, DateTimeZone zone)
    {
        var local = Instant.FromDateTimeOffset(at).InZone(zone).ToDateTimeOffset();
        return local.ToString(local.Ticks % TimeSpan.TicksPerSecond == 0 ? "yyyy-MM-dd'T'HH:mm:sszzz" : "yyyy-MM-dd'T'HH:mm:ss.ffffffzzz", CultureInfo.InvariantCulture);
    }
}
