using Portal.Domain.Accounts;
using Portal.Domain.Alerts;
using Portal.Domain.Invoicing;
using Portal.Domain.Payments;
using Portal.Domain.Storage;
using Portal.Domain.Values;
using static Portal.Domain.Tests.Invoicing.BillingSystem;

namespace Portal.Domain.Tests.Invoicing;

/// <summary>Issuing and withdrawing by hand, money that comes in, and what happens where it does not.</summary>
public sealed class PaymentTests
{
    [Fact]
    public async Task An_invoice_is_mailed_with_number_total_due_date_and_link()
    {
        await using var system = await BillingSystem.Start("2026-03-01T05:00:00Z");
        var customer = await system.Subscribe([Fee("42.17")], zone: "America/New_York");
        await system.WalkTo("2026-04-02T00:00:00Z");

        var mail = Assert.Single(system.Mails);
        Assert.Equal((customer.Email, "Invoice INV-000001 over $42.17"), (mail.To, mail.Subject));
        Assert.Contains("It is due on 15 April 2026.", mail.Text, StringComparison.Ordinal);
        Assert.Contains($"https://portal.example/invoices/INV-000001?customer={customer.Key}", mail.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unpaid_invoice_is_reminded_of_once_then_refuses_access_until_it_is_paid()
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        var customer = await system.Subscribe([Fee("100")]);
        await system.WalkTo("2026-04-18T00:00:00Z");
        Assert.Null(Customer(system, customer).RestrictedAt);
        var reminder = system.Mails.Single(mail => mail.Subject.Contains("overdue", StringComparison.Ordinal));
        Assert.Equal("payment", reminder.Headers["Portal-Alert"]);
        Assert.Contains("18 April 2026", reminder.Text, StringComparison.Ordinal);
        Assert.Equal("payment", Assert.Single(await system.Get<AlertReader>().List(Actor.System, customer.Key, null, 10, CancellationToken.None)).Kind);

        await system.WalkTo("2026-04-20T00:00:00Z");
        Assert.Equal(Instant("2026-04-18T01:00:00Z"), Customer(system, customer).RestrictedAt);
        Assert.Single(system.Mails, mail => mail.Subject.Contains("overdue", StringComparison.Ordinal));

        await Pay(system, "INV-000001", 60);
        Assert.NotNull(Customer(system, customer).RestrictedAt);
        var paid = await Pay(system, "INV-000001", null);
        Assert.Equal((InvoiceStatus.Paid, 10_000, 0), (paid.Status, paid.Paid, paid.Due));
        Assert.Equal([6_000L, 4_000L], paid.Payments.Select(payment => payment.Amount));
        Assert.Null(Customer(system, customer).RestrictedAt);
    }

    [Theory]
    [InlineData("0", "amount")]
    [InlineData("-1", "amount")]
    [InlineData("100.01", "amount")]
    [InlineData("0.001", "amount")]
    public async Task Money_that_does_not_fit_the_invoice_is_refused_by_field(string amount, string field)
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        await system.Subscribe([Fee("100")]);
        await system.WalkTo("2026-04-01T01:00:00Z");

        var refused = await Assert.ThrowsAsync<InvalidInputException>(() => Pay(system, "INV-000001", decimal.Parse(amount, System.Globalization.CultureInfo.InvariantCulture)));
        Assert.Equal([field], refused.Errors.Items.Select(error => error.Path));
    }

    [Fact]
    public async Task Paying_without_a_card_names_the_bank_transfer_and_paying_what_is_paid_does_nothing()
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        await system.Subscribe([Fee("100")]);
        await system.WalkTo("2026-04-01T01:00:00Z");

