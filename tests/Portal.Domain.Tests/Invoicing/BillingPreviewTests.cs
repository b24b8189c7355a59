using System.Data.Common;
using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Portal.Domain.Accounts;
using Portal.Domain.Catalog;
using Portal.Domain.Credits;
using Portal.Domain.Invoicing;
using Portal.Domain.Limits;
using Portal.Domain.Payments;
using Portal.Domain.Rating;
using Portal.Domain.Storage;
using Portal.Domain.Values;
using static Portal.Domain.Tests.Invoicing.BillingSystem;

namespace Portal.Domain.Tests.Invoicing;

/// <summary>The preview of a billing run says what the run then does, to the cent, and does nothing itself.</summary>
public sealed class BillingPreviewTests
{
    [Theory]
    [InlineData("2026-03-20T00:00:00Z")]
    [InlineData("2026-04-01T00:30:00Z")]
    public async Task Invoices_come_as_they_were_previewed_for_each_pricing_model_with_credits_tax_discounts_and_caps(string previewedAt)
    {
        await using var system = await Start("2026-02-01T00:00:00Z");
        await system.Get<TaxRateWriter>().Put(Actor.System, [new TaxRate { Country = "DE", Name = "VAT", Percent = 19 }], default);
        var customers = await Customers(system);
        system.MoveTo("2026-02-10T00:00:00Z");
        await UseAll(system, customers, 1);
        await system.WalkTo("2026-03-10T00:00:00Z");
        await UseAll(system, customers, 3);
        await Credit(system, customers[0], "7.31", CreditKind.Promotional);
        await Credit(system, customers[1], "11.17", CreditKind.Prepaid);
        await Credit(system, customers[2], "2.50", CreditKind.Promotional);
        await Credit(system, customers[2], "3.05", CreditKind.Prepaid);
        await system.Get<LimitWriter>().Set(Actor.System, customers[3].Key, new LimitTerms(12), default);
        await system.Get<OneOffWriter>().Add(Actor.System, customers[4].Key, new OneOffTerms("Onboarding", 25.55m), default);
        await system.Get<OneOffWriter>().Add(Actor.System, customers[5].Key, new OneOffTerms("Given back", -3.33m), default);

        // Where the periods are over, their drafts wait for late events; what came late before is on them.
        await system.WalkTo(previewedAt);
        await system.Use(customers[6], 7, "2026-02-26T00:00:00Z");
        await system.Use(customers[7], 9, "2026-03-19T23:00:00Z");

        var preview = await Preview(system, "2026-04-01T00:00:00Z");
        await system.WalkTo("2026-04-01T02:00:00Z");

        Assert.Equal(customers.Count, preview.Invoices.Count);
        foreach (var customer in customers)
        {
            var coming = Assert.Single(preview.Invoices, one => one.Customer.Key == customer.Key);
            var invoices = await system.Invoices(customer);
            var made = Assert.Single(invoices, invoice => invoice.ClosesPeriod && invoice.PeriodStart == Instant("2026-03-01T00:00:00Z"));
            Assert.Equal(
                (customer.Name, made.Subtotal - made.Discounted, made.Credits, made.Tax, made.Total, made.Prepaid, made.Due, made.Kind, made.PeriodEnd),
                (customer.Name, coming.Net.Minor, coming.Credits.Minor, coming.Tax.Minor, coming.Total.Minor, coming.Prepaid.Minor, coming.Due.Minor, coming.Kind, coming.Period!.Value.End));
            Assert.Equal(made.IssuedAt, coming.IssuesAt);
            var before = Assert.Single(invoices, invoice => invoice.ClosesPeriod && invoice.PeriodStart == Instant("2026-02-01T00:00:00Z"));
            Assert.Equal((before.Number, before.Subtotal - before.Discounted), (coming.Previous!.Reference, coming.Previous.Net.Minor));
            Assert.Equal(coming.Net.Minor - coming.Previous.Net.Minor, coming.Change!.Value.Minor);
        }

        Assert.Equal(preview.Invoices.Sum(one => one.Total.Amount), preview.Totals.Sum(total => total.Total.Amount));
        Assert.Contains(preview.Invoices, one => one.Credits.Minor > 0 && one.Tax.Minor > 0 && one.Prepaid.Minor > 0);
        await StandingRules.Hold(system);
    }

