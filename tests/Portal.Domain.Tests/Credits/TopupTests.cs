using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Alerts;
using Portal.Domain.Credits;
using Portal.Domain.Invoicing;
using Portal.Domain.Payments;
using Portal.Domain.Storage;
using Portal.Domain.Tests.Invoicing;
using Portal.Domain.Values;
using static Portal.Domain.Tests.Invoicing.BillingSystem;

namespace Portal.Domain.Tests.Credits;

/// <summary>Credits that are bought: they exist once paid, by one charge; a rule buys more, at most so much a month; a rest rolls over.</summary>
public sealed class TopupTests
{
    private const string Good = "4242424242424242";
    private const string Declined = "4000000000000002";

    [Fact]
    public async Task Credits_are_there_with_the_money_and_the_books_know_what_is_still_to_be_delivered()
    {
        await using var system = await Start();
        var customer = await Customer(system, Good);
        var invoice = await Buy(system, customer, 100);
        Assert.Equal((InvoiceKind.CreditTopup, InvoiceStatus.Paid, "INV-000001", 10_000L), (invoice.Kind, invoice.Status, invoice.Number, invoice.Paid));
        Assert.Contains("Invoice INV-000001 over $100.00", await Mails(system));
        await system.Use(customer, 30);
        var balance = await Balance(system, customer);
        Assert.Equal((10_000L, 3_000L, 7_000L, false), (balance.Left.Minor, balance.Claimed.Minor, balance.Live.Minor, balance.IsExhausted));

        await system.WalkTo("2026-04-01T01:00:00Z");
        var closing = (await system.Invoices(customer))[^1];
        Assert.Equal((InvoiceKind.Period, InvoiceStatus.Paid, 3_000L), (closing.Kind, closing.Status, closing.Prepaid));
        Assert.Equal(7_000, (await Balance(system, customer)).Live.Minor);
        await MustAddUp(system);
    }

