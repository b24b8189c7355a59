using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Catalog;
using Portal.Domain.Credits;
using Portal.Domain.Invoicing;
using Portal.Domain.Payments;
using Portal.Domain.Tests.Invoicing;
using Portal.Domain.Values;
using static Portal.Domain.Tests.Invoicing.BillingSystem;

namespace Portal.Domain.Tests.Payments;

/// <summary>A customer has one card by default and at most one as its backup, whoever changes them at once; the last one stays while it is needed.</summary>
public sealed class SavedMethodTests
{
    private const string Good = "4242424242424242";
    private const string Declined = "4000000000000002";
    private const string At = "2026-04-01T01:00:00Z";

    [Fact]
    public async Task The_first_card_is_the_default_and_a_card_takes_the_place_of_the_one_with_its_use()
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        var customer = await system.Subscribe([Fee("100")]);
        await Save(system, customer, Good, MethodUse.Backup);
        Assert.Equal(("4242", null), await Cards(system, customer));
        await Save(system, customer, Declined, MethodUse.Backup);
        await Save(system, customer, "4000000000009995", MethodUse.Backup);
        Assert.Equal(("4242", "9995"), await Cards(system, customer));
        await Save(system, customer, "4000000000000341", MethodUse.Default);
        Assert.Equal(("0341", "9995"), await Cards(system, customer));
    }

    [Fact]
    public async Task Two_cards_change_places_and_what_is_overdue_is_collected_with_the_new_default()
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        var customer = await system.Subscribe([Fee("100")]);
        var only = await Save(system, customer, Declined, MethodUse.Default);
        var alone = await Assert.ThrowsAsync<Refusal>(() => Use(system, customer, only.Id, MethodUse.Backup));
        Assert.Equal(("no_other_method", "The Visa ending in 0002 is the only card, so it is the one that is charged. Save another one first; then this one can be its backup."), (alone.Code, alone.Message));
        Assert.Equal("not_found", (await Assert.ThrowsAsync<Refusal>(() => Use(system, customer, Guid.NewGuid(), MethodUse.Default))).Code);
        await Save(system, customer, "4000000000009995", MethodUse.Backup);
        await system.WalkTo("2026-04-01T12:00:00Z");
        Assert.Equal(InvoiceStatus.Finalized, Assert.Single(await system.Invoices(customer)).Status);

        var backup = await Save(system, customer, "4000000000009995", MethodUse.Backup);
        Assert.Equal(MethodUse.Default, (await Use(system, customer, backup.Id, MethodUse.Default)).Use);
        Assert.Equal(("9995", "0002"), await Cards(system, customer));
        Assert.Equal(MethodUse.Backup, (await Use(system, customer, backup.Id, MethodUse.Backup)).Use);
        Assert.Equal(("0002", "9995"), await Cards(system, customer));

        var good = await Save(system, customer, Good, MethodUse.Backup);
        Assert.Equal(InvoiceStatus.Paid, Assert.Single(await system.Invoices(customer)).Status);
        Assert.Equal(MethodUse.Default, (await Use(system, customer, good.Id, MethodUse.Default)).Use);
        await StandingRules.Hold(system);
    }

    [Fact]
    public async Task A_backup_takes_the_place_of_a_default_that_is_removed_and_is_charged_next()
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        var customer = await system.Subscribe([Fee("100")]);
        var first = await Save(system, customer, Declined, MethodUse.Default);
        await Save(system, customer, Good, MethodUse.Backup);
        await Remove(system, customer, first.Id);
        Assert.Equal(("4242", null), await Cards(system, customer));
        Assert.Equal("not_found", (await Assert.ThrowsAsync<Refusal>(() => Remove(system, customer, first.Id))).Code);

        await system.WalkTo(At);
        Assert.Equal(InvoiceStatus.Paid, Assert.Single(await system.Invoices(customer)).Status);
        await using var db = system.Database.CreateDbContext();
        Assert.Equal((MethodUse.Default, AttemptState.Succeeded), (await db.PaymentAttempts.SingleAsync()) is var attempt ? (attempt.Use, attempt.State) : default);
    }

    [Fact]
    public async Task The_last_card_stays_while_a_subscription_is_charged_to_it()
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        var customer = await system.Subscribe([Fee("100")]);
        var card = await Save(system, customer, Good, MethodUse.Default);
        var refused = await Assert.ThrowsAsync<Refusal>(() => Remove(system, customer, card.Id));
        Assert.Equal("last_payment_method", refused.Code);
        Assert.StartsWith("The Visa ending in 4242 is the only card, and the subscription is charged to it. Save another card first", refused.Message, StringComparison.Ordinal);

        await system.Change(customer, (_, subscription) => subscription.EndsAt = Instant("2026-03-10T00:00:00Z"));
        await Assert.ThrowsAsync<Refusal>(() => Remove(system, customer, card.Id));
        await system.WalkTo("2026-03-20T00:00:00Z");
        await Remove(system, customer, card.Id);
        Assert.Equal((null, null), await Cards(system, customer));
    }

    [Fact]
    public async Task The_last_card_stays_while_an_invoice_is_to_be_charged_or_credits_are_bought_with_it()
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        var customer = await system.Subscribe([Fee("100")], terms: new BillingTerms(null, BillingTerms.Send, 14));
        var card = await Save(system, customer, Declined, MethodUse.Default);
        await system.Get<AutoTopupWriter>().Set(Actor.System, customer.Key, new AutoTopupTerms(10, 100, 1_000), CancellationToken.None);
        Assert.Contains("credits are bought with it by themselves", (await Assert.ThrowsAsync<Refusal>(() => Remove(system, customer, card.Id))).Message, StringComparison.Ordinal);
        await system.Get<AutoTopupWriter>().Remove(Actor.System, customer.Key, CancellationToken.None);

        await system.WalkTo(At);
        system.Get<SandboxFaults>().Order(SandboxFault.TimeoutAfterCharge, 1);
        await system.Get<PaymentWriter>().Pay(Actor.System, "INV-000001", CancellationToken.None);
        Assert.Contains("INV-000001 is being charged to it, and the outcome is not known yet", (await Assert.ThrowsAsync<Refusal>(() => Remove(system, customer, card.Id))).Message, StringComparison.Ordinal);
        await system.WalkTo("2026-04-02T00:00:00Z");
        await Remove(system, customer, card.Id);
        Assert.Equal((null, null), await Cards(system, customer));
        await StandingRules.Hold(system);
    }

    [Fact]
    public async Task The_last_card_stays_while_a_purchase_of_credits_is_open_and_while_a_retry_is_planned()
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        var customer = await system.Subscribe([Fee("100")]);
        var card = await Save(system, customer, Declined, MethodUse.Default);
        system.Get<SandboxFaults>().Order(SandboxFault.TimeoutAfterCharge, 1);
        await system.Get<TopupWriter>().Buy(Actor.System, customer.Key, 20, CancellationToken.None);
        Assert.Contains("credits are being bought with it", (await Assert.ThrowsAsync<Refusal>(() => Remove(system, customer, card.Id))).Message, StringComparison.Ordinal);

        await system.WalkTo("2026-04-02T12:00:00Z");
        Assert.Contains("$100.00 for invoice INV-000001 are still to be charged to it. Pay the invoice", (await Assert.ThrowsAsync<Refusal>(() => Remove(system, customer, card.Id))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Many_who_save_swap_and_remove_at_once_leave_one_of_a_kind()
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        var customer = await system.Subscribe([Fee("100")], terms: new BillingTerms(null, BillingTerms.Send, 14));
        var known = await Save(system, customer, Good, MethodUse.Default);
        await Task.WhenAll(Enumerable.Range(0, 18).Select(n => Task.Run(async () =>
        {
            try
            {
                var saved = await Save(system, customer, Good, n % 2 == 0 ? MethodUse.Default : MethodUse.Backup);
                await Use(system, customer, n % 3 == 0 ? known.Id : saved.Id, n % 2 == 0 ? MethodUse.Backup : MethodUse.Default);
                await Remove(system, customer, saved.Id);
            }
            catch (Refusal refusal) when (refusal.Code is "not_found" or "no_other_method" or "last_payment_method")
            {
                // Another one was quicker.
            }
        })));

        await using var db = system.Database.CreateDbContext();
        var left = await db.PaymentMethods.Where(method => method.CustomerId == customer.Id && method.ReplacedAt == null).ToListAsync();
        Assert.InRange(left.Count, 0, 2);
        Assert.Equal(left.Count, left.Select(method => method.Use).Distinct().Count());
        Assert.True(left.Count == 0 || left.Exists(method => method.Use == MethodUse.Default));
    }

    [Fact]
    public async Task A_backup_that_expires_is_warned_of_as_what_it_is()
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        var customer = await system.Subscribe([Fee("1")]);
        await Save(system, customer, Good, MethodUse.Default);
        var card = await system.Get<IPaymentGateway>().Save(Good, CancellationToken.None);
        await system.Get<MethodWriter>().Keep(Actor.System, customer, "sandbox", card with { Last4 = "7777", ExpiryMonth = 5, ExpiryYear = 2026 }, MethodUse.Backup, CancellationToken.None);
        await system.WalkTo("2026-05-25T00:00:00Z");

        var warnings = system.Mails.Where(mail => mail.Subject == "Your card ending in 7777 expires on 31 May 2026").ToList();
        Assert.Equal(2, warnings.Count);
        Assert.All(warnings, mail => Assert.Contains("The Visa ending in 7777 is the backup card of", mail.Text, StringComparison.Ordinal));
    }

    private static Task<PaymentMethod> Save(BillingSystem system, Customer customer, string card, MethodUse use) =>
        system.Get<PaymentWriter>().Save(Actor.System, customer.Key, card, use, CancellationToken.None);

    private static Task<PaymentMethod> Use(BillingSystem system, Customer customer, Guid id, MethodUse use) =>
        system.Get<MethodWriter>().Use(Actor.System, customer.Key, id, use, CancellationToken.None);

    private static Task Remove(BillingSystem system, Customer customer, Guid id) => system.Get<MethodWriter>().Remove(Actor.System, customer.Key, id, CancellationToken.None);

    private static async Task<(string? Default, string? Backup)> Cards(BillingSystem system, Customer customer)
    {
        var saved = await system.Get<PaymentReader>().Methods(Actor.System, customer.Key, CancellationToken.None);
        return (saved.Default?.Last4, saved.Backup?.Last4);
    }
}
