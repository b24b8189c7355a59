using System.Net;
using Microsoft.EntityFrameworkCore;

namespace Portal.Api.Tests;

public sealed class IdempotencyTests(ApiApplication api) : IClassFixture<ApiApplication>
{
    private const string Body = """{"name":"Backend","scopes":["usage:read"]}""";

    [Fact]
    public async Task A_repeated_request_gets_the_first_answer_and_creates_nothing()
    {
        using var client = api.Operator();
        var address = await Keys();

        var first = (await client.Post(address, Body, "again")).Is(HttpStatusCode.Created);
        var second = (await client.Post(address, Body, "again")).Is(HttpStatusCode.Created);

        Assert.False(first.IsReplayed);
        Assert.True(second.IsReplayed);
        Assert.Equal(first.Text, second.Text);
        Assert.Equal(first.Type, second.Type);
        Assert.Equal(1, await Count(address));
    }

    [Fact]
    public async Task The_same_key_with_another_request_is_refused()
    {
        using var client = api.Operator();
        var address = await Keys();
        (await client.Post(address, Body, "reused")).Is(HttpStatusCode.Created);

        Assert.Equal("idempotency_key_reused", (await client.Post(address, Body.Replace("Backend", "Other", StringComparison.Ordinal), "reused")).Is(HttpStatusCode.UnprocessableEntity).Code);
        Assert.Equal("idempotency_key_reused", (await client.Post(await Keys(), Body, "reused")).Is(HttpStatusCode.UnprocessableEntity).Code);
        Assert.Equal(1, await Count(address));
    }

    [Fact]
    public async Task Of_many_requests_at_once_one_does_the_work_and_all_get_its_answer()
    {
        using var client = api.Operator();
        var address = await Keys();

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => client.Post(address, Body, "at-once")));

        Assert.Single(answers.Select(answer => answer.Is(HttpStatusCode.Created).Text).Distinct());
        Assert.Single(answers, answer => !answer.IsReplayed);
        Assert.Equal(1, await Count(address));
    }

    [Fact]
    public async Task A_refused_request_may_come_again_with_a_mended_body()
    {
        using var client = api.Operator();
        var address = await Keys();

        (await client.Post(address, """{"name":"Backend"}""", "mended")).Is(HttpStatusCode.UnprocessableEntity);

        Assert.False((await client.Post(address, Body, "mended")).Is(HttpStatusCode.Created).IsReplayed);
    }

    [Fact]
    public async Task One_callers_key_is_not_anothers()
    {
        using var client = api.Operator();
        using var other = api.With(await api.MakeOperatorKey("admin"));
        var address = await Keys();

        var first = await client.Post(address, Body, "mine");
        var second = await other.Post(address, Body, "mine");

        Assert.False(second.Is(HttpStatusCode.Created).IsReplayed);
        Assert.NotEqual(first.Text, second.Text);
    }

    [Fact]
    public async Task A_request_that_was_cut_off_is_never_done_twice()
    {
        using var client = api.Operator();
        var address = await Keys();
        (await client.Post(address, Body, "cut-off")).Is(HttpStatusCode.Created);
        await using (var db = api.Database.CreateDbContext())
        {
            await db.IdempotentAnswers.Where(answer => answer.Key == "cut-off").ExecuteUpdateAsync(change => change
                .SetProperty(answer => answer.Status, 0)
                .SetProperty(answer => answer.CreatedAt, answer => answer.CreatedAt.AddMinutes(-1)));
        }

        Assert.Equal("idempotency_key_in_use", (await client.Post(address, Body, "cut-off")).Is(HttpStatusCode.Conflict).Code);
        Assert.Equal(1, await Count(address));
    }

    [Fact]
    public async Task After_35_days_a_key_is_new_again()
    {
        using var client = api.Operator();
        var address = await Keys();
        await client.Post(address, Body, "old");
        await using var db = api.Database.CreateDbContext();
        await db.IdempotentAnswers.Where(answer => answer.Key == "old").ExecuteUpdateAsync(change => change.SetProperty(answer => answer.CreatedAt, answer => answer.CreatedAt.AddDays(-36)));

        Assert.False((await client.Post(address, Body, "old")).Is(HttpStatusCode.Created).IsReplayed);
        Assert.True((await client.Post(address, Body, "old")).Is(HttpStatusCode.Created).IsReplayed);
    }

    [Fact]
    public async Task A_key_that_is_too_long_is_refused()
    {
        using var client = api.Operator();

        Assert.Equal("invalid_idempotency_key", (await client.Post(await Keys(), Body, new string('k', 256))).Is(HttpStatusCode.BadRequest).Code);
    }

    private async Task<string> Keys() => $"/v1/customers/{await api.MakeCustomer()}/keys";

    private async Task<int> Count(string address)
    {
        using var client = api.Operator();
        return (await client.Get(address)).Json.GetProperty("items").GetArrayLength();
    }
}
