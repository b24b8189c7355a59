using System.Net;
using System.Text.Json;

namespace Portal.Api.Tests.Payments;

public sealed class PaymentEndpointTests(ApiApplication api) : IClassFixture<ApiApplication>
{
    private static int s_made;

    [Fact]
    public async Task A_customer_in_dunning_is_refused_and_opened_by_a_better_card()
    {
        using var client = api.Operator();
        var customer = await Subscribed(client);
        using var key = api.With(await api.MakeKey(customer, "billing:read", "billing:write", "access:read"));
        (await key.Get($"/v1/customers/{customer}/payment-method")).Is(HttpStatusCode.NotFound);
        (await key.Put($"/v1/customers/{customer}/payment-method", """{"card":"4000000000000002"}""")).Is(HttpStatusCode.OK);
        Assert.Equal("0002", Text((await key.Get($"/v1/customers/{customer}/payment-method")).Is(HttpStatusCode.OK).Json, "last4"));

        await Walk(client, TimeSpan.FromDays(35));
        var invoice = (await key.Get("/v1/invoices?status=finalized")).Json.GetProperty("items")[0];
        var number = Text(invoice, "number");
        Assert.NotNull(Text(invoice, "nextChargeAt"));
        Assert.Equal("payment_failed", Text((await key.Get($"/v1/customers/{customer}/access")).Json, "reason"));
        var declined = (await key.Post($"/v1/invoices/{number}/pay")).Is(HttpStatusCode.Conflict);
        Assert.Equal("payment_failed", declined.Code);

        (await key.Put($"/v1/customers/{customer}/payment-method", """{"card":"4242424242424242"}""")).Is(HttpStatusCode.OK);
        Assert.Equal("paid", Text((await key.Get($"/v1/invoices/{number}")).Json, "status"));
        Assert.True((await key.Get($"/v1/customers/{customer}/access")).Json.GetProperty("allowed").GetBoolean());
        var attempts = (await key.Get($"/v1/invoices/{number}/attempts")).Is(HttpStatusCode.OK).Json.GetProperty("items").EnumerateArray().ToList();
        Assert.Equal(("failed", "card_declined", "succeeded"), (Text(attempts[0], "state"), Text(attempts[0], "reason"), Text(attempts[^1], "state")));
    }

    [Fact]
    public async Task A_draft_that_is_finalized_by_hand_is_charged_before_the_answer()
    {
        using var client = api.Operator();
        var customer = await Subscribed(client);
        (await client.Put($"/v1/customers/{customer}/payment-method", """{"card":"4242 4242 4242 4242"}""")).Is(HttpStatusCode.OK);
        var end = (await client.Get($"/v1/customers/{customer}/spend")).Is(HttpStatusCode.OK).Json.GetProperty("period").GetProperty("end").GetDateTimeOffset();
        (await client.Post("/v1/sandbox/clock", $$"""{"now":"{{end.AddMinutes(1):O}}"}""")).Is(HttpStatusCode.OK);
        var draft = (await client.Get($"/v1/invoices?customer={customer}&status=draft")).Json.GetProperty("items")[0];

        var issued = (await client.Post($"/v1/invoices/{Text(draft, "id")}/finalize")).Is(HttpStatusCode.OK).Json;
        Assert.Equal(("paid", "0.00", "card"), (Text(issued, "status"), Text(issued, "due"), Text(issued.GetProperty("payments")[0], "method")));
    }

    [Theory]
    [InlineData("""{"card":"4111111111111111"}""")]
    [InlineData("""{"card":4242424242424242}""")]
    [InlineData("""{"card":""}""")]
    [InlineData("{}")]
    public async Task What_is_no_trial_card_is_refused_by_field_and_not_repeated(string body)
    {
        using var client = api.Operator();
        var refused = (await client.Put($"/v1/customers/{await api.MakeCustomer()}/payment-method", body)).Is(HttpStatusCode.UnprocessableEntity);
        Assert.Equal(["card"], refused.Paths);
        Assert.DoesNotContain("4111111111111111", refused.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Faults_are_ordered_by_the_operator_alone()
    {
        using var client = api.Operator();
        var customer = await api.MakeCustomer();
        using var key = api.With(await api.MakeKey(customer, "billing:write"));
        (await key.Post("/v1/sandbox/payment-faults", """{"fault":"server_error"}""")).Is(HttpStatusCode.Forbidden);
        Assert.Equal(["fault"], (await client.Post("/v1/sandbox/payment-faults", """{"fault":"fire"}""")).Is(HttpStatusCode.UnprocessableEntity).Paths);
        (await client.Post("/v1/sandbox/payment-faults", """{"fault":"server_error","times":0}""")).Is(HttpStatusCode.OK);
    }

    private async Task<string> Subscribed(HttpClient client)
    {
        var (customer, card) = (await api.MakeCustomer(), $"fee-{Interlocked.Increment(ref s_made)}");
        (await client.Put($"/v1/rate-cards/{card}", """{"name":"Fee","currency":"USD","prices":[{"key":"fee","name":"Fee","recurring":"arrears","rate":{"model":"flat","amount":"20"}}]}""")).Is(HttpStatusCode.Created);
        (await client.Post($"/v1/rate-cards/{card}/publish")).Is(HttpStatusCode.Created);
        (await client.Put($"/v1/customers/{customer}/subscription", $$"""{"rateCard":"{{card}}"}""")).Is(HttpStatusCode.Created);
        return customer;
    }

    private async Task Walk(HttpClient client, TimeSpan span) =>
        (await client.Post("/v1/sandbox/clock", $$"""{"now":"{{api.Clock.GetUtcNow() + span:O}}"}""")).Is(HttpStatusCode.OK);

    private static string? Text(JsonElement item, string name) => item.GetProperty(name).GetString();
}
