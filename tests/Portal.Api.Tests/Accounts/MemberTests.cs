using System.Net;
using System.Security.Claims;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Portal.Domain.Accounts;
using Portal.Domain.Values;

namespace Portal.Api.Tests.Accounts;

public sealed class MemberTests(ApiApplication api) : IClassFixture<ApiApplication>
{
    private int _people;

    [Fact]
    public async Task An_invitation_goes_out_by_mail_with_a_link_that_sets_a_password_once()
    {
        using var client = api.Operator();
        var customer = await api.MakeCustomer();

        var invited = (await client.Post($"/v1/customers/{customer}/members", """{"email":"ada@acme.example","role":"owner"}""")).Is(HttpStatusCode.Created).Json;

        Assert.Equal("invited", invited.GetProperty("status").GetString());
        Assert.Equal("owner", invited.GetProperty("role").GetString());
        await using var db = api.Database.CreateDbContext();
        var mail = await db.Outbox.SingleAsync(mail => mail.To == "ada@acme.example");
        var query = System.Web.HttpUtility.ParseQueryString(new Uri(mail.Text.Split('\n').Single(line => line.StartsWith("http", StringComparison.Ordinal))).Query);
        Assert.Contains("/Account/AcceptInvite?", mail.Text, StringComparison.Ordinal);

        var link = new PasswordLink(true, query["user"], query["token"]);
        await using var scope = api.Services.CreateAsyncScope();
        Assert.Empty(await scope.ServiceProvider.GetRequiredService<Passwords>().Set(link, "a good password"));
        await using var again = api.Services.CreateAsyncScope();
        Assert.NotEmpty(await again.ServiceProvider.GetRequiredService<Passwords>().Set(link, "another password"));

        var members = (await client.Get($"/v1/customers/{customer}/members")).Json.GetProperty("items");
        Assert.Equal("active", members[0].GetProperty("status").GetString());
    }

    [Fact]
    public async Task A_member_with_a_password_gets_no_mail_and_acts_in_its_role()
    {
        var customer = await api.MakeCustomer();
        var (id, email) = await Join(customer, "developer");

        await using var db = api.Database.CreateDbContext();
        Assert.False(await db.Outbox.AnyAsync(mail => mail.To == email));
        var actor = await Actors.ForCustomer(Person(id), customer, CancellationToken.None);
        Assert.Equal(MemberRole.Developer, actor.Member);
        Assert.Equal(email, actor.Name);
    }

    [Fact]
    public async Task A_changed_or_removed_member_acts_differently_at_once()
    {
        using var client = api.Operator();
        var customer = await api.MakeCustomer();
        await Join(customer, "owner");
        var (id, _) = await Join(customer, "owner");

        (await client.Put($"/v1/customers/{customer}/members/{id}", """{"role":"viewer"}""")).Is(HttpStatusCode.OK);
        Assert.Equal(MemberRole.Viewer, (await Actors.ForCustomer(Person(id), customer, CancellationToken.None)).Member);

        (await client.Delete($"/v1/customers/{customer}/members/{id}")).Is(HttpStatusCode.NoContent);
        await Assert.ThrowsAsync<Refusal>(() => Actors.ForCustomer(Person(id), customer, CancellationToken.None));
        Assert.Empty((await Actors.Places(Person(id), CancellationToken.None)).Customers);
    }

    [Fact]
    public async Task The_last_owner_stays()
    {
        using var client = api.Operator();
        var customer = await api.MakeCustomer();
        var (owner, _) = await Join(customer, "owner");
        await Join(customer, "billing");
        (await client.Post($"/v1/customers/{customer}/members", """{"email":"not-yet@acme.example","role":"owner"}""")).Is(HttpStatusCode.Created);

        Assert.Equal("last_owner", (await client.Delete($"/v1/customers/{customer}/members/{owner}")).Is(HttpStatusCode.Conflict).Code);
        Assert.Equal("last_owner", (await client.Put($"/v1/customers/{customer}/members/{owner}", """{"role":"viewer"}""")).Is(HttpStatusCode.Conflict).Code);
    }

    [Fact]
    public async Task Of_two_owners_who_take_each_other_out_at_once_one_stays()
    {
        using var client = api.Operator();
        var customer = await api.MakeCustomer();
        var (first, _) = await Join(customer, "owner");
        var (second, _) = await Join(customer, "owner");

        var answers = await Task.WhenAll(
            client.Delete($"/v1/customers/{customer}/members/{first}"), client.Delete($"/v1/customers/{customer}/members/{second}"));

        Assert.Equal([HttpStatusCode.NoContent, HttpStatusCode.Conflict], answers.Select(answer => answer.Status).Order());
    }