    [Fact]
    public async Task A_credit_note_that_is_open_pays_the_next_invoice_in_the_preview_as_it_does_then()
    {
        await using var system = await Start("2026-02-01T00:00:00Z");
        var customer = await system.Subscribe([PerToken("1")]);
        await system.Use(customer, 40);
        await system.WalkTo("2026-03-02T00:00:00Z");
        var first = Assert.Single(await system.Invoices(customer));
        await system.Get<InvoiceWriter>().RecordPayment(Actor.System, first.Number!, new ReceivedPayment(null, null, null), default);
        await system.Get<CreditNoteWriter>().Write(Actor.System, first.Number!, new CreditNoteOrder(15m, [], "A gift", NoteSettlement.Offset), default);
        await system.Use(customer, 22);

        var coming = Assert.Single((await Preview(system, "2026-04-01T00:00:00Z")).Invoices);
        await system.WalkTo("2026-04-01T02:00:00Z");

        var made = (await system.Invoices(customer)).Single(invoice => invoice.PeriodStart == Instant("2026-03-01T00:00:00Z"));
        Assert.Equal((2_200, 700), (coming.Total.Minor, coming.Due.Minor));
        Assert.Equal((made.Total, made.Due), (coming.Total.Minor, coming.Due.Minor));
    }

    [Fact]
    public async Task Fees_in_advance_come_one_by_one_and_the_closing_invoice_does_not_bill_them_again()
    {
        await using var system = await Start("2026-01-01T00:00:00Z");
        var yearly = Fee("1200", "advance", "licence");
        var monthly = Fee("10.01", "advance", "support") with { Interval = BillingInterval.Month };
        var customer = await system.Subscribe([yearly, monthly, PerToken("0.1")], interval: BillingInterval.Quarter);
        await system.WalkTo("2026-01-10T00:00:00Z");
        await system.Use(customer, 33);

        var preview = await Preview(system, "2026-04-01T00:00:00Z");
        await system.WalkTo("2026-04-01T02:00:00Z");

        var made = (await system.Invoices(customer)).Where(invoice => invoice.IssuedAt > Instant("2026-01-10T00:00:00Z")).ToList();
        Assert.Equal(3, made.Count);
        Assert.Equal(
            made.Select(invoice => (invoice.Kind, invoice.Total, invoice.IssuedAt)),
            preview.Invoices.Select(coming => (coming.Kind!.Value, coming.Total.Minor, coming.IssuesAt)));
    }

    [Fact]
    public async Task It_says_what_waits_for_a_person_what_waits_for_late_events_what_fails_and_what_is_empty()
    {
        await using var system = await Start("2026-01-01T00:00:00Z");
        var (odd, even, idle, broken) = (
            await system.Subscribe([PerToken("1")]), await system.Subscribe([PerToken("1")]), await system.Subscribe([PerToken("1")]), await system.Subscribe([PerToken("1")]));
        for (var month = 2; month <= 6; month++)
        {
            await system.Use(odd, 100);
            await system.Use(even, 100);
            await system.WalkTo($"2026-{month:00}-01T02:00:00Z");
        }

        await system.Use(odd, 1_001);
        await system.Use(even, 150);
        await system.WalkTo("2026-06-20T00:00:00Z");
        await system.Change(broken, (_, subscription) => subscription.Phases[^1].PinnedVersion = 99);
        var early = await Preview(system, "2026-07-01T00:00:00Z");
        Assert.Equal(ComingState.Suspicious, Of(early, odd).State);
        Assert.Contains("more than 10 times the", Of(early, odd).Why, StringComparison.Ordinal);
        Assert.Equal((ComingState.Running, 50m), (Of(early, even).State, Of(early, even).ChangePercent));
        Assert.Equal(ComingState.Empty, Of(early, idle).State);
        Assert.Equal(ComingState.Failing, Of(early, broken).State);
        var total = Assert.Single(early.Totals);
        Assert.Equal((1, 15_000, 1, 100_100), (total.Invoices, total.Total.Minor, total.Held, total.HeldTotal.Minor));

        // Nothing was stored, parked or raised by looking.
        await using var db = system.Database.CreateDbContext();
        Assert.Equal(0, await db.BillingParks.CountAsync() + await db.Invoices.CountAsync(invoice => invoice.Status == InvoiceStatus.Draft));

        system.MoveTo("2026-07-01T00:10:00Z");
        await system.Get<InvoiceRun>().Run(default);
        var drafted = await Preview(system, "2026-07-02T00:00:00Z");
        Assert.Equal(ComingState.Grace, Of(drafted, even).State);
        Assert.NotNull(Of(drafted, even).Draft);
        system.MoveTo("2026-07-01T02:00:00Z");
        await system.Get<FinalizeRun>().Run(default);
        var parked = await Preview(system, "2026-07-02T00:00:00Z");
        Assert.Equal(ComingState.Parked, Of(parked, odd).State);
        Assert.DoesNotContain(parked.Invoices, one => one.Customer.Key == even.Key);
    }