    [Fact]
    public async Task A_credit_note_takes_back_what_is_left_of_bought_credits_never_what_is_used_and_stops_the_rule_that_would_buy_them_again()
    {
        await using var system = await Start();
        var customer = await Customer(system, Good);
        await Buy(system, customer, 100);
        await SetRule(system, customer, 50, 100, 1_000);
        await system.Use(customer, 30);
        await system.WalkTo("2026-04-01T01:00:00Z");

        var tooMuch = await Assert.ThrowsAsync<InvalidInputException>(() => TakeBack(system, 70.01m, NoteSettlement.Refund));
        Assert.Contains("at most the 70.00 USD that are left of the credits that the invoice sold", tooMuch.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<InvalidInputException>(() => TakeBack(system, 10, NoteSettlement.Credits));
        Assert.Equal((-2_000L, 0L), (await TakeBack(system, 20, NoteSettlement.Refund)) is var part ? (part.Total, part.Due) : default);
        Assert.Equal(5_000, (await Balance(system, customer)).Left.Minor);
        await MustAddUp(system);

        var rest = await TakeBack(system, null, NoteSettlement.Offset);
        Assert.Equal((-5_000L, -5_000L), (rest.Total, rest.Due));
        Assert.Equal("nothing_to_credit", (await Assert.ThrowsAsync<Refusal>(() => TakeBack(system, null, NoteSettlement.Refund))).Code);
        await Follow(system, customer);
        await system.Get<ChargeRun>().Run(CancellationToken.None);
        Assert.Equal((1, 0L), (await Charges(system), (await Balance(system, customer)).Left.Minor));
        await MustAddUp(system);

        await system.Use(customer, 60);
        await system.WalkTo("2026-05-01T02:00:00Z");
        Assert.Equal((6_000L, 0L), (await system.Invoices(customer))[^1] is var next ? (next.Paid, next.Due) : default);
        await using var db = system.Database.CreateDbContext();
        Assert.Equal([10_000L, 1_000L], await db.Set<SandboxCharge>().OrderBy(charge => charge.CreatedAt).Select(charge => charge.Amount).ToListAsync());
        await MustAddUp(system);
    }

    [Fact]
    public async Task Credits_that_are_used_while_they_are_taken_back_go_one_way_only()
    {
        await using var system = await Start();
        var customer = await Customer(system, Good);
        await Buy(system, customer, 100);
        await system.Use(customer, 100);
        system.MoveTo("2026-04-01T02:00:00Z");
        await system.Get<InvoiceRun>().Run(CancellationToken.None);
        var note = Task.Run(() => TakeBack(system, null, NoteSettlement.Refund));
        await Task.WhenAll(Task.Run(() => system.Get<FinalizeRun>().Run(CancellationToken.None)), note.ContinueWith(_ => { }, TaskScheduler.Default));
        await using var db = system.Database.CreateDbContext();
        Assert.Equal(0, (await db.CreditGrants.SingleAsync()).Left);
        await MustAddUp(system);
    }

    [Fact]
    public async Task A_declined_card_buys_nothing_owes_nothing_and_takes_no_number()
    {
        await using var system = await Start();
        var customer = await Customer(system, Declined);
        Assert.Equal("payment_failed", (await Assert.ThrowsAsync<Refusal>(() => Buy(system, customer, 100))).Code);
        var failed = Assert.Single(await system.Invoices(customer));
        Assert.Equal((InvoiceStatus.Void, null, 0L), (failed.Status, failed.Number, failed.Due));
        Assert.Equal(0, (await Balance(system, customer)).Left.Minor);

        await system.Get<PaymentWriter>().Save(Actor.System, customer.Key, Good, MethodUse.Default, CancellationToken.None);
        Assert.Equal("INV-000001", (await Buy(system, customer, 100)).Number);
        await system.WalkTo("2026-03-20T00:00:00Z");
        Assert.Null(system.Get<Register>().Now.ById[customer.Id].Customer.RestrictedAt);
        await MustAddUp(system);
    }

    [Fact]
    public async Task While_the_outcome_of_a_charge_is_unknown_nothing_more_is_bought_and_then_it_is_settled_once()
    {
        await using var system = await Start();
        var customer = await Customer(system, Good);
        system.Get<SandboxFaults>().Order(SandboxFault.TimeoutAfterCharge, 1);
        var open = await Buy(system, customer, 100);
        Assert.Equal((InvoiceStatus.Draft, null), (open.Status, open.Number));
        Assert.Equal(0, (await Balance(system, customer)).Left.Minor);
        Assert.Equal("topup_open", (await Assert.ThrowsAsync<Refusal>(() => Buy(system, customer, 100))).Code);
        Assert.Equal("purchase_open", (await Assert.ThrowsAsync<Refusal>(() => system.Get<InvoiceWriter>().Void(Actor.System, open.Id.ToString(), CancellationToken.None))).Code);

        await system.WalkTo("2026-03-01T00:10:00Z");
        Assert.Equal((InvoiceStatus.Paid, "INV-000001"), (Assert.Single(await system.Invoices(customer)) is var paid ? (paid.Status, paid.Number) : default));
        Assert.Equal(10_000, (await Balance(system, customer)).Left.Minor);
        Assert.Equal(1, await Charges(system));
        await MustAddUp(system);
    }

    [Fact]
    public async Task Many_that_buy_at_once_buy_once()
    {
        await using var system = await Start();
        var customer = await Customer(system, Good);
        await SetRule(system, customer, 50, 100, 1_000);
        var entry = system.Get<Register>().Now.ById[customer.Id];
        var spend = await system.Spend(customer);
        var begun = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => system.Get<TopupWriter>().BuyByRule(entry, spend, CancellationToken.None))));
        Assert.Single(begun, isBegun => isBegun);
        await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Task.Run(() => system.Get<ChargeRun>().Run(CancellationToken.None))));

        Assert.Equal((1, 10_000L), (await Charges(system), (await Balance(system, customer)).Left.Minor));
        await MustAddUp(system);
    }

    [Fact]
    public async Task A_rule_buys_below_its_amount_and_at_most_so_much_in_a_month_of_the_customers_zone()
    {
        await using var system = await BillingSystem.Start("2026-03-30T12:00:00Z");
        var customer = await Customer(system, Good, "Asia/Tokyo");
        await SetRule(system, customer, 50, 100, 200);
        for (var n = 0; n < 4; n++)
        {
            await system.Use(customer, 100);
            await Follow(system, customer);
            await system.Get<ChargeRun>().Run(CancellationToken.None);
            await Follow(system, customer);
            await system.Get<ChargeRun>().Run(CancellationToken.None);
        }

        Assert.Equal(2, await Charges(system));
        system.MoveTo("2026-03-31T15:00:00Z");
        await Follow(system, customer);
        await system.Get<ChargeRun>().Run(CancellationToken.None);
        Assert.Equal(3, await Charges(system));
        await MustAddUp(system);
    }

    [Fact]
    public async Task A_rule_whose_charge_fails_stops_and_says_so_until_it_is_set_again()
    {
        await using var system = await Start();
        var customer = await Customer(system, Declined);
        await SetRule(system, customer, 50, 100, 1_000);
        for (var n = 0; n < 3; n++)
        {
            await Follow(system, customer);
            await system.Get<ChargeRun>().Run(CancellationToken.None);
        }

        await using var db = system.Database.CreateDbContext();
        Assert.Equal((1, "card_declined"), (await db.PaymentAttempts.CountAsync(), (await db.AutoTopups.SingleAsync()).PausedFor));
        var mail = Assert.Single(await db.Outbox.Where(mail => mail.AlertKind == Alert.CreditsKind).ToListAsync());
        Assert.Equal("Automatic top-up failed: $100.00", mail.Subject);

        await system.Get<PaymentWriter>().Save(Actor.System, customer.Key, Good, MethodUse.Default, CancellationToken.None);
        await SetRule(system, customer, 50, 100, 1_000);
        await Follow(system, customer);
        await system.Get<ChargeRun>().Run(CancellationToken.None);
        Assert.Equal(10_000, (await Balance(system, customer)).Left.Minor);
        await MustAddUp(system);
    }

    [Fact]
    public async Task A_customer_is_told_once_that_few_credits_are_left_and_once_that_none_are_until_it_buys_more()
    {
        await using var system = await Start();
        var customer = await Customer(system, Good);
        await Buy(system, customer, 100);
        foreach (var tokens in new[] { 79, 1, 5, 15, 10 })
        {
            await system.Use(customer, tokens);
            await Follow(system, customer);
        }

        Assert.Equal(["Credits: $20.00 are left", "Credits: all $100.00 are used"], await Warnings());
        system.MoveTo("2026-03-02T00:00:00Z");
        await Buy(system, customer, 200);
        await system.Use(customer, 160);
        await Follow(system, customer);
        Assert.Equal("Credits: $30.00 are left", (await Warnings())[^1]);

        async Task<List<string>> Warnings()
        {
            await using var db = system.Database.CreateDbContext();
            return await db.Outbox.Where(mail => mail.AlertKind == Alert.CreditsKind).OrderBy(mail => mail.Id).Select(mail => mail.Subject).ToListAsync();
        }
    }

    [Fact]
    public async Task A_share_of_what_expires_rolls_over_once_and_the_rest_is_lost()
    {
        await using var system = await Start();
        var customer = await Customer(system, Good);
        foreach (var kind in new[] { CreditKind.Prepaid, CreditKind.Promotional })
        {
            await system.Get<CreditWriter>().Grant(Actor.System, customer.Key,
                new CreditTerms(100, kind, 50, Instant("2026-03-10T00:00:00Z"), [], kind.ToString()) { RolloverPercent = 30, RolloverDays = 5 }, CancellationToken.None);
        }

        await system.WalkTo("2026-03-10T00:00:00Z");
        var stand = await system.Get<CreditReader>().Of(Actor.System, customer.Key, CancellationToken.None);
        Assert.Equal([(3_000L, Instant("2026-03-15T00:00:00Z")), (3_000L, Instant("2026-03-15T00:00:00Z"))],
            stand.Grants.Where(grant => grant.Left > 0).Select(grant => (grant.Left, grant.ExpiresAt!.Value)));
        await MustAddUp(system);
        await system.WalkTo("2026-03-15T00:00:00Z");
        Assert.Equal(0, (await Balance(system, customer)).Left.Minor);
        await MustAddUp(system);
    }

    private static Task<BillingSystem> Start() => BillingSystem.Start("2026-03-01T00:00:00Z");

    private static async Task<Customer> Customer(BillingSystem system, string card, string zone = "UTC")
    {
        var customer = await system.Subscribe([PerToken("1")], zone: zone);
        await system.Get<PaymentWriter>().Save(Actor.System, customer.Key, card, MethodUse.Default, CancellationToken.None);
        return customer;
    }

    private static Task<Invoice> Buy(BillingSystem system, Customer customer, decimal amount) =>
        system.Get<TopupWriter>().Buy(Actor.System, customer.Key, amount, CancellationToken.None);

    private static Task<Invoice> TakeBack(BillingSystem system, decimal? amount, NoteSettlement settlement) =>
        system.Get<CreditNoteWriter>().Write(Actor.System, "INV-000001", new CreditNoteOrder(amount, [], null, settlement), CancellationToken.None);

    private static Task<AutoTopup> SetRule(BillingSystem system, Customer customer, decimal below, decimal amount, decimal most) =>
        system.Get<AutoTopupWriter>().Set(Actor.System, customer.Key, new AutoTopupTerms(below, amount, most), CancellationToken.None);

    private static async Task Follow(BillingSystem system, Customer customer) =>
        await system.Get<CreditWatch>().Follow(system.Get<Register>().Now.ById[customer.Id], await system.Spend(customer), CancellationToken.None);

    private static async Task<CreditBalance> Balance(BillingSystem system, Customer customer) =>
        await system.Get<CreditBalanceReader>().Of(system.Get<Register>().Now.ById[customer.Id], await system.Spend(customer), CancellationToken.None);

    private static async Task<int> Charges(BillingSystem system)
    {
        await using var db = system.Database.CreateDbContext();
        return await db.Set<SandboxCharge>().CountAsync(charge => charge.Succeeded);
    }

    private static async Task<List<string>> Mails(BillingSystem system)
    {
        await using var db = system.Database.CreateDbContext();
        return await db.Outbox.Select(mail => mail.Subject).ToListAsync();
    }

    private static async Task MustAddUp(BillingSystem system)
    {
        await using var db = system.Database.CreateDbContext();
        var moves = (await db.CreditMoves.AsNoTracking().ToListAsync()).ToLookup(move => move.GrantId);
        foreach (var grant in await db.CreditGrants.AsNoTracking().ToListAsync())
        {
            Assert.Equal(grant.Amount, grant.Left + moves[grant.Id].Where(move => move.Kind != CreditMoveKind.Granted).Sum(move => move.Amount));
        }

        await StandingRules.Hold(system);
    }
}
