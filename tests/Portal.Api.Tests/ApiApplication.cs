using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.DependencyInjection;
using Portal.Api.Hosting;
using Portal.Domain.Values;
using Portal.Tests.Shared;

namespace Portal.Api.Tests;

/// <summary>The API's host over a database of its own (<c>IClassFixture&lt;ApiApplication&gt;</c>), without a demo, in the sandbox.</summary>
public sealed class ApiApplication : WebApplicationFactory<StartUp>, IAsyncLifetime
{
    /// <summary>The operator's key, with every scope.</summary>
    public const string OperatorKey = "sk_test_operator_key";

    private int _made;

    /// <summary>Settings beyond those that every test has; to be filled before the host starts with the first request.</summary>
    public Dictionary<string, string> Settings { get; } = [];

    /// <summary>Where the host keeps its files: mails above all.</summary>
    public string DataFolder { get; } = Directory.CreateTempSubdirectory("portal-api-test-").FullName;

    /// <summary>The database beneath.</summary>
    public TestDatabase Database { get; } = new();

    /// <summary>The business clock, which a test may move forward.</summary>
    public BusinessClock Clock => Services.GetRequiredService<BusinessClock>();

    /// <summary>Everything that the host has logged.</summary>
    public LogSink Log { get; } = new();

    public Task InitializeAsync() => Database.InitializeAsync();

    async Task IAsyncLifetime.DisposeAsync()
    {
        await base.DisposeAsync();
        await Database.DisposeAsync();
        Directory.Delete(DataFolder, recursive: true);
    }

    /// <summary>A client that sends the operator's key.</summary>
    public HttpClient Operator() => With(OperatorKey);

    /// <summary>A client that sends a key; none for null.</summary>
    public HttpClient With(string? secret)
    {
        var client = CreateClient(new WebApplicationFactoryClientOptions { AllowAutoRedirect = false });
        client.DefaultRequestHeaders.Authorization = secret is null ? null : new AuthenticationHeaderValue("Bearer", secret);
        return client;
    }

    /// <summary>Creates a customer.</summary>
    /// <returns>Its key.</returns>
    public async Task<string> MakeCustomer(string currency = "USD")
    {
        var key = string.Create(CultureInfo.InvariantCulture, $"customer-{Interlocked.Increment(ref _made)}");
        using var client = Operator();
        using var answer = await client.PutAsJsonAsync($"/v1/customers/{key}", new { name = key, email = $"{key}@example.com", currency });
        answer.EnsureSuccessStatusCode();
        return key;
    }

    /// <summary>Creates an API key for a customer.</summary>
    /// <returns>Its secret.</returns>
    public Task<string> MakeKey(string customer, params string[] scopes) => MakeKeyAt($"/v1/customers/{customer}/keys", scopes);

    /// <summary>Creates an API key of the operator's.</summary>
    /// <returns>Its secret.</returns>
    public Task<string> MakeOperatorKey(params string[] scopes) => MakeKeyAt("/v1/keys", scopes);

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        builder.UseEnvironment("Development");
        builder.UseSetting("urls", "http://127.0.0.1:0");
        builder.UseSetting("ConnectionStrings:Portal", Database.ConnectionString);
        builder.UseSetting("Portal:DataFolder", DataFolder);
        builder.UseSetting("Portal:Demo", "false");

        // What falls due runs when a test moves the clock, and not beside it.
        builder.UseSetting("Portal:Jobs", "false");
        builder.UseSetting("Portal:Bootstrap:ApiKey", OperatorKey);

        // A busy machine must not be taken for a database that hangs.
        builder.UseSetting("Portal:Ingest:PatienceMilliseconds", "10000");
        foreach (var (name, value) in Settings)
        {
            builder.UseSetting(name, value);
        }

        builder.ConfigureServices(services => services.AddSingleton<Microsoft.Extensions.Logging.ILoggerProvider>(Log));
    }

    private async Task<string> MakeKeyAt(string address, string[] scopes)
    {
        using var client = Operator();
        using var answer = await client.PostAsJsonAsync(address, new { name = "test", scopes });
        answer.EnsureSuccessStatusCode();
        return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("secret").GetString()!;
    }
}