    [Fact]
    public async Task A_preview_of_many_takes_no_more_reads_than_billing_them_does()
    {
        var counted = new CountedReads();
        await using var system = await Start("2026-03-01T00:00:00Z", options => options.AddInterceptors(counted));
        await system.SubscribeMany(200, Fee("5"), PerToken("1"));
        await system.WalkTo("2026-03-02T00:00:00Z");

        var of50 = await ReadsFor(50);
        var of200 = await ReadsFor(200);

        Assert.InRange(of200, of50, (of50 * 4) + 4);
        Assert.True(of50 < 40, $"{of50} statements for 50 customers");

        async Task<int> ReadsFor(int customers)
        {
            var reader = system.Get<BillingPreviewReader>();
            var keys = (await reader.Customers(Actor.System, Instant("2026-04-01T00:00:00Z"), default)).Take(customers).ToList();
            counted.Count = 0;
            var preview = await reader.Read(Actor.System, keys, Instant("2026-04-01T00:00:00Z"), null, default);
            Assert.Equal(customers, preview.Invoices.Count(one => one.Total.Minor == 500));
            return counted.Count;
        }
    }

    /// <summary>Counts the statements that are sent.</summary>
    private sealed class CountedReads : DbCommandInterceptor
    {
        private int _count;

        public int Count
        {
            get => _count;
            set => _count = value;
        }

        public override ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(
            DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result, CancellationToken cancellationToken = default)
        {
            Interlocked.Increment(ref _count);
            return ValueTask.FromResult(result);
        }
    }

    private static async Task<BillingPreview> Preview(BillingSystem system, string until)
    {
        var reader = system.Get<BillingPreviewReader>();
        return await reader.Read(Actor.System, await reader.Customers(Actor.System, Instant(until), default), Instant(until), null, default);
    }

    private static ComingInvoice Of(BillingPreview preview, Customer customer) => Assert.Single(preview.Invoices, one => one.Customer.Key == customer.Key);

    private static Task<CreditGrant> Credit(BillingSystem system, Customer customer, string amount, CreditKind kind) => system.Get<CreditWriter>().Grant(
        Actor.System, customer.Key, new CreditTerms(decimal.Parse(amount, CultureInfo.InvariantCulture), kind, 0, null, [], null), default);

    private static async Task UseAll(BillingSystem system, IReadOnlyList<Customer> customers, int times)
    {
        foreach (var (n, customer) in customers.Index())
        {
            for (var i = 0; i < times; i++)
            {
                await system.Use(customer, 3.7m + (n * 1.13m) + i, model: i % 2 == 0 ? "large" : "small");
            }
        }
    }

    /// <summary>One customer for each pricing model; some pay tax, some in other currencies, some have agreed on discounts or a commitment.</summary>
    private static async Task<List<Customer>> Customers(BillingSystem system)
    {
        Tier[] tiers = [new(2, 1.11m, 1, 0.5m), new(7, 0.73m, 1, 0), new(null, 0.37m, 1, 0.25m)];
        List<Rate> rates =
        [
            new PerUnitRate(1.337m), new GraduatedRate(tiers), new VolumeRate(tiers), new PackageRate(3, 1.99m), new FlatRate(9.99m),
            new StairstepRate([new(5, 4.44m), new(null, 8.88m)]), new PercentageRate(12.5m, 0.07m), new GraduatedPercentageRate([new(5, 10), new(null, 5, 1)]),
            new PerUnitRate(2.5m), new PerUnitRate(0.77m),
        ];
        var customers = new List<Customer>();
        foreach (var (n, rate) in rates.Index())
        {
            var price = new Price("usage", "Usage", "tokens", new Dictionary<string, string>(), null, null, new PriceTerms(rate));
            customers.Add(await system.Subscribe([price, Fee("4.99", n % 2 == 0 ? "advance" : "arrears")], currency: n % 4 == 3 ? "JPY" : "USD"));
        }

        await system.Change(customers[8], (_, subscription) => subscription.Phases[^1].Commitment = new Commitment(50, BillingInterval.Month, 10));
        await system.Change(customers[9], (_, subscription) => subscription.Phases[^1].Discounts = [new Discount(15, null, null) { Since = subscription.StartsAt }]);
        await using var db = system.Database.CreateDbContext();
        var keys = customers.Where((_, n) => n % 3 != 1).Select(customer => customer.Key).ToList();
        await db.Customers.Where(customer => keys.Contains(customer.Key)).ExecuteUpdateAsync(rows => rows.SetProperty(customer => customer.Country, "DE"));
        await system.Get<Register>().Apply(RegisterChange.Everything, default);
        return customers;
    }
}
