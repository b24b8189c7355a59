using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using Portal.Tests.Shared;

namespace Portal.Api.Tests.Hosting;

/// <summary>The first start of the demo: it has ninety days to live through, and the host listens meanwhile.</summary>
public sealed class FirstStartTests : IDisposable
{
    private readonly string _dataFolder = Directory.CreateTempSubdirectory("portal-first-").FullName;

    public FirstStartTests() => File.SetUnixFileMode(_dataFolder, File.GetUnixFileMode(_dataFolder) | UnixFileMode.OtherExecute);

    public void Dispose() => Directory.Delete(_dataFolder, recursive: true);

    [Fact]
    public async Task People_see_how_far_the_demo_is_and_requests_of_machines_wait_for_its_end()
    {
        await using var host = Start();
        using var client = new HttpClient { BaseAddress = await host.Address(), Timeout = TimeSpan.FromMinutes(5) };
        client.DefaultRequestHeaders.Authorization = new("Bearer", "sk_demo_operator_key");

        var page = await Page(client);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, page.StatusCode);
        Assert.Contains("of 90 days done", await page.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/health/live")).StatusCode);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await client.GetAsync("/health/ready")).StatusCode);

        var sent = client.PostAsJsonAsync("/v1/events", new { id = "early", customer = "acme", type = "image.generation", properties = new { size = "512" } });
        var invoices = client.GetFromJsonAsync<JsonElement>("/v1/invoices?customer=acme");
        Assert.Equal("1", (await (await sent).EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>()).GetProperty("accepted").ToString());
        Assert.InRange((await invoices).GetProperty("items").GetArrayLength(), 2, 4);

        // Ready means that the page is there, and only then does the console say where.
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("/health/ready")).StatusCode);
        Assert.Contains("shows how far it is", host.Output, StringComparison.Ordinal);
        Assert.NotEqual(HttpStatusCode.ServiceUnavailable, (await Page(client)).StatusCode);
        Assert.InRange(await Clock(client), TimeProvider.System.GetUtcNow().AddMinutes(-1), TimeProvider.System.GetUtcNow().AddMinutes(1));
    }

    [Fact]
    public async Task Asked_to_stop_while_the_demo_is_made_it_ends_in_order_and_makes_it_anew_at_its_next_start()
    {
        await using (var host = Start())
        {
            using var client = new HttpClient { BaseAddress = await host.Address() };
            HttpResponseMessage page;
            do
            {
                await Task.Delay(50);
                page = await Page(client);
                Assert.Equal(HttpStatusCode.ServiceUnavailable, page.StatusCode);
            }
            while (!Regex.IsMatch(await page.Content.ReadAsStringAsync(), @"[1-9]\d? of 90 days done"));

            Assert.Equal(0, await host.Terminate());
            Assert.False(File.Exists(Path.Combine(_dataFolder, "postgres", "postmaster.pid")));
            Assert.DoesNotContain("   at ", host.Output, StringComparison.Ordinal);
        }

        await using var next = Start();
        using var operators = new HttpClient { BaseAddress = await next.Address(), Timeout = TimeSpan.FromMinutes(5) };
        operators.DefaultRequestHeaders.Authorization = new("Bearer", "sk_demo_operator_key");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await Page(operators)).StatusCode);
        Assert.Equal(4, (await operators.GetFromJsonAsync<JsonElement>("/v1/customers")).GetProperty("items").GetArrayLength());
        Assert.InRange(await Clock(operators), TimeProvider.System.GetUtcNow().AddMinutes(-1), TimeProvider.System.GetUtcNow().AddMinutes(1));
    }

    private HostProcess Start() => HostProcess.Start("Portal.Api.dll", $"--Portal:DataFolder={_dataFolder}");

    private static async Task<DateTimeOffset> Clock(HttpClient client) =>
        (await client.GetFromJsonAsync<JsonElement>("/v1/sandbox/clock")).GetProperty("now").GetDateTimeOffset();

    private static Task<HttpResponseMessage> Page(HttpClient client)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "/");
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/html"));
        return client.SendAsync(request);
    }
}
