using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Portal.Domain.Accounts;

namespace Portal.Api.Tests.Security;

/// <summary>T-60: a secret is told to whom it belongs, once, and is found nowhere else: not in the database, not in the log at any level, not in an error.</summary>
public sealed class SecretTests(ApiApplication api) : IClassFixture<ApiApplication>
{
    private const string Password = "correct horse battery";

    [Fact]
    public async Task No_secret_is_in_the_database_the_log_or_an_error()
    {
        await using var host = api.WithWebHostBuilder(builder => builder.ConfigureTestServices(services => services.Configure<LoggerFilterOptions>(options =>
        {
            options.Rules.Clear();
            options.MinLevel = LogLevel.Trace;
        })));
        using var client = host.CreateClient();
        client.DefaultRequestHeaders.Authorization = new("Bearer", ApiApplication.OperatorKey);
        var customer = await api.MakeCustomer();
        var (secrets, errors) = (new List<string> { ApiApplication.OperatorKey, Password }, new StringBuilder());

        // Answered twice under one Idempotency-Key, so the answer is kept.
        const string key = """{"name":"n","scopes":["usage:read"]}""";
        var made = (await client.Post($"/v1/customers/{customer}/keys", key, "secret-1")).Is(HttpStatusCode.Created);
        Assert.Equal(made.Text, (await client.Post($"/v1/customers/{customer}/keys", key, "secret-1")).Text);
        secrets.Add(made.Json.GetProperty("secret").GetString()!);
        var operators = (await client.Post("/v1/keys", key, "secret-2")).Is(HttpStatusCode.Created);
        secrets.Add(operators.Json.GetProperty("secret").GetString()!);
        (await client.Post($"/v1/customers/{customer}/members", $$"""{"email":"s@b.example","role":"owner","password":"{{Password}}"}""", "secret-3")).Is(HttpStatusCode.Created);
        var link = (await client.Post($"/v1/customers/{customer}/portal-session", null, "secret-4")).Is(HttpStatusCode.Created).Json.GetProperty("url").GetString()!;
        secrets.Add(link.Split("token=")[1]);
        Assert.NotNull(await host.Services.GetRequiredService<PortalSessionWriter>().Open(secrets[^1], CancellationToken.None));

        errors.Append((await client.Post($"/v1/customers/{customer}/members", $$"""{"email":"nobody","role":"owner","password":"{{Password}}"}""")).Is(HttpStatusCode.UnprocessableEntity).Text);
        errors.Append((await client.Post($"/v1/customers/{customer}/members", $$"""{"email":"s@b.example","password":"{{Password}}",}""")).Is(HttpStatusCode.BadRequest).Text);
        errors.Append((await client.Post($"/v1/customers/{customer}/members", $$"""{"email":"s@b.example","role":"owner","password":"{{Password}}"}""")).Is(HttpStatusCode.Conflict).Text);
        (await client.Delete($"/v1/customers/{customer}/keys/{made.Json.GetProperty("id").GetGuid()}")).Is(HttpStatusCode.OK);
        client.DefaultRequestHeaders.Authorization = new("Bearer", secrets[2]);
        errors.Append((await client.Get("/v1/meters")).Is(HttpStatusCode.Unauthorized).Text);

        var database = await Dump();
        Assert.Contains("s@b.example", database, StringComparison.Ordinal);
        Assert.Contains("/portal-session", api.Log.Text, StringComparison.Ordinal);
        Assert.All(secrets, secret =>
        {
            Assert.DoesNotContain(secret, database, StringComparison.Ordinal);
            Assert.DoesNotContain(secret, api.Log.Text, StringComparison.Ordinal);
            Assert.DoesNotContain(secret, errors.ToString(), StringComparison.Ordinal);
        });
    }

    /// <summary>Every row of every table, as text and, where it is bytes or Base64, as what these spell.</summary>
    private async Task<string> Dump()
    {
        var dump = new StringBuilder();
        var tables = new List<string>();
        await using (var list = api.Database.Source.CreateCommand("SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'"))
        await using (var reader = await list.ExecuteReaderAsync())
        {
            while (await reader.ReadAsync())
            {
                tables.Add(reader.GetString(0));
            }
        }

        foreach (var table in tables)
        {
            await using var rows = api.Database.Source.CreateCommand(string.Create(CultureInfo.InvariantCulture, $"SELECT to_jsonb(t)::text FROM {table} AS t"));
            await using var reader = await rows.ExecuteReaderAsync();
            while (await reader.ReadAsync())
            {
                var row = reader.GetString(0);
                dump.AppendLine(row);
                foreach (var word in row.Split('"', ' ', '.').Where(word => word.Length >= 16))
                {
                    var bytes = word.StartsWith("\\\\x", StringComparison.Ordinal) ? Convert.FromHexString(word[3..]) : FromBase64(word);
                    dump.AppendLine(Encoding.UTF8.GetString(bytes));
                }
            }
        }

        return dump.ToString();
    }

    private static byte[] FromBase64(string word)
    {
        var bytes = new byte[word.Length];
        return Convert.TryFromBase64String(word, bytes, out var length) ? bytes[..length] : [];
    }
}
