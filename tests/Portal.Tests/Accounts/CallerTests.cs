using System.Security.Claims;
using Bunit;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.Extensions.DependencyInjection;
using Portal.Accounts;
using Portal.Domain.Accounts;
using Portal.Domain.Storage;
using Portal.Domain.Values;
using Portal.Tests.Shared;

namespace Portal.Tests.Accounts;

/// <summary>About whom a customer's page is, and as whom a person acts there.</summary>
public sealed class CallerTests(TestDatabase database) : BunitContext, IClassFixture<TestDatabase>
{
    private static readonly DateTimeOffset s_now = new(2026, 2, 12, 10, 0, 0, TimeSpan.Zero);

    private readonly string _run = Guid.NewGuid().ToString("N")[..8];

    [Fact]
    public async Task A_person_in_two_teams_sees_the_first_until_it_chooses_and_never_a_strangers()
    {
        var caller = await CallerOf(await Person(null, Key("a"), Key("b")), Key("c"));

        Assert.Equal(Key("a"), (await caller.AsMember(CancellationToken.None)).Key);
        caller.Choose(Key("b"));
        Assert.Equal(Key("b"), (await caller.AsMember(CancellationToken.None)).Key);
        caller.Choose(Key("c"));
        Assert.Equal(Key("a"), (await caller.AsMember(CancellationToken.None)).Key);
    }

    [Fact]
    public async Task A_link_that_names_a_customer_is_followed_by_its_members_and_by_the_operators_people()
    {
        var member = await Person(null, Key("a"), Key("b"));
        var finance = await Person(OperatorRole.Finance);

        var named = await (await CallerOf(member)).At(this, Key("b")).AsMember(CancellationToken.None);
        Assert.Equal((Key("b"), MemberRole.Owner), (named.Key, named.Actor.Member));
        Assert.Equal(OperatorRole.Finance, (await (await CallerOf(finance)).At(this, Key("a")).AsMember(CancellationToken.None)).Actor.Operator);
    }

    [Fact]
    public async Task A_link_that_names_a_strangers_customer_says_what_one_that_names_none_says()
    {
        var person = await Person(null, Key("a"));
        var caller = await CallerOf(person, Key("c"));

        var strangers = await Assert.ThrowsAsync<Refusal>(() => caller.At(this, Key("c")).AsMember(CancellationToken.None));
        var nobodys = await Assert.ThrowsAsync<Refusal>(() => caller.At(this, Key("x")).AsMember(CancellationToken.None));
        Assert.Equal((RefusalKind.NotFound, RefusalKind.NotFound), (strangers.Kind, nobodys.Kind));
        Assert.Equal(strangers.Message.Replace(Key("c"), "?", StringComparison.Ordinal), nobodys.Message.Replace(Key("x"), "?", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_removed_member_loses_the_page_at_the_next_action()
    {
        var person = await Person(null, Key("a"));
        var caller = await CallerOf(person);
        await caller.AsMember(CancellationToken.None);

        await using (var db = database.CreateDbContext())
        {
            db.Memberships.RemoveRange(db.Memberships.Where(member => member.UserId == person));
            await db.SaveChangesAsync();
        }

        Assert.Equal(RefusalKind.Forbidden, (await Assert.ThrowsAsync<Refusal>(() => caller.AsMember(CancellationToken.None))).Kind);
    }

    private string Key(string letter) => $"{letter}-{_run}";

    private async Task<Guid> Person(OperatorRole? role, params string[] customers)
    {
        await using var db = database.CreateDbContext();
        var email = $"{Guid.NewGuid():N}@example.com";
        var person = new PortalUser { UserName = email, NormalizedUserName = email, Email = email, NormalizedEmail = email, OperatorRole = role };
        db.Users.Add(person);
        foreach (var key in customers)
        {
            var customer = db.Customers.SingleOrDefault(known => known.Key == key)
                ?? db.Customers.Add(new Customer { Key = key, Name = key, Email = email, Currency = "USD", CreatedAt = s_now }).Entity;
            await db.SaveChangesAsync();
            db.Memberships.Add(new Membership { CustomerId = customer.Id, UserId = person.Id, Role = MemberRole.Owner, InvitedAt = s_now });
        }

        await db.SaveChangesAsync();
        return person.Id;
    }

    private async Task<Caller> CallerOf(Guid person, string? strangersCustomer = null)
    {
        if (strangersCustomer is not null)
        {
            await Person(null, strangersCustomer);
        }

        var register = new Register(database);
        await register.Apply(RegisterChange.Everything, CancellationToken.None);
        return new Caller(new SignedIn(person), new ActorReader(database, TimeProvider.System), register, Services.GetRequiredService<NavigationManager>());
    }

    private sealed class SignedIn(Guid person) : AuthenticationStateProvider
    {
        public override Task<AuthenticationState> GetAuthenticationStateAsync() => Task.FromResult(new AuthenticationState(
            new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.NameIdentifier, person.ToString())], "test"))));
    }
}

internal static class CallerAt
{
    /// <summary>The caller after following a link to a customer's page.</summary>
    internal static Caller At(this Caller caller, BunitContext context, string customer)
    {
        context.Services.GetRequiredService<NavigationManager>().NavigateTo($"limits?customer={customer}");
        return caller;
    }
}
