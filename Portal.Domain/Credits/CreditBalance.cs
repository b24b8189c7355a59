using Microsoft.EntityFrameworkCore;
using Portal.Domain.Invoicing;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Credits;

/// <summary>What a customer can still use of its credits, usage that is not invoiced yet taken off.</summary>
/// <param name="Left">What grants have left.</param>
/// <param name="Claimed">Of it, what the running period and drafts will use when they are invoiced.</param>
/// <param name="Uncovered">What the running period comes to beyond what credits pay.</param>
/// <param name="NextExpiry">When the next of it expires; null for never.</param>
public sealed record CreditBalance(Money Left, Money Claimed, Money Uncovered, DateTimeOffset? NextExpiry)
{
    /// <summary>What is left of each grant when the running period is taken off, in the order in which they are used.</summary>
    public IReadOnlyList<CreditUse> Free { get; init; } = [];

    /// <summary>What credits do to the running period; null where none runs.</summary>
    public CreditPlan? Plan { get; init; }

    /// <summary>The tax that prepaid credits pay on top of what is used, in percent.</summary>
    public decimal TaxOnTop { get; init; }

    /// <summary>What is left in truth; never below zero.</summary>
    public Money Live => Claimed < Left ? Left - Claimed : Money.Zero(Left.Currency);

    /// <summary>Whether nothing is left to pay for what comes next: a card that sells for prepaid credits alone stops here.</summary>
    public bool IsExhausted => Live.Minor == 0 || Uncovered.Minor > 0;
}

/// <summary>Reads live balances, by the plan that spend, preview and invoice use.</summary>
public sealed class CreditBalanceReader(IDbContextFactory<PortalDb> databases, CreditReader credits, InvoiceReader invoices, BusinessClock clock)
{
    /// <summary>A customer's balance.</summary>
    /// <param name="entry">A customer that the caller was let through to.</param>
    /// <param name="spend">Its running period; null where none runs.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<CreditBalance> Of(CustomerEntry entry, Spend? spend, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(entry);
        var (customer, now) = (entry.Customer, clock.GetUtcNow());
        var currency = Currency.Of(customer.Currency);
        var grants = await credits.Usable(customer.Id, currency, cancellation);
        var usable = grants.Where(grant => !(grant.ExpiresAt <= (spend?.Period.Start ?? now))).ToList();
        var left = new Money(usable.Sum(grant => grant.Left), currency);
        var next = usable.Where(grant => grant.ExpiresAt > now).Min(grant => grant.ExpiresAt);
        if (spend is null)
        {
            return new CreditBalance(left, Money.Zero(currency), Money.Zero(currency), next) { Free = FreeOf(usable, [], 0) };
        }

        var plan = await invoices.PlanOf(spend, customer, cancellation);
        var ids = usable.Select(grant => grant.Id).ToHashSet();
        var uses = plan.Uses.Where(use => ids.Contains(use.Grant.Id)).ToList();
        var claimed = uses.Sum(use => use.Amount);

        // What has closed and waits for its grace comes before the running period.
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var drafts = await db.Invoices
            .Where(invoice => invoice.CustomerId == customer.Id && invoice.Status == InvoiceStatus.Draft && invoice.SubscriptionId != null && invoice.PeriodEnd <= now)
            .SumAsync(invoice => invoice.Total, cancellation);

        // What expired with a period that is not invoiced yet is kept for it, and pays nothing else.
        var kept = grants.Where(grant => grant.ExpiresAt <= spend.Period.Start).Sum(grant => grant.Left);
        var waiting = Math.Max(0, drafts - kept);
        return new CreditBalance(left, new Money(claimed + waiting, currency), new Money(plan.Total - plan.Paid, currency), next)
        {
            Free = FreeOf([.. usable.Where(grant => !(grant.ExpiresAt <= now))], uses, waiting), Plan = plan, TaxOnTop = invoices.TaxOnTop(customer, spend.Period),
        };
    }

    private static List<CreditUse> FreeOf(IReadOnlyList<CreditGrant> grants, List<CreditUse> uses, long waiting)
    {
        var free = new List<CreditUse>();
        foreach (var grant in Burndown.InOrder(grants))
        {
            var left = grant.Left - uses.Where(use => use.Grant.Id == grant.Id).Sum(use => use.Amount);
            var taken = Math.Min(left, waiting);
            waiting -= taken;
            if (left > taken)
            {
                free.Add(new CreditUse(grant, left - taken));
            }
        }

        return free;
    }
}