    [Fact]
    public async Task A_person_of_one_customer_may_join_another_but_its_password_stays_its_own()
    {
        using var client = api.Operator();
        var (_, email) = await Join(await api.MakeCustomer(), "owner");
        var other = await api.MakeCustomer();

        var taken = await client.Post($"/v1/customers/{other}/members", $$"""{"email":"{{email}}","role":"viewer","password":"taken over!"}""");
        Assert.Equal(["password"], taken.Is(HttpStatusCode.UnprocessableEntity).Paths);

        (await client.Post($"/v1/customers/{other}/members", $$"""{"email":"{{email.ToUpperInvariant()}}","role":"viewer"}""")).Is(HttpStatusCode.Created);
        Assert.Equal("already_member", (await client.Post($"/v1/customers/{other}/members", $$"""{"email":"{{email}}","role":"viewer"}""")).Is(HttpStatusCode.Conflict).Code);
        await using var db = api.Database.CreateDbContext();
        Assert.Contains("/Account/Login", (await db.Outbox.SingleAsync(mail => mail.To == email)).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"role":"owner"}""", "email")]
    [InlineData("""{"email":"nobody","role":"owner"}""", "email")]
    [InlineData("""{"email":"a@b.example\r\nBcc: c@d.example","role":"owner"}""", "email")]
    [InlineData("""{"email":"a@b.example"}""", "role")]
    [InlineData("""{"email":"a@b.example","role":"admin"}""", "role")]
    [InlineData("""{"email":"a@b.example","role":"owner","password":"short"}""", "password")]
    [InlineData("""{"email":"a@b.example","role":"owner","operatorRole":"admin"}""", "operatorRole")]
    public async Task An_invitation_that_makes_no_sense_is_refused_with_the_field(string body, string path)
    {
        using var client = api.Operator();
        var customer = await api.MakeCustomer();

        Assert.Equal([path], (await client.Post($"/v1/customers/{customer}/members", body)).Is(HttpStatusCode.UnprocessableEntity).Paths);
    }

    [Fact]
    public async Task A_portal_link_opens_once_for_its_customer_alone()
    {
        using var client = api.Operator();
        var customer = await api.MakeCustomer();

        var link = (await client.Post($"/v1/customers/{customer}/portal-session", """{"role":"viewer"}""")).Is(HttpStatusCode.Created).Json;

        Assert.InRange(link.GetProperty("expiresAt").GetDateTimeOffset(), TimeProvider.System.GetUtcNow().AddMinutes(9), TimeProvider.System.GetUtcNow().AddMinutes(10));
        var token = System.Web.HttpUtility.ParseQueryString(new Uri(link.GetProperty("url").GetString()!).Query)["token"]!;
        var sessions = api.Services.GetRequiredService<PortalSessionWriter>();
        var opened = await Task.WhenAll(sessions.Open(token, CancellationToken.None), sessions.Open(token, CancellationToken.None));
        var session = Assert.Single(opened, found => found is not null)!;

        var visitor = new ClaimsPrincipal(new ClaimsIdentity([new Claim(PortalSession.Claim, session.Id.ToString())]));
        Assert.Equal(MemberRole.Viewer, (await Actors.ForCustomer(visitor, customer, CancellationToken.None)).Member);
        var stranger = await Assert.ThrowsAsync<Refusal>(async () => await Actors.ForCustomer(visitor, await api.MakeCustomer(), CancellationToken.None));
        Assert.Equal(RefusalKind.NotFound, stranger.Kind);
        await Assert.ThrowsAsync<Refusal>(() => Actors.ForOperator(visitor, CancellationToken.None));
        Assert.True(await Actors.VisitLasts(visitor, CancellationToken.None));
    }

    [Fact]
    public async Task A_portal_link_that_is_too_old_opens_nothing()
    {
        using var client = api.Operator();
        var customer = await api.MakeCustomer();
        var link = (await client.Post($"/v1/customers/{customer}/portal-session")).Is(HttpStatusCode.Created).Json;
        await using (var db = api.Database.CreateDbContext())
        {
            await db.PortalSessions.ExecuteUpdateAsync(change => change.SetProperty(session => session.LinkEndsAt, session => session.LinkEndsAt.AddMinutes(-11)));
        }

        var token = System.Web.HttpUtility.ParseQueryString(new Uri(link.GetProperty("url").GetString()!).Query)["token"]!;
        Assert.Null(await api.Services.GetRequiredService<PortalSessionWriter>().Open(token, CancellationToken.None));
    }

    private ActorReader Actors => api.Services.GetRequiredService<ActorReader>();

    private static ClaimsPrincipal Person(Guid id) => new(new ClaimsIdentity([new Claim(ClaimTypes.NameIdentifier, id.ToString())]));

    private async Task<(Guid Id, string Email)> Join(string customer, string role)
    {
        using var client = api.Operator();
        var email = $"person-{Interlocked.Increment(ref _people)}@{customer}.example";
        JsonElement member = (await client.Post($"/v1/customers/{customer}/members", $$"""{"email":"{{email}}","role":"{{role}}","password":"a good password"}""")).Is(HttpStatusCode.Created).Json;
        Assert.Equal("active", member.GetProperty("status").GetString());
        return (member.GetProperty("id").GetGuid(), email);
    }
}
