using System.Net;
using System.Text.Json;

namespace Portal.Api.Tests;

public sealed class ListTests(ApiApplication api) : IClassFixture<ApiApplication>
{
    [Fact]
    public async Task A_list_comes_in_pages_that_hold_each_item_once()
    {
        using var client = api.Operator();
        var made = new List<string>();
        for (var i = 0; i < 7; i++)
        {
            made.Add(await api.MakeCustomer());
        }

        var read = new List<string?>();
        string? next = null;
        do
        {
            var page = (await client.Get($"/v1/customers?limit=3{(next is null ? "" : $"&after={next}")}")).Is(HttpStatusCode.OK).Json;
            var items = page.GetProperty("items");
            Assert.InRange(items.GetArrayLength(), 1, 3);
            read.AddRange(items.EnumerateArray().Select(item => item.GetProperty("key").GetString()));
            next = page.GetProperty("next").GetString();
        }
        while (next is not null);

        Assert.Equal(read.Distinct(), read);
        Assert.Superset(made.ToHashSet<string?>(), read.ToHashSet());
    }

    [Theory]
    [InlineData("0", 1)]
    [InlineData("-5", 1)]
    [InlineData("1", 1)]
    [InlineData("100000", 3)]
    public async Task A_limit_outside_its_bounds_is_clamped(string limit, int count)
    {
        using var client = api.Operator();
        foreach (var key in new[] { "a", "b", "c" })
        {
            await client.Put($"/v1/meters/{key}", """{"name":"n","eventType":"t","aggregation":"count"}""");
        }

        Assert.Equal(count, (await client.Get($"/v1/meters?limit={limit}")).Is(HttpStatusCode.OK).Json.GetProperty("items").GetArrayLength());
    }

    [Fact]
    public async Task The_last_page_says_so_also_when_it_is_full()
    {
        using var client = api.Operator();
        foreach (var key in new[] { "a", "b", "c" })
        {
            await client.Put($"/v1/meters/{key}", """{"name":"n","eventType":"t","aggregation":"count"}""");
        }

        Assert.Equal(JsonValueKind.Null, (await client.Get("/v1/meters?limit=3")).Json.GetProperty("next").ValueKind);
        Assert.Equal(JsonValueKind.String, (await client.Get("/v1/meters?limit=2")).Json.GetProperty("next").ValueKind);
    }

    [Theory]
    [InlineData("/v1/customers?after=!!", HttpStatusCode.UnprocessableEntity)]
    [InlineData("/v1/customers?after=bm9wZQ", HttpStatusCode.UnprocessableEntity)]
    [InlineData("/v1/keys?after=bm9wZQ", HttpStatusCode.UnprocessableEntity)]
    [InlineData("/v1/customers?limit=many", HttpStatusCode.BadRequest)]
    public async Task A_place_or_limit_that_is_none_is_a_problem(string address, HttpStatusCode status)
    {
        using var client = api.Operator();

        Assert.Equal("application/problem+json", (await client.Get(address)).Is(status).Type);
    }
}
