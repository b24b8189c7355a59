using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Portal.Api.Tests.Limits;
using Portal.Samples;

namespace Portal.Api.Tests.Samples;

/// <summary>The sample of docs/access.md before a service of its own, against a real host: a token costs a dollar.</summary>
public sealed class AccessSampleTests(LimitsApi system) : IClassFixture<LimitsApi>
{
    [Fact]
    public async Task A_service_refuses_by_its_own_copy_and_lets_through_again_within_a_second_of_a_raised_cap()
    {
        var (customer, other) = (await system.Customer(), await system.Customer());
        await system.Operator.Put($"/v1/customers/{customer}/limit", """{"amount":"10"}""");
        await using var service = await Service();
        using var caller = service.GetTestClient();
        Assert.Equal(HttpStatusCode.OK, (await Ask(caller, customer)).Status);

        await system.Use(customer, "12");
        var refused = await Until(caller, customer, HttpStatusCode.TooManyRequests);
        Assert.Equal(("limit_reached", "10"), (refused.GetProperty("code").GetString(), refused.GetProperty("limit").GetString()));
        Assert.EndsWith($"/limits?customer={customer}", refused.GetProperty("portalUrl").GetString(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await Ask(caller, other)).Status);

        await system.Operator.Put($"/v1/customers/{customer}/limit", """{"amount":"100"}""");
        await Until(caller, customer, HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_service_that_starts_later_knows_who_is_refused()
    {
        var customer = await system.Customer();
        await system.Operator.Post($"/v1/customers/{customer}/pause", "{}");
        await using var service = await Service();
        using var caller = service.GetTestClient();
        Assert.Equal("paused_by_operator", (await Until(caller, customer, HttpStatusCode.TooManyRequests)).GetProperty("code").GetString());

        await system.Operator.Post($"/v1/customers/{customer}/resume", "{}");
        await Until(caller, customer, HttpStatusCode.OK);
    }

    private async Task<WebApplication> Service()
    {
        var builder = WebApplication.CreateBuilder();
        builder.WebHost.UseTestServer();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(services => new AccessCopy(system.Api.Operator(), services.GetRequiredService<ILogger<AccessCopy>>()));
        builder.Services.AddHostedService(services => services.GetRequiredService<AccessCopy>());
        var app = builder.Build();
        app.UseRouting();
        app.UseMiddleware<AccessMiddleware>();
        app.MapGet("/work", () => "done").WithMetadata(new NeedsFeature("api"));
        await app.StartAsync();
        await app.Services.GetRequiredService<AccessCopy>().Filled.WaitAsync(TimeSpan.FromSeconds(60));
        return app;
    }

    private static async Task<(HttpStatusCode Status, string Text)> Ask(HttpClient caller, string customer)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/work") { Headers = { { "X-Customer", customer } } };
        using var answer = await caller.SendAsync(request);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    private static async Task<JsonElement> Until(HttpClient caller, string customer, HttpStatusCode status)
    {
        for (var watch = Stopwatch.StartNew(); ; await Task.Delay(20))
        {
            var (found, text) = await Ask(caller, customer);
            if (found == status)
            {
                return status == HttpStatusCode.OK ? default : JsonDocument.Parse(text).RootElement;
            }

            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(60), $"{found}: {text}");
        }
    }
}
