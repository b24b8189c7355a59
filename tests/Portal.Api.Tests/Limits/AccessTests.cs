using System.Diagnostics;
using System.Net;
using System.Text.Json;

namespace Portal.Api.Tests.Limits;

public sealed class AccessTests(LimitsApi system) : IClassFixture<LimitsApi>
{
    [Fact]
    public async Task An_open_answer_has_the_cap_what_is_used_and_where_to_change_it()
    {
        var customer = await system.Customer();
        await system.Operator.Put($"/v1/customers/{customer}/limit", """{"amount":"100"}""");
        await system.Use(customer, "42.5");
        var answer = await system.AccessWhen(customer, answer => answer.GetProperty("used").GetString() == "42.5");

        Assert.Matches(
            $$"""^\{"allowed":true,"reason":null,"limit":"100","used":"42\.5","remaining":"57\.5","resetsAt":"2026-03-01T00:00:00Z","portalUrl":"http://127\.0\.0\.1:\d+/limits\?customer={{customer}}"\}$""",
            answer.GetRawText());
    }

    [Fact]
    public async Task Usage_over_the_cap_refuses_by_itself()
    {
        var customer = await system.Customer();
        await system.Operator.Put($"/v1/customers/{customer}/limit", """{"amount":"100"}""");
        await system.Use(customer, "130");
        var answer = await system.AccessWhen(customer, answer => !answer.GetProperty("allowed").GetBoolean());

        Assert.Equal(("limit_reached", "100", "130", "0"), Figures(answer));
    }

    [Fact]
    public async Task A_feature_answers_in_units_and_one_that_is_not_on_the_card_is_refused()
    {
        var customer = await system.Customer();
        await system.Use(customer, "3");
        await system.AccessWhen(customer, answer => answer.GetProperty("used").GetString() == "3");

        Assert.Equal((null, "500", "1", "499"), Figures(await system.Access(customer, "?feature=api")));
        Assert.True((await system.Access(customer, "?feature=chat")).GetProperty("allowed").GetBoolean());
        Assert.Equal("feature_not_included", (await system.Access(customer, "?feature=fax")).GetProperty("reason").GetString());
        Assert.True((await system.Access(customer, "?feature=")).GetProperty("allowed").GetBoolean());
    }

    [Fact]
    public async Task Without_a_subscription_nothing_is_used_and_no_feature_is_included()
    {
        var customer = await system.Api.MakeCustomer();
        var answer = await system.Access(customer);

        Assert.True(answer.GetProperty("allowed").GetBoolean());
        Assert.Equal(JsonValueKind.Null, answer.GetProperty("resetsAt").ValueKind);
        Assert.Equal("feature_not_included", (await system.Access(customer, "?feature=chat")).GetProperty("reason").GetString());
    }

