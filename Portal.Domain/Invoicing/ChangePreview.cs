using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Catalog;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Invoicing;

/// <summary>What a change of a subscription costs, before anyone agrees to it. Nothing is stored.</summary>
/// <param name="From">When the new terms begin.</param>
/// <param name="IsNow">Whether they begin at once, and not when the period ends.</param>
/// <param name="Period">The billing period that is running, or that the subscription begins with.</param>
/// <param name="Fees">Fees in advance that become due by it inside the period: negative lines give back unused time. Empty where none does.</param>
/// <param name="Invoice">What is invoiced at once; null where nothing is.</param>
/// <param name="Next">What closes the period, by usage as of now.</param>
/// <param name="Without">What would close the period without the change; null where nothing runs.</param>
/// <param name="Changes">What becomes of the prices, in words.</param>
public sealed record ChangePreview(
    DateTimeOffset From, bool IsNow, Period Period, IReadOnlyList<InvoiceLine> Fees, Invoice? Invoice, Invoice Next, Invoice? Without, IReadOnlyList<string> Changes)
{
    /// <summary>What is given back of fees that were paid ahead, minor units; zero or more.</summary>
    public long Credit => -Fees.Where(line => line.Amount < 0).Sum(line => line.Amount);

    /// <summary>What is charged anew of fees in advance, minor units; zero or more.</summary>
    public long Charge => Fees.Where(line => line.Amount > 0).Sum(line => line.Amount);

    /// <summary>What is owed at once, minor units; zero where it waits for the next invoice.</summary>
    public long DueNow => Invoice?.Total ?? 0;
}

/// <summary>Works out what a change would cost, by the code that makes the invoices after it.</summary>
public sealed class ChangePreviewReader(
    IDbContextFactory<PortalDb> databases, Register register, SubscriptionWriter writer, DraftReader drafts, BusinessClock clock)
{
    /// <summary>What it would cost to start or change the customer's subscription.</summary>
    /// <exception cref="InvalidInputException">Where a field makes no sense.</exception>
    /// <exception cref="Refusal">As from <see cref="SubscriptionWriter.Put"/>.</exception>
    public async Task<ChangePreview> Of(Actor actor, string customerKey, SubscriptionTerms terms, CultureInfo culture, CancellationToken cancellation)
    {
        var plan = await writer.Plan(actor, customerKey, terms, cancellation);
        var now = clock.GetUtcNow();
        var (customer, after) = (plan.Customer, plan.After);
        var at = plan.Before is null || now < after.StartsAt ? after.StartsAt : now;
        var period = BillingPeriods.At(customer, after, at)!.Value;

        await using var db = await databases.CreateDbContextAsync(cancellation);
        var fees = period.End > now ? await drafts.Fees(db, after, period, draft: null, cancellation) : null;
        var invoice = fees is { Subtotal: > 0 } ? drafts.Draft(InvoiceKind.OneOff, after, period, fees, now) : null;
        var next = await drafts.Closing(db, after, period, draft: null, invoice is null ? [] : [invoice], cancellation);
        var without = plan.Before is { } before
            ? drafts.Draft(InvoiceKind.Period, before, period, await drafts.Closing(db, before, period, draft: null, cancellation), now)
            : null;
        return new ChangePreview(
            plan.From, plan.From < period.End, period, fees?.Lines ?? [], invoice,
            drafts.Draft(InvoiceKind.Period, after, period, next, now), without, Words(plan, culture));
    }

    private IReadOnlyList<string> Words(PlannedChange plan, CultureInfo culture)
    {
        var state = register.Now;
        RateCardContent PricesOf(Subscription subscription, DateTimeOffset at)
        {
            var phase = subscription.PhaseAt(at);
            var content = BillingSegment.ContentAt(phase, at, state.Card);
            return content with { Prices = phase.PricesOn(content) };
        }

        return plan.Before is null ? [] : RateCardChanges.Between(PricesOf(plan.Before, clock.GetUtcNow()), PricesOf(plan.After, plan.From), state.Meter, culture);
    }
}
