using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Invoicing;
using Portal.Domain.Values;
using Portal.Tests.Shared;

namespace Portal.Domain.Tests.Invoicing;

/// <summary>What holds of invoices whatever has happened.</summary>
internal static class StandingRules
{
    /// <summary>Fails where one of the rules is broken.</summary>
    public static async Task Hold(BillingSystem system)
    {
        await Books.MustAgree(system.Database);
        await using var db = system.Database.CreateDbContext();
        var invoices = await db.Invoices.AsNoTracking().Include(invoice => invoice.Lines.OrderBy(line => line.N)).ToListAsync();
        var subscriptions = await db.Subscriptions.AsNoTracking().ToDictionaryAsync(subscription => subscription.Id);
        NumbersHaveNoGap(invoices);
        foreach (var of in invoices.Where(invoice => invoice.ClosesPeriod).GroupBy(invoice => invoice.SubscriptionId!.Value))
        {
            PeriodsTile(subscriptions[of.Key].StartsAt, subscriptions[of.Key].BilledUntil, of);
        }

        foreach (var invoice in invoices)
        {
            Assert.Equal(invoice.CustomerId, invoice.SubscriptionId is { } id ? subscriptions[id].CustomerId : invoice.CustomerId);
            Assert.Equal(invoice.Subtotal, invoice.Lines.Sum(line => line.Amount));
            foreach (var line in invoice.Lines.Where(line => invoice.Number is not null && line.MeterKey is not null))
            {
                await LineComesFromItsEvents(system, invoice, line);
            }
        }
    }

    private static void NumbersHaveNoGap(List<Invoice> invoices)
    {
        foreach (var series in invoices.Where(invoice => invoice.Number is not null).GroupBy(invoice => invoice.Number!.Split('-')[0]))
        {
            var ordered = series.OrderBy(invoice => invoice.Number, StringComparer.Ordinal).ToList();
            Assert.Equal(Enumerable.Range(1, ordered.Count).Select(n => $"{series.Key}-{n:D6}"), ordered.Select(invoice => invoice.Number));
            Assert.Equal(ordered.Select(invoice => invoice.IssuedAt).Order(), ordered.Select(invoice => invoice.IssuedAt));
        }
    }

    private static void PeriodsTile(DateTimeOffset start, DateTimeOffset billedUntil, IEnumerable<Invoice> invoices)
    {
        var reached = start;
        foreach (var invoice in invoices.OrderBy(invoice => invoice.PeriodStart))
        {
            Assert.Equal(reached, invoice.PeriodStart);
            reached = invoice.PeriodEnd;
        }

        Assert.Equal(reached, billedUntil);
    }

    private static async Task LineComesFromItsEvents(BillingSystem system, Invoice invoice, InvoiceLine line)
    {
        var reference = invoice.Id.ToString();
        var (_, proof) = await system.Get<LineEvents>().Read(Actor.System, reference, line.N, null, 1_000, CancellationToken.None);
        Assert.Equal(line.Quantity, Exact.To12(proof.Quantity!.Value));
        var (listed, next) = (proof.Events.Items.Count, proof.Events.Next);
        while (next is not null)
        {
            var (_, more) = await system.Get<LineEvents>().Read(Actor.System, reference, line.N, next, 1_000, CancellationToken.None);
            (listed, next) = (listed + more.Events.Items.Count, more.Events.Next);
        }

        Assert.Equal(proof.Count, listed);
    }
}
