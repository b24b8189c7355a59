using System.Globalization;
using System.Net;
using System.Text.Json;

namespace Portal.Api.Tests.Catalog;

public sealed class SubscriptionTests(ApiApplication api) : IClassFixture<ApiApplication>, IAsyncLifetime
{
    public async Task InitializeAsync()
    {
        using var client = api.Operator();
        await client.Put("/v1/meters/tokens", """{"name":"Tokens","eventType":"llm","aggregation":"sum","value":"tokens","groupBy":["model"]}""");
        await MakeCard("basic", "10");
        await MakeCard("pro", "50");
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task A_subscription_starts_now_on_the_day_of_the_customers_zone_unless_said_otherwise()
    {
        using var client = api.Operator();
        var address = await Customer();

        var started = (await client.Put(address, """{"rateCard":"basic"}""")).Is(HttpStatusCode.Created).Json;

        var now = api.Clock.GetUtcNow();
        Assert.Equal("basic", started.GetProperty("rateCard").GetString());
        Assert.Equal("active", started.GetProperty("status").GetString());
        Assert.Equal(JsonValueKind.Null, started.GetProperty("version").ValueKind);
        Assert.InRange(Instant(started, "startsAt"), now.AddMinutes(-1), now);
        Assert.Equal(Instant(started, "startsAt").Day, started.GetProperty("anchorDay").GetInt32());
        Assert.Equal(Instant(started, "startsAt"), Instant(started.GetProperty("period"), "start"));
        Assert.Equal(started.ToString(), (await client.Get(address)).Json.ToString());
    }

    [Fact]
    public async Task It_may_start_as_far_back_as_events_are_taken_and_no_further()
    {
        using var client = api.Operator();
        var now = api.Clock.GetUtcNow();

        (await client.Put(await Customer(), Body("basic", startsAt: now.AddDays(-34)))).Is(HttpStatusCode.Created);
        var answer = await client.Put(await Customer(), Body("basic", startsAt: now.AddDays(-36)));

        Assert.Equal(["startsAt"], answer.Is(HttpStatusCode.UnprocessableEntity).Paths);
    }

    [Theory]
    [InlineData("""{}""", "rateCard")]
    [InlineData("""{"rateCard":"nope"}""", "rateCard")]
    [InlineData("""{"rateCard":"euro"}""", "rateCard")]
    [InlineData("""{"rateCard":"unpublished"}""", "rateCard")]
    [InlineData("""{"rateCard":"basic","version":999}""", "version")]
    [InlineData("""{"rateCard":"basic","anchorDay":32}""", "anchorDay")]
    [InlineData("""{"rateCard":"basic","startsAt":"2026-01-01"}""", "startsAt")]
    [InlineData("""{"rateCard":"basic","trialEndsAt":"2020-01-01T00:00:00Z"}""", "trialEndsAt")]
    [InlineData("""{"rateCard":"basic","change":"later"}""", "change")]
    [InlineData("""{"rateCard":"basic","commitment":"1000"}""", "commitment")]
    [InlineData("""{"rateCard":"basic","commitment":{"amount":"0","period":"month"}}""", "commitment.amount")]
    [InlineData("""{"rateCard":"basic","commitment":{"amount":"10.001","period":"month"}}""", "commitment.amount")]
    [InlineData("""{"rateCard":"basic","commitment":{"amount":"1000","period":"year"}}""", "commitment.period")]
    [InlineData("""{"rateCard":"basic","commitment":{"amount":"1000","period":"month","overageDiscountPercent":"101"}}""", "commitment.overageDiscountPercent")]
    [InlineData("""{"rateCard":"basic","discounts":[{"periods":3}]}""", "discounts[0]")]
    [InlineData("""{"rateCard":"basic","discounts":[{"percent":"10","amount":"5"}]}""", "discounts[0]")]
    [InlineData("""{"rateCard":"basic","discounts":[{"percent":"10"},{"percent":"10.0"}]}""", "discounts[1]")]
    [InlineData("""{"rateCard":"basic","discounts":[{"percent":"10"},{"percent":"100.01"}]}""", "discounts[1].percent")]
    [InlineData("""{"rateCard":"basic","discounts":[{"amount":"0.001"}]}""", "discounts[0].amount")]
    [InlineData("""{"rateCard":"basic","discounts":[{"percent":"10","periods":0}]}""", "discounts[0].periods")]
    [InlineData("""{"rateCard":"basic","overrides":[{"key":"x","meter":"nope","rate":{"model":"flat","amount":"1"}}]}""", "overrides[0].meter")]
    [InlineData("""{"rateCard":"basic","overrides":[{"key":"x","meter":"tokens","rate":{"model":"flat","amount":"1"}}]}""", "overrides[0].match")]
    [InlineData("""{"rateCard":"basic","ratecard":"pro"}""", "ratecard")]
    public async Task Terms_that_make_no_sense_are_refused_with_the_field(string body, string path)
    {
        using var client = api.Operator();
        await MakeCard("euro", "10", currency: "EUR");
        await client.Put("/v1/rate-cards/unpublished", """{"name":"n","currency":"USD"}""");
        var address = await Customer();

        Assert.Equal([path], (await client.Put(address, body)).Is(HttpStatusCode.UnprocessableEntity).Paths);
        Assert.Equal("no_subscription", (await client.Get(address)).Is(HttpStatusCode.NotFound).Code);
    }

    [Fact]
    public async Task A_change_to_higher_fees_begins_now_and_one_to_lower_fees_at_the_periods_end()
    {
        using var client = api.Operator();
        var address = await Customer();
        var started = (await client.Put(address, """{"rateCard":"basic"}""")).Is(HttpStatusCode.Created).Json;

        var upgraded = (await client.Put(address, """{"rateCard":"pro"}""")).Is(HttpStatusCode.OK).Json;
        Assert.Equal("pro", upgraded.GetProperty("rateCard").GetString());
        Assert.Equal(["basic", "pro"], Cards(upgraded));

        var downgraded = (await client.Put(address, """{"rateCard":"basic"}""")).Is(HttpStatusCode.OK).Json;
        Assert.Equal("pro", downgraded.GetProperty("rateCard").GetString());
        Assert.Equal(["basic", "pro", "basic"], Cards(downgraded));
        Assert.Equal(Instant(started.GetProperty("period"), "end"), Instant(downgraded.GetProperty("phases")[2], "from"));

        var kept = (await client.Put(address, """{"rateCard":"pro"}""")).Is(HttpStatusCode.OK).Json;
        Assert.Equal(["basic", "pro"], Cards(kept));

        var forced = (await client.Put(address, """{"rateCard":"basic","change":"now"}""")).Is(HttpStatusCode.OK).Json;
        Assert.Equal("basic", forced.GetProperty("rateCard").GetString());
    }

    [Fact]
    public async Task A_discount_and_a_commitment_are_answered_as_they_were_agreed_and_go_on_counting_when_they_are_sent_again()
    {
        using var client = api.Operator();
        var address = await Customer();
        const string terms = """{"rateCard":"basic","commitment":{"amount":"1000","period":"month","overageDiscountPercent":"10"},"discounts":[{"percent":"12.5","periods":3},{"amount":"5"}]}""";
        var started = (await client.Put(address, terms)).Is(HttpStatusCode.Created).Json;
        Assert.Equal("""{"amount":"1000","period":"month","overageDiscountPercent":"10"}""", started.GetProperty("commitment").GetRawText());
        Assert.Equal("12.5", started.GetProperty("discounts")[0].GetProperty("percent").GetString());

        var again = (await client.Put(address, terms)).Is(HttpStatusCode.OK);
        Assert.Equal(started.GetRawText(), again.Json.GetRawText());

        var changed = (await client.Put(address, """{"rateCard":"basic","discounts":[{"amount":"7"},{"percent":"12.5","periods":3}]}""")).Is(HttpStatusCode.OK).Json;
        Assert.Equal(JsonValueKind.Null, changed.GetProperty("commitment").ValueKind);
        Assert.Equal(2, changed.GetProperty("phases").GetArrayLength());
        Assert.Equal(Instant(started.GetProperty("discounts")[0], "since"), Instant(changed.GetProperty("discounts")[1], "since"));
        Assert.True(Instant(changed.GetProperty("discounts")[0], "since") > Instant(started.GetProperty("discounts")[0], "since"));
    }

    [Fact]
    public async Task Asking_for_what_holds_changes_nothing()
    {
        using var client = api.Operator();
        var address = await Customer();
        const string body = """{"rateCard":"basic","version":1,"overrides":[{"key":"in","name":"Tokens","meter":"tokens","rate":{"model":"per_unit","amount":"0.50"}}]}""";
        (await client.Put(address, body)).Is(HttpStatusCode.Created);

        var before = (await client.Get(address)).Text;
        var after = (await client.Put(address, before)).Is(HttpStatusCode.OK).Text;

        Assert.Equal(before, after);
        Assert.Equal("0.50", JsonDocument.Parse(after).RootElement.GetProperty("overrides")[0].GetProperty("rate").GetProperty("amount").GetString());
    }

    [Theory]
    [InlineData("""{"rateCard":"basic","startsAt":"2026-01-01T00:00:00Z"}""", "startsAt")]
    [InlineData("""{"rateCard":"yearly"}""", "rateCard")]
    [InlineData("""{"rateCard":"basic","trialEndsAt":"2099-01-01T00:00:00Z"}""", "trialEndsAt")]
    public async Task What_a_running_subscription_rests_on_stays(string body, string path)
    {
        using var client = api.Operator();
        await MakeCard("yearly", "10", interval: "year");
        var address = await Customer();
        (await client.Put(address, """{"rateCard":"basic"}""")).Is(HttpStatusCode.Created);

        Assert.Equal([path], (await client.Put(address, body)).Is(HttpStatusCode.UnprocessableEntity).Paths);
    }

    [Fact]
    public async Task A_preview_tells_the_money_of_a_change_and_changes_nothing()
    {
        using var client = api.Operator();
        var address = await Customer();
        (await client.Put(address, """{"rateCard":"basic"}""")).Is(HttpStatusCode.Created);
        var before = (await client.Get(address)).Text;

        var preview = (await client.Post($"{address}/preview", """{"rateCard":"pro"}""")).Is(HttpStatusCode.OK).Json;

        Assert.Equal(("now", "USD"), (preview.GetProperty("change").GetString(), preview.GetProperty("currency").GetString()));
        Assert.Equal(preview.GetProperty("dueNow").GetString(), preview.GetProperty("invoice").GetProperty("total").GetString());
        Assert.Equal(preview.GetProperty("nextTotal").GetString(), preview.GetProperty("nextInvoice").GetProperty("total").GetString());
        Assert.True(decimal.Parse(preview.GetProperty("nextTotalWithout").GetString()!, CultureInfo.InvariantCulture) < decimal.Parse(preview.GetProperty("nextTotal").GetString()!, CultureInfo.InvariantCulture));
        Assert.Contains("base: $10.00 a month, in advance → $50.00 a month, in advance.", preview.GetProperty("changes").EnumerateArray().Select(change => change.GetString()));
        Assert.Equal(before, (await client.Get(address)).Text);
        Assert.Equal(["rateCard"], (await client.Post($"{address}/preview", """{"rateCard":"nope"}""")).Is(HttpStatusCode.UnprocessableEntity).Paths);
    }

    [Fact]
    public async Task A_cards_trial_days_make_a_trial()
    {
        using var client = api.Operator();
        await MakeCard("trial", "10", trialDays: 14);
        var address = await Customer();

        var started = (await client.Put(address, """{"rateCard":"trial"}""")).Is(HttpStatusCode.Created).Json;

        Assert.Equal("trial", started.GetProperty("status").GetString());
        Assert.Equal(Instant(started, "startsAt").AddDays(14), Instant(started, "trialEndsAt"));
    }

    [Fact]
    public async Task A_cancelled_subscription_runs_to_its_periods_end_and_may_be_reactivated_until_then()
    {
        using var client = api.Operator();
        var address = await Customer();
        var started = (await client.Put(address, """{"rateCard":"basic"}""")).Json;

        var cancelled = (await client.Post($"{address}/cancel", """{"at":"period_end"}""")).Is(HttpStatusCode.OK).Json;
        Assert.Equal("ending", cancelled.GetProperty("status").GetString());
        Assert.Equal(Instant(started.GetProperty("period"), "end"), Instant(cancelled, "endsAt"));
        Assert.Equal("subscription_ending", (await client.Put(address, """{"rateCard":"pro"}""")).Is(HttpStatusCode.Conflict).Code);

        var again = (await client.Post($"{address}/reactivate")).Is(HttpStatusCode.OK).Json;
        Assert.Equal("active", again.GetProperty("status").GetString());

        var ended = (await client.Post($"{address}/cancel", """{"at":"now"}""")).Is(HttpStatusCode.OK).Json;
        Assert.Equal("ended", ended.GetProperty("status").GetString());
        Assert.Equal("subscription_ended", (await client.Post($"{address}/reactivate")).Is(HttpStatusCode.Conflict).Code);
        Assert.Equal("subscription_ended", (await client.Post($"{address}/cancel")).Is(HttpStatusCode.Conflict).Code);

        var overlapping = await client.Put(address, Body("basic", startsAt: api.Clock.GetUtcNow().AddDays(-1)));
        Assert.Equal(["startsAt"], overlapping.Is(HttpStatusCode.UnprocessableEntity).Paths);
        (await client.Put(address, """{"rateCard":"pro"}""")).Is(HttpStatusCode.Created);
    }

    [Fact]
    public async Task One_that_has_not_begun_is_gone_when_it_is_cancelled()
    {
        using var client = api.Operator();
        var address = await Customer();
        var scheduled = (await client.Put(address, Body("basic", startsAt: api.Clock.GetUtcNow().AddDays(20)))).Is(HttpStatusCode.Created).Json;
        Assert.Equal("scheduled", scheduled.GetProperty("status").GetString());

        (await client.Post($"{address}/cancel")).Is(HttpStatusCode.OK);

        (await client.Get(address)).Is(HttpStatusCode.NotFound);
        (await client.Put(address, """{"rateCard":"basic"}""")).Is(HttpStatusCode.Created);
    }

    [Fact]
    public async Task A_customer_may_cancel_but_not_choose_its_own_prices()
    {
        using var client = api.Operator();
        var customer = await api.MakeCustomer();
        var address = $"/v1/customers/{customer}/subscription";
        (await client.Put(address, """{"rateCard":"pro"}""")).Is(HttpStatusCode.Created);
        using var own = api.With(await api.MakeKey(customer, "billing:read", "billing:write"));

        (await own.Put(address, """{"rateCard":"basic"}""")).Is(HttpStatusCode.Forbidden);
        (await own.Post($"{address}/cancel", """{"at":"period_end"}""")).Is(HttpStatusCode.OK);
        Assert.Equal("ending", (await own.Get(address)).Is(HttpStatusCode.OK).Json.GetProperty("status").GetString());
    }

    private async Task<string> Customer() => $"/v1/customers/{await api.MakeCustomer()}/subscription";

    private async Task MakeCard(string key, string fee, string currency = "USD", string interval = "month", int trialDays = 0)
    {
        using var client = api.Operator();
        var saved = await client.Put($"/v1/rate-cards/{key}", $$"""
            {"name":"{{key}}","currency":"{{currency}}","interval":"{{interval}}","trialDays":{{trialDays}},"prices":[
            {"key":"in","name":"Tokens","meter":"tokens","rate":{"model":"per_unit","amount":"1"} },
            {"key":"base","recurring":"advance","rate":{"model":"flat","amount":"{{fee}}"} } ]}
            """);
        Assert.True(saved.Status is HttpStatusCode.OK or HttpStatusCode.Created, saved.Text);
        (await client.Post($"/v1/rate-cards/{key}/publish")).Is(HttpStatusCode.Created);
    }

    private static string Body(string card, DateTimeOffset startsAt) => $$"""{"rateCard":"{{card}}","startsAt":"{{Instants.Format(startsAt)}}"}""";

    private static DateTimeOffset Instant(JsonElement json, string field) => json.GetProperty(field).GetDateTimeOffset();

    private static IEnumerable<string?> Cards(JsonElement subscription) =>
        subscription.GetProperty("phases").EnumerateArray().Select(phase => phase.GetProperty("rateCard").GetString());
}
