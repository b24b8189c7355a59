using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Catalog;
using Portal.Domain.Limits;
using Portal.Domain.Storage;
using Portal.Domain.Values;
using Portal.Tests.Shared;

namespace Portal.Domain.Tests.Storage;

public sealed class RegisterTests(TestDatabase database) : IClassFixture<TestDatabase>, IDisposable
{
    private static readonly DateTimeOffset s_start = new(2026, 2, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly Register _register = new(database);

    public void Dispose() => _register.Dispose();

    [Fact]
    public async Task A_customer_comes_with_its_newest_subscription_its_phases_and_its_pauses_in_the_order_of_access()
    {
        await using var db = database.CreateDbContext();
        var customer = new Customer { Key = "newest", Name = "Newest", Email = "a@example.com", Currency = "USD", CreatedAt = s_start };
        var card = new RateCard { Key = "card-newest" };
        db.AddRange(customer, card);
        await db.SaveChangesAsync();
        db.Subscriptions.Add(Subscribed(customer, card, s_start, s_start.AddDays(10)));
        var newest = Subscribed(customer, card, s_start.AddDays(10), null);
        newest.Phases.Add(new SubscriptionPhase { From = s_start.AddDays(20), RateCardId = card.Id });
        db.Subscriptions.Add(newest);
        db.Pauses.AddRange(Enum.GetValues<PauseCause>().Reverse().Select(cause =>
            new Pause { CustomerId = customer.Id, Cause = cause, PausedAt = s_start, Actor = "test" }));
        db.ForgivenUsage.Add(new ForgivenUsage { CustomerId = customer.Id, PeriodStart = s_start, Amount = 12.5m });
        await _register.Save(db, () => RegisterChange.Of(customer), CancellationToken.None);

        var alone = _register.Now.ByKey["newest"];
        await _register.Apply(RegisterChange.Everything, CancellationToken.None);
        var among = _register.Now.ByKey["newest"];

        Assert.All([alone, among], entry =>
        {
            Assert.Equal(s_start.AddDays(10), entry.Subscription!.StartsAt);
            Assert.Equal(2, entry.Subscription.Phases.Count);
            Assert.Equal([PauseCause.Operator, PauseCause.Customer, PauseCause.Spike], entry.OpenPauses.Select(pause => pause.Cause));
            Assert.Equal(12.5m, entry.ForgivenIn(new Period(s_start, s_start.AddDays(28))));
            Assert.Equal(0, entry.ForgivenIn(new Period(s_start.AddDays(28), s_start.AddDays(56))));
        });
    }

    [Fact]
    public async Task A_change_is_told_after_it_can_be_read()
    {
        await using var db = database.CreateDbContext();
        var customer = new Customer { Key = "told", Name = "Told", Email = "a@example.com", Currency = "EUR", CreatedAt = s_start };
        db.Customers.Add(customer);
        var seen = new List<string>();
        _register.Changed += change => seen.Add($"{change} {_register.Now.ById[change.CustomerId!.Value].Customer.Name}");

        await _register.Save(db, () => RegisterChange.Of(customer), CancellationToken.None);

        Assert.Equal([$"customer:{customer.Id} Told"], seen);
    }

    [Fact]
    public async Task What_is_refused_by_the_database_changes_nothing()
    {
        await using var db = database.CreateDbContext();
        db.Customers.Add(new Customer { Key = "twice", Name = "One", Email = "a@example.com", Currency = "EUR", CreatedAt = s_start });
        await db.SaveChangesAsync();
        var second = new Customer { Key = "twice", Name = "Two", Email = "a@example.com", Currency = "EUR", CreatedAt = s_start };
        db.Customers.Add(second);

        await Assert.ThrowsAsync<DbUpdateException>(() => _register.Save(db, () => RegisterChange.Of(second), CancellationToken.None));

        await _register.Apply(RegisterChange.Everything, CancellationToken.None);
        Assert.Equal("One", _register.Now.ByKey["twice"].Customer.Name);
    }

    private static Subscription Subscribed(Customer customer, RateCard card, DateTimeOffset from, DateTimeOffset? until)
    {
        var subscription = new Subscription
        {
            CustomerId = customer.Id,
            StartsAt = from,
            AnchorDay = 1,
            Interval = BillingInterval.Month,
            EndsAt = until,
            BilledUntil = from,
        };
        subscription.Phases.Add(new SubscriptionPhase { From = from, RateCardId = card.Id });
        return subscription;
    }
}
