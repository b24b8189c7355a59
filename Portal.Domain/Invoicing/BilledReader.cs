using Microsoft.EntityFrameworkCore;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Invoicing;

/// <summary>Reads how much of a running period is on issued invoices already: fees in advance, and what was billed at a threshold.</summary>
public sealed class BilledReader(IDbContextFactory<PortalDb> databases)
{
    /// <summary>What issued invoices bill of each charge of a customer's period, in the order of the charges.</summary>
    public async Task<IReadOnlyList<Money>> Of(int customerId, Spend spend, CancellationToken cancellation)
    {
        var (start, end) = (spend.Period.Start, spend.Period.End);
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var lines = await db.Invoices.AsNoTracking()
            .Where(invoice => invoice.CustomerId == customerId && invoice.PeriodEnd >= start
                && invoice.Status != InvoiceStatus.Draft && invoice.Status != InvoiceStatus.Void)
            .SelectMany(invoice => invoice.Lines)
            .Where(line => line.PriceKey != null && line.PeriodStart >= start && line.PeriodStart < end)
            .Select(line => new { line.PriceKey, line.PeriodStart, line.Amount })
            .ToListAsync(cancellation);
        return
        [
            .. spend.Charges.Select(charge => new Money(
                lines.Where(line => line.PriceKey == charge.Price.Key && charge.Period.Contains(line.PeriodStart)).Sum(line => line.Amount), spend.Currency)),
        ];
    }
}