        var refusal = await Assert.ThrowsAsync<Refusal>(() => system.Get<PaymentWriter>().Pay(Actor.System, "INV-000001", CancellationToken.None));
        Assert.Equal(RefusalKind.Conflict, refusal.Kind);
        Assert.Contains("bank transfer", refusal.Message, StringComparison.Ordinal);
        await Pay(system, "INV-000001", null);
        Assert.Equal(InvoiceStatus.Paid, (await system.Get<PaymentWriter>().Pay(Actor.System, "INV-000001", CancellationToken.None)).Status);
    }

    [Fact]
    public async Task A_draft_that_is_voided_is_not_billed_neither_then_nor_as_late_usage()
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        var customer = await system.Subscribe([PerToken("1")]);
        await system.Use(customer, 10);
        await system.WalkTo("2026-04-01T00:10:00Z");
        var draft = Assert.Single(await system.Invoices(customer));
        await system.Get<InvoiceWriter>().Void(Actor.System, draft.Id.ToString(), CancellationToken.None);
        await system.Use(customer, 3);
        await system.WalkTo("2026-05-01T01:00:00Z");

        var invoices = await system.Invoices(customer);
        Assert.Equal([(InvoiceStatus.Void, 1_000L), (InvoiceStatus.Finalized, 300L)], invoices.Select(invoice => (invoice.Status, invoice.Total)));
        var refusal = await Assert.ThrowsAsync<Refusal>(() => system.Get<InvoiceWriter>().Void(Actor.System, "INV-000001", CancellationToken.None));
        Assert.Equal("not_a_draft", refusal.Code);
        await StandingRules.Hold(system);
    }

    [Fact]
    public async Task A_customer_settles_nothing_by_hand_and_sees_nobody_elses_invoice()
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        var mine = await system.Subscribe([Fee("100")]);
        var other = await system.Subscribe([Fee("100")]);
        await system.WalkTo("2026-04-01T01:00:00Z");
        var theirs = Assert.Single(await system.Invoices(other)).Number!;
        var own = Assert.Single(await system.Invoices(mine)).Number!;
        var actor = new Actor("key", mine.Id, Scopes.BillingRead | Scopes.BillingWrite, null, null);
        var writer = system.Get<InvoiceWriter>();

        Assert.Equal(RefusalKind.Forbidden, (await Refused(() => writer.RecordPayment(actor, own, new ReceivedPayment(null, null, null), CancellationToken.None))).Kind);
        Assert.Equal(RefusalKind.NotFound, (await Refused(() => writer.RecordPayment(actor, theirs, new ReceivedPayment(null, null, null), CancellationToken.None))).Kind);
        Assert.Equal(RefusalKind.NotFound, (await Refused(() => system.Get<InvoiceReader>().Find(actor, theirs, CancellationToken.None))).Kind);
        Assert.Equal(RefusalKind.NotFound, (await Refused(() => system.Get<LineEvents>().Read(actor, theirs, 1, null, 10, CancellationToken.None))).Kind);
        Assert.Equal([own], (await system.Get<InvoiceReader>().List(actor, new InvoiceQuery(null, null, null, Guid.Empty, 10), CancellationToken.None)).Select(invoice => invoice.Number));
    }

    [Fact]
    public async Task What_the_cap_keeps_off_the_bill_is_a_line_and_a_cap_that_changes_later_changes_nothing()
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        var customer = await system.Subscribe([PerToken("1")]);
        await system.Get<Portal.Domain.Limits.LimitWriter>().Set(
            Actor.System, customer.Key, new Portal.Domain.Limits.LimitTerms(50, Portal.Domain.Limits.LimitKind.Hard), CancellationToken.None);
        await system.Use(customer, 80);
        await system.WalkTo("2026-04-01T00:30:00Z");
        await system.Get<Portal.Domain.Limits.LimitWriter>().Set(
            Actor.System, customer.Key, new Portal.Domain.Limits.LimitTerms(5, Portal.Domain.Limits.LimitKind.Hard), CancellationToken.None);
        await system.WalkTo("2026-04-01T02:00:00Z");
        await system.Use(customer, 7, "2026-03-31T00:00:00Z");
        await system.Use(customer, 1);
        await system.WalkTo("2026-05-01T01:00:00Z");

        Assert.Equal(
            ["tokens 8000; Above your cap, not billed -3000", "tokens 100; Late usage for March 2026: tokens 700; Above your cap in March 2026, not billed -700"],
            (await system.Invoices(customer)).Select(invoice => string.Join("; ", invoice.Lines.Select(line => $"{line.Description} {line.Amount}"))));
        await StandingRules.Hold(system);
    }

    private static Customer Customer(BillingSystem system, Customer customer) => system.Get<Register>().Now.ById[customer.Id].Customer;

    private static Task<Invoice> Pay(BillingSystem system, string number, decimal? amount) =>
        system.Get<InvoiceWriter>().RecordPayment(Actor.System, number, new ReceivedPayment(amount, "bank", null), CancellationToken.None);

    private static Task<Refusal> Refused(Func<Task> action) => Assert.ThrowsAsync<Refusal>(action);
}
