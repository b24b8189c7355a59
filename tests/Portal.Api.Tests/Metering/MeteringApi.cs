using System.IO.Compression;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Portal.Domain.Accounts;
using Portal.Domain.Catalog;
using Portal.Domain.Storage;

namespace Portal.Api.Tests.Metering;

/// <summary>The API with two meters of events of the type "llm": "tokens" by model, and "calls".</summary>
public sealed class MeteringApi : IAsyncLifetime
{
    public ApiApplication Api { get; } = new();

    public async Task InitializeAsync()
    {
        await Api.InitializeAsync();
        var register = Api.Services.GetRequiredService<Register>();
        await using var db = await Api.Services.GetRequiredService<IDbContextFactory<PortalDb>>().CreateDbContextAsync();
        db.Meters.AddRange(Meter("tokens", Aggregation.Sum, "tokens", ["model"]), Meter("calls", Aggregation.Count, null, []));
        await register.Save(db, () => RegisterChange.Catalog, CancellationToken.None);
    }

    public Task DisposeAsync() => ((IAsyncLifetime)Api).DisposeAsync();

    /// <summary>Makes a key of a customer's.</summary>
    /// <returns>Its secret.</returns>
    public async Task<string> MakeKey(string customer, Scopes scopes)
    {
        var register = Api.Services.GetRequiredService<Register>();
        var secret = ApiKey.NewSecret(forCustomer: true);
        await using var db = await Api.Services.GetRequiredService<IDbContextFactory<PortalDb>>().CreateDbContextAsync();
        db.ApiKeys.Add(new ApiKey
        {
            Name = "test", Prefix = ApiKey.PrefixOf(secret), Hash = ApiKey.HashOf(secret), Scopes = scopes,
            CustomerId = register.Now.ByKey[customer].Customer.Id, CreatedAt = DateTimeOffset.UnixEpoch, CreatedBy = "test",
        });
        await register.Save(db, () => RegisterChange.Keys, CancellationToken.None);
        return secret;
    }

    /// <summary>Posts a body to /v1/events with just this content type and encoding.</summary>
    public async Task<Answer> Post(byte[] body, string? type = "application/json", string? encoding = null, string? key = ApiApplication.OperatorKey)
    {
        using var client = Api.With(key);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/events") { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = type is null ? null : MediaTypeHeaderValue.Parse(type);
        if (encoding is not null)
        {
            request.Content.Headers.ContentEncoding.Add(encoding);
        }

        using var response = await client.SendAsync(request);
        return new Answer(response.StatusCode, await response.Content.ReadAsStringAsync(), response.Content.Headers.ContentType?.MediaType, false);
    }

    public Task<Answer> Post(string body, string? type = "application/json", string? key = ApiApplication.OperatorKey) => Post(Encoding.UTF8.GetBytes(body), type, null, key);

    public static string Event(string customer, string id, string tokens = "1", string? time = null, string model = "m") =>
        $$$"""{"id":"{{{id}}}","customer":"{{{customer}}}","type":"llm","properties":{"tokens":{{{tokens}}},"model":"{{{model}}}"}{{{(time is null ? "" : $",\"time\":\"{time}\"")}}}}""";

    public static byte[] Gzip(byte[] body)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
        {
            gzip.Write(body);
        }

        return packed.ToArray();
    }

    private static Meter Meter(string key, Aggregation aggregation, string? value, string[] groupBy) => new()
    {
        Key = key, Name = key, EventType = "llm", Aggregation = aggregation, ValueProperty = value,
        GroupBy = groupBy, Filter = [], Unit = "token", CreatedAt = DateTimeOffset.UnixEpoch,
    };
}
