using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Catalog;
using Portal.Domain.Invoicing;
using Portal.Domain.Payments;
using Portal.Domain.Storage;
using Portal.Domain.Tests.Invoicing;
using Portal.Domain.Values;
using static Portal.Domain.Tests.Invoicing.BillingSystem;

namespace Portal.Domain.Tests.Payments;

/// <summary>What holds dunning up, and what is said before a card fails: a promise to pay, and a card that expires.</summary>
public sealed class PromiseTests
{
    private const string Number = "INV-000001";

    [Fact]
    public async Task A_promise_opens_access_and_holds_charges_up_until_its_day()
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        var customer = await WithCard(system, "4000000000000002");
        await system.WalkTo("2026-04-04T02:00:00Z");
        Assert.NotNull(RestrictedAt(system, customer));

        var promises = system.Get<PromiseWriter>();
        await promises.Make(Actor.System, Number, Instant("2026-04-12T09:00:00Z"), "Pays with the next run.", CancellationToken.None);
        Assert.Null(RestrictedAt(system, customer));
        var attempts = await Attempts(system);
        await system.WalkTo("2026-04-12T08:59:59Z");
        Assert.Equal(attempts, await Attempts(system));
        Assert.Equal([Instant("2026-04-12T09:00:00Z")], Dunning.Planned(Assert.Single(await system.Invoices(customer))));

        await system.WalkTo("2026-04-12T09:00:00Z");
        Assert.Equal(attempts + 1, await Attempts(system));
        Assert.NotNull(RestrictedAt(system, customer));
        await StandingRules.Hold(system);
    }

    [Fact]
    public async Task A_promise_holds_up_the_reminder_of_an_invoice_that_was_sent()
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        var customer = await system.Subscribe([Fee("100")], terms: BillingTerms.Default with { Collection = BillingTerms.Send, NetDays = 14 });
        await system.WalkTo("2026-04-02T00:00:00Z");
        await system.Get<PromiseWriter>().Make(Actor.System, Number, Instant("2026-04-25T00:00:00Z"), null, CancellationToken.None);
        await system.WalkTo("2026-04-24T00:00:00Z");
        Assert.DoesNotContain(system.Mails, mail => mail.Subject.Contains("overdue", StringComparison.Ordinal));

        await system.WalkTo("2026-04-25T00:00:00Z");
        Assert.Single(system.Mails, mail => mail.Subject.Contains("overdue", StringComparison.Ordinal));
        await system.WalkTo("2026-04-28T00:00:00Z");
        Assert.NotNull(RestrictedAt(system, customer));
    }

    [Fact]
    public async Task A_promise_that_is_taken_back_lets_all_go_on_at_once()
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        var customer = await WithCard(system, "4000000000000002");
        await system.WalkTo("2026-04-02T12:00:00Z");
        var promises = system.Get<PromiseWriter>();
        await promises.Make(Actor.System, Number, Instant("2026-05-01T00:00:00Z"), null, CancellationToken.None);
        await system.WalkTo("2026-04-20T00:00:00Z");
        Assert.Null(RestrictedAt(system, customer));

        await promises.TakeBack(Actor.System, Number, CancellationToken.None);
        Assert.NotNull(RestrictedAt(system, customer));
        await system.WalkTo("2026-04-20T00:00:01Z");
        Assert.Equal(InvoiceStatus.Uncollectible, Assert.Single(await system.Invoices(customer)).Status);
    }

    [Fact]
    public async Task What_has_passed_lies_too_far_away_or_is_paid_is_refused()
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        await WithCard(system, "4242424242424242");
        await system.WalkTo("2026-04-02T00:00:00Z");
        var promises = system.Get<PromiseWriter>();
        foreach (var until in new[] { "2026-04-01T00:00:00Z", "2026-08-01T00:00:00Z" })
        {
            var refused = await Assert.ThrowsAsync<InvalidInputException>(() => promises.Make(Actor.System, Number, Instant(until), null, CancellationToken.None));
            Assert.Equal(["until"], refused.Errors.Items.Select(error => error.Path));
        }

        Assert.Equal("nothing_owed", (await Assert.ThrowsAsync<Refusal>(() => promises.Make(Actor.System, Number, Instant("2026-04-10T00:00:00Z"), null, CancellationToken.None))).Code);
    }

    [Fact]
    public async Task A_card_that_expires_is_warned_of_30_and_7_days_before_and_one_that_took_its_place_is_not()
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        var kept = await system.Subscribe([Fee("1")], zone: "Asia/Tokyo");
        var replaced = await system.Subscribe([Fee("1")]);
        await Keep(kept, 5, 2026);
        await Keep(replaced, 5, 2026);
        await Keep(replaced, 1, 2030);

        // The last month ends at midnight in Tokyo: 31 May, 15:00 UTC.
        await system.WalkTo("2026-05-01T14:59:59Z");
        Assert.Empty(Warnings());
        await system.WalkTo("2026-05-01T15:00:00Z");
        var first = Assert.Single(Warnings());
        Assert.Equal(("c1@example.com", "Your card ending in 4242 expires on 31 May 2026"), (first.To, first.Subject));
        await system.WalkTo("2026-05-24T15:00:00Z");
        Assert.Equal(2, Warnings().Count);
        await system.WalkTo("2026-07-01T00:00:00Z");
        Assert.Equal(2, Warnings().Count);

        async Task Keep(Customer customer, int month, int year)
        {
            var card = await system.Get<IPaymentGateway>().Save("4242424242424242", CancellationToken.None);
            await system.Get<MethodWriter>().Keep(Actor.System, customer, "sandbox", card with { ExpiryMonth = month, ExpiryYear = year }, MethodUse.Default, CancellationToken.None);
        }

        List<Portal.Domain.Alerts.Mail> Warnings() => [.. system.Mails.Where(mail => mail.Subject.Contains("expires on", StringComparison.Ordinal))];
    }

    private static async Task<Customer> WithCard(BillingSystem system, string card)
    {
        var customer = await system.Subscribe([Fee("100")]);
        await system.Get<PaymentWriter>().Save(Actor.System, customer.Key, card, MethodUse.Default, CancellationToken.None);
        return customer;
    }

    private static DateTimeOffset? RestrictedAt(BillingSystem system, Customer customer) => system.Get<Register>().Now.ById[customer.Id].Customer.RestrictedAt;

    private static async Task<int> Attempts(BillingSystem system)
    {
        await using var db = system.Database.CreateDbContext();
        return await db.PaymentAttempts.CountAsync();
    }
}