    [Fact]
    public async Task A_key_needs_the_scope_and_its_own_customer()
    {
        var (customer, other) = (await system.Customer(), await system.Customer());
        using var own = system.Api.With(await system.Api.MakeKey(customer, "access:read"));
        using var without = system.Api.With(await system.Api.MakeKey(customer, "usage:read"));

        (await own.Get($"/v1/customers/{customer}/access")).Is(HttpStatusCode.OK);
        Assert.Equal(
            (await own.Get("/v1/customers/nobody/access")).Is(HttpStatusCode.NotFound).Json.GetProperty("detail").GetString()!.Replace("nobody", other, StringComparison.Ordinal),
            (await own.Get($"/v1/customers/{other}/access")).Is(HttpStatusCode.NotFound).Json.GetProperty("detail").GetString());
        (await without.Get($"/v1/customers/{customer}/access")).Is(HttpStatusCode.Forbidden);
        (await without.Get("/v1/access/stream")).Is(HttpStatusCode.Forbidden);
        using var nobody = system.Api.With(null);
        (await nobody.Get($"/v1/customers/{customer}/access")).Is(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task The_stream_tells_the_operator_of_everybody_and_a_customer_of_itself()
    {
        var (customer, other) = (await system.Customer(), await system.Customer());
        await system.Access(customer);
        await system.Access(other);
        using var own = system.Api.With(await system.Api.MakeKey(customer, "access:read"));
        using var all = await Listening.To(system.Operator, "/v1/access/stream");
        using var mine = await Listening.To(own, "/v1/access/stream");

        (await system.Operator.Post($"/v1/customers/{other}/pause")).Is(HttpStatusCode.OK);
        (await system.Operator.Put($"/v1/customers/{customer}/limit", """{"amount":"0"}""")).Is(HttpStatusCode.OK);

        Assert.Equal($"{other} paused_by_operator", await all.Next(customer, other));
        Assert.Equal($"{customer} limit_reached", await all.Next(customer, other));
        Assert.Equal($"{customer} limit_reached", await mine.Next(customer, other));
    }

    [Fact]
    public async Task A_snapshot_begins_with_those_who_are_refused()
    {
        var (customer, other) = (await system.Customer(), await system.Customer());
        (await system.Operator.Post($"/v1/customers/{other}/pause")).Is(HttpStatusCode.OK);
        using var all = await Listening.To(system.Operator, "/v1/access/stream?snapshot=true");

        Assert.Equal($"{other} paused_by_operator", await all.Next(customer, other));
    }

    [Fact]
    public async Task A_stream_ends_when_its_key_is_revoked_or_the_caller_leaves()
    {
        var customer = await system.Customer();
        using var client = system.Api.With(await system.Api.MakeKey(customer, "access:read"));
        using var stream = await Listening.To(client, "/v1/access/stream");
        var key = (await system.Operator.Get($"/v1/customers/{customer}/keys")).Is(HttpStatusCode.OK).Json.GetProperty("items")[0].GetProperty("id").GetString();
        Assert.True((int)(await system.Operator.Delete($"/v1/customers/{customer}/keys/{key}")).Status < 300);

        // The next thing that is to be said finds the key gone.
        (await system.Operator.Post($"/v1/customers/{customer}/pause")).Is(HttpStatusCode.OK);
        Assert.True(await stream.HasEnded());
    }

    private static (string? Reason, string? Limit, string? Used, string? Remaining) Figures(JsonElement answer) => (
        answer.GetProperty("reason").GetString(), answer.GetProperty("limit").GetString(), answer.GetProperty("used").GetString(), answer.GetProperty("remaining").GetString());

    /// <summary>A caller that keeps the stream open.</summary>
    private sealed class Listening(HttpResponseMessage response, StreamReader lines) : IDisposable
    {
        private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

        public static async Task<Listening> To(HttpClient client, string address)
        {
            var response = await client.GetAsync(address, HttpCompletionOption.ResponseHeadersRead);
            Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
            var lines = new StreamReader(await response.Content.ReadAsStreamAsync());
            Assert.Equal(": connected", await lines.ReadLineAsync());
            return new Listening(response, lines);
        }

        /// <summary>The next answer in general about one of these customers.</summary>
        public async Task<string> Next(params string[] customers)
        {
            for (var watch = Stopwatch.StartNew(); watch.Elapsed < s_patience;)
            {
                if (await lines.ReadLineAsync().WaitAsync(s_patience) is { } line && line.StartsWith("data: ", StringComparison.Ordinal))
                {
                    var change = JsonDocument.Parse(line[6..]).RootElement;
                    if (change.GetProperty("feature").ValueKind == JsonValueKind.Null && customers.Contains(change.GetProperty("customer").GetString()))
                    {
                        return $"{change.GetProperty("customer").GetString()} {change.GetProperty("reason").GetString()}";
                    }
                }
            }

            throw new TimeoutException("The stream has told nothing.");
        }

        public async Task<bool> HasEnded()
        {
            while (await lines.ReadLineAsync().WaitAsync(s_patience) is not null)
            {
                // What was on its way before the end.
            }

            return true;
        }

        public void Dispose()
        {
            lines.Dispose();
            response.Dispose();
        }
    }
}
