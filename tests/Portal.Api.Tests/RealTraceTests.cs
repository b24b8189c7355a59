using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Portal.Tests.Shared;

namespace Portal.Api.Tests;

/// <summary>The whole road on real input: one hour of two production LLM services (Azure Public Dataset, CC-BY 4.0; Patel et al., "Splitwise", ISCA 2024).</summary>
public sealed class RealTraceTests : IAsyncLifetime
{
    private const int RowsPerRequest = 1_000;

    private readonly ApiApplication _app = new();
    private HttpClient _api = null!;

    public async Task InitializeAsync()
    {
        // The trace is of 16 November 2023: the system's clock starts on the evening of that day.
        _app.Settings["Portal:SandboxClock"] = "2023-11-16T20:00:00Z";
        await _app.InitializeAsync();
        _api = _app.Operator();
        await PutMeter("context", "context_tokens");
        await PutMeter("generated", "generated_tokens");
        (await _api.Put("/v1/rate-cards/llm", """
            {"name":"LLM","currency":"USD","interval":"month","prices":[
              {"key":"in","name":"Context tokens","meter":"context","rate":{"model":"per_unit","amount":"2.50","per":"1000000"}},
              {"key":"out","name":"Generated tokens","meter":"generated","rate":{"model":"per_unit","amount":"10.00","per":"1000000"}}]}
            """)).Is(HttpStatusCode.Created);
        Assert.True((int)(await _api.Post("/v1/rate-cards/llm/publish", "{}")).Status < 300);
    }

    public async Task DisposeAsync()
    {
        _api.Dispose();
        await ((IAsyncLifetime)_app).DisposeAsync();
    }

    [TraceTheory]
    [InlineData("conv", 19_366, "96.791325", "55.90", "40.89", "96.79")]
    [InlineData("code", 8_819, "47.608895", "45.15", "2.46", "47.61")]
    public async Task A_real_hour_of_usage_shuffled_and_sent_twice_bills_to_the_cent(
        string file, int rows, string exact, string lineIn, string lineOut, string total)
    {
        await _api.Put($"/v1/customers/{file}", $$"""{"name":"{{file}}","email":"{{file}}@example.com","currency":"USD","timeZone":"UTC"}""");
        Assert.True((int)(await _api.Put($"/v1/customers/{file}/subscription", """{"rateCard":"llm","startsAt":"2023-11-01T00:00:00Z"}""")).Status < 300);
        var events = Read(file);

        var (accepted, duplicates) = (0, 0);
        foreach (var seed in new[] { 1, 2 })
        {
            new Random(seed).Shuffle(events);
            foreach (var chunk in events.Chunk(RowsPerRequest))
            {
                var answer = await Send(chunk);
                accepted += answer.GetProperty("accepted").GetInt32();
                duplicates += answer.GetProperty("duplicates").GetInt32();
            }
        }

        Assert.Equal((rows, rows), (accepted, duplicates));

        var spend = (await _api.Get($"/v1/customers/{file}/spend")).Is(HttpStatusCode.OK).Json;
        Assert.Equal(decimal.Parse(exact, CultureInfo.InvariantCulture), spend.GetProperty("lines").EnumerateArray()
            .Sum(line => decimal.Parse(line.GetProperty("exact").GetString()!, CultureInfo.InvariantCulture)));
        Assert.Equal(total, spend.GetProperty("subtotal").GetString());

        (await _api.Post("/v1/sandbox/clock", """{"now":"2023-12-01T01:00:01Z"}""")).Is(HttpStatusCode.OK);
        var invoice = (await _api.Get($"/v1/invoices?customer={file}")).Is(HttpStatusCode.OK).Json.GetProperty("items").EnumerateArray().Single();
        Assert.Equal("INV-000001", invoice.GetProperty("number").GetString());
        var lines = (await _api.Get("/v1/invoices/INV-000001")).Is(HttpStatusCode.OK).Json.GetProperty("lines").EnumerateArray();
        Assert.Equal([lineIn, lineOut], lines.Select(line => line.GetProperty("amount").GetString()!));
        Assert.Equal(total, invoice.GetProperty("total").GetString());
    }

    private async Task PutMeter(string key, string value) =>
        (await _api.Put($"/v1/meters/{key}", $$"""{"name":"{{key}}","eventType":"llm.request","aggregation":"sum","value":"{{value}}","unit":"token"}"""))
            .Is(HttpStatusCode.Created);

    private async Task<JsonElement> Send(IEnumerable<string> lines)
    {
        using var body = new StringContent(string.Join('\n', lines), Encoding.UTF8, "application/x-ndjson");
        using var response = await _api.PostAsync("/v1/events", body);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.StatusCode == HttpStatusCode.OK, text);
        return JsonDocument.Parse(text).RootElement;
    }

    // A row is an event; its place in the file is its id, since two requests may be alike in everything else.
    private static string[] Read(string file) =>
    [
        .. File.ReadLines(TraceTheoryAttribute.PathOf(file)).Skip(1).Select((row, n) =>
        {
            var columns = row.Split(',');
            var time = columns[0].Replace(' ', 'T') + "Z";
            return $$"""{"id":"{{file}}-{{n}}","customer":"{{file}}","type":"llm.request","time":"{{time}}","properties":{"context_tokens":{{columns[1]}},"generated_tokens":{{columns[2]}}} }""";
        }),
    ];
}

/// <summary>A theory over the real trace, skipped with a reason where its folder is not beside the repository.</summary>
public sealed class TraceTheoryAttribute : TheoryAttribute
{
    public TraceTheoryAttribute()
    {
        if (!File.Exists(PathOf("conv")))
        {
            Skip = $"The real trace is not here: put AzureLLMInferenceTrace_conv.csv and …_code.csv of the Azure Public Dataset into {Path.GetDirectoryName(PathOf("conv"))}.";
        }
    }

    /// <summary>Where a file of the trace is looked for: in the folder 'shared/data' beside the repository.</summary>
    public static string PathOf(string file) =>
        Path.GetFullPath(Path.Combine(Repository.Root, "..", "shared", "data", $"AzureLLMInferenceTrace_{file}.csv"));
}
