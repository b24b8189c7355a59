using System.Text;
using Microsoft.AspNetCore.Http.HttpResults;
using Portal.Domain.Accounts;
using Portal.Domain.Catalog;
using Portal.Domain.Invoicing;
using Portal.Domain.Values;

namespace Portal.Catalog;

/// <summary>What the rate-card pages hand out as files: plain links, for whoever is signed in and may.</summary>
internal static class CardFileEndpoints
{
    internal static void MapCardFiles(this IEndpointRouteBuilder app)
    {
        app.MapGet("/admin/rate-cards/{key}/simulation.csv", Simulation).RequireAuthorization();
        app.MapGet("/admin/rate-cards/{key}/prices.csv", Prices).RequireAuthorization();
    }

    private static Task<IResult> Prices(string key, HttpContext context, ActorReader actors, CatalogReader catalog, CancellationToken cancellation) =>
        Hand(context, actors, actor => Task.FromResult(
            File(PriceTable.Write(RateCardSheet.Of(catalog.Card(actor, key).Newest()).Rows), $"{key}-prices.csv")), cancellation);

    private static Task<IResult> Simulation(
        string key, int? months, string? customers, bool? running, HttpContext context, ActorReader actors, SimulationReader reader, CancellationToken cancellation) =>
        Hand(context, actors, async actor =>
        {
            var simulation = await reader.Run(actor, SimulationAddress.Read(key, months, customers, running), null, cancellation);
            return File(SimulationCsv.Of(simulation), $"{key}-simulation-{simulation.AsOf:yyyy-MM-dd}.csv");
        }, cancellation);

    private static async Task<IResult> Hand(HttpContext context, ActorReader actors, Func<Actor, Task<FileContentHttpResult>> make, CancellationToken cancellation)
    {
        try
        {
            return await make(await actors.ForOperator(context.User, cancellation));
        }
        catch (Refusal refusal)
        {
            return TypedResults.Problem(refusal.Message, statusCode: refusal.Kind switch
            {
                RefusalKind.NotFound => StatusCodes.Status404NotFound,
                RefusalKind.Forbidden => StatusCodes.Status403Forbidden,
                _ => StatusCodes.Status409Conflict,
            });
        }
        catch (InvalidInputException invalid)
        {
            return TypedResults.ValidationProblem(invalid.Errors.ToDictionary());
        }
    }

    // With the mark that lets a spreadsheet read letters beyond ASCII.
    private static FileContentHttpResult File(string text, string name) =>
        TypedResults.File([.. Encoding.UTF8.GetPreamble(), .. Encoding.UTF8.GetBytes(text)], "text/csv; charset=utf-8", name);
}
