using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Catalog;
using Portal.Domain.Invoicing;
using Portal.Domain.Limits;
using Portal.Domain.Payments;
using Portal.Domain.Storage;
using Portal.Domain.Values;
using static Portal.Domain.Tests.Invoicing.BillingSystem;

namespace Portal.Domain.Tests.Invoicing;

/// <summary>Customers that are billed at a threshold, and what must hold of their invoices.</summary>
internal static class ThresholdRules
{
    private const string Good = "4242424242424242";

    public static async Task<Customer> Start(BillingSystem system, IReadOnlyList<Price> prices, decimal threshold = 50)
    {
        var customer = await system.Subscribe(prices, terms: At(threshold));
        await Save(system, customer);
        return customer;
    }

    public static Task<PaymentMethod> Save(BillingSystem system, Customer customer) =>
        system.Get<PaymentWriter>().Save(Actor.System, customer.Key, Good, MethodUse.Default, CancellationToken.None);

    public static async Task Look(BillingSystem system) => Assert.Empty((await system.Get<ThresholdRun>().Run(CancellationToken.None)).Failures);

    public static Task<SpendingLimit> SetCap(BillingSystem system, Customer customer, decimal amount) =>
        system.Get<LimitWriter>().Set(Actor.System, customer.Key, new LimitTerms(amount, LimitKind.Hard, 10, [], null), CancellationToken.None);

    public static ThresholdRun Node(BillingSystem system) => new(
        system.Get<IDbContextFactory<PortalDb>>(), system.Get<Register>(), system.Get<SpendReader>(), system.Get<DraftReader>(), system.Get<InvoiceIssuer>(),
        system.Get<BillingGuard>(), system.Get<Portal.Domain.Alerts.OutboxBell>(), system.Clock, Microsoft.Extensions.Logging.Abstractions.NullLogger<ThresholdRun>.Instance);

    /// <summary>Charged to the card, with interim invoices.</summary>
    public static BillingTerms At(decimal threshold) => new(threshold, BillingTerms.Charge, 14);

    public static Portal.Domain.Rating.PriceTerms Percentage(Random random) => new(new Portal.Domain.Rating.PercentageRate(
        random.Next(1, 20), random.Next(0, 100) / 100m, random.Next(2) == 0 ? null : random.Next(1, 4), random.Next(2) == 0 ? null : random.Next(1, 60),
        random.Next(2) == 0 ? null : 0.5m, random.Next(2) == 0 ? null : 9m));

    public static async Task<IEnumerable<string>> LinesOf(BillingSystem system, Customer customer, string id) =>
        (await Counted(system, customer)).Where(counted => counted.Id == id).Select(counted => counted.Invoice);

    public static async Task<List<(string Id, string Invoice, string? Price, decimal Value)>> Counted(BillingSystem system, Customer customer)
    {
        var counted = new List<(string, string, string?, decimal)>();
        foreach (var invoice in await system.Invoices(customer))
        {
            foreach (var line in invoice.Lines.Where(line => line.MeterKey is not null && invoice.Number is not null))
            {
                var (_, proof) = await system.Get<LineEvents>().Read(Actor.System, invoice.Id.ToString(), line.N, null, 1_000, CancellationToken.None);
                counted.AddRange(proof.Events.Items.Select(item => (item.Id, invoice.Number!, line.PriceKey, item.Value ?? 0)));
            }
        }

        return counted;
    }

    /// <summary>Closes the period and compares its invoices with one rating of all of it.</summary>
    public static async Task MustBeTheWholePeriod(BillingSystem system, Customer customer, bool withVoids = false)
    {
        await system.WalkTo("2026-04-01T01:00:00Z");
        var subscription = system.Get<Register>().Now.ById[customer.Id].Subscription!;
        var period = new Period(Instant("2026-03-01T00:00:00Z"), Instant("2026-04-01T00:00:00Z"));
        var spend = await system.Get<SpendReader>().Of(system.Get<Register>().Now.ById[customer.Id], subscription, period, CancellationToken.None);
        var invoices = (await system.Invoices(customer)).Where(invoice => invoice.PeriodStart == period.Start && invoice.Number is not null).ToList();
        long Of(Func<InvoiceLine, bool> isMeant) => invoices.SelectMany(invoice => invoice.Lines).Where(line => line.PeriodStart < period.End && isMeant(line)).Sum(line => line.Amount);
        foreach (var price in spend.Charges.GroupBy(charge => charge.Price.Key))
        {
            Assert.Equal(price.Sum(charge => charge.Amount.Minor), Of(line => line.PriceKey == price.Key));
            Assert.Equal(price.Sum(charge => charge.Quantity), invoices.SelectMany(invoice => invoice.Lines).Where(line => line.PriceKey == price.Key && line.PeriodStart < period.End).Sum(line => line.Quantity));
        }

        Assert.Equal((spend.NotBilled.Minor, spend.TopUp.Minor), (-Of(line => line.Kind == LineKind.NotBilled), Of(line => line.Kind == LineKind.Commitment)));
        Assert.Equal(spend.Discounted.Minor, invoices.SelectMany(invoice => invoice.Discounts).Where(discount => discount.PeriodStart == period.Start).Sum(discount => discount.Amount));
        if (!withVoids)
        {
            Assert.All((await Counted(system, customer)).GroupBy(counted => counted.Id), counted => Assert.Single(counted));
        }

        await StandingRules.Hold(system);
    }
}
