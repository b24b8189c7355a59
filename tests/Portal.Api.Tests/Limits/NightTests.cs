using System.Globalization;
using System.Net;
using Microsoft.EntityFrameworkCore;
using Portal.Domain.Alerts;

namespace Portal.Api.Tests.Limits;

/// <summary>The sandbox's clock steps through the nights on its way: each has its forecast, and who asked for it is warned in the night in which the forecast came to lie above the cap.</summary>
public sealed class NightTests(LimitsApi system) : IClassFixture<LimitsApi>
{
    [Fact]
    public async Task A_jump_over_days_keeps_each_nights_forecast_and_warns_in_its_night()
    {
        var customer = await system.Customer();
        (await system.Operator.Put($"/v1/customers/{customer}/limit", """{"amount":"200","forecastAlert":true}""")).Is(HttpStatusCode.OK);
        for (var day = 5; day <= 11; day++)
        {
            await system.Use(customer, "20");
            await Jump($"2026-02-{day + 1:00}T10:00:00Z");
        }

        await using var db = system.Api.Database.CreateDbContext();
        var id = (await db.Customers.SingleAsync(candidate => candidate.Key == customer)).Id;
        Assert.Equal(0, await db.Forecasts.CountAsync(forecast => forecast.CustomerId == id));

        await Jump("2026-02-18T12:00:00Z");

        // Usage began on 5 February at 10:00: a week of it is known in the night of the 13th for the first time.
        var nights = await db.Forecasts.Where(forecast => forecast.CustomerId == id).OrderBy(forecast => forecast.MadeAt).Select(forecast => forecast.MadeAt).ToListAsync();
        Assert.Equal(Enumerable.Range(13, 6), nights.Select(at => at.UtcDateTime.Day));
        Assert.All(nights, at => Assert.Equal(0, at.UtcDateTime.Hour));
        var alert = await db.Alerts.SingleAsync(alert => alert.CustomerId == id && alert.Kind == Alert.ForecastKind);
        Assert.Equal(nights[0], alert.CrossedAt, TimeSpan.FromMinutes(1));
        Assert.Contains("forecast", (await system.Operator.Get($"/v1/alerts?customer={customer}")).Json.GetProperty("items")[0].GetProperty("kind").GetString(), StringComparison.Ordinal);
    }

    private async Task Jump(string to) =>
        (await system.Operator.Post("/v1/sandbox/clock", string.Create(CultureInfo.InvariantCulture, $$"""{"now":"{{to}}"}"""))).Is(HttpStatusCode.OK);
}
