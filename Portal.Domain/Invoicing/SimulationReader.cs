using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Catalog;
using Portal.Domain.Limits;
using Portal.Domain.Metering;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Invoicing;

/// <summary>Rates the past on a card that is not in force yet: "what would March have cost?". It reads, and changes nothing.</summary>
/// <remarks>What was and what would be come from <see cref="SpendReader"/>, as the invoice's figures do; usage is read for many customers at once.</remarks>
public sealed class SimulationReader(Register register, SpendReader spends, UsageReader usage, UsageSpans spans, IDbContextFactory<PortalDb> databases, BusinessClock clock)
{
    // As many customers as one query reads, and one step of the progress.
    private const int AtOnce = 50;

    // The database reads for some while others are rated.
    private const int Lanes = 2;

    /// <summary>Simulates a card's draft on real usage.</summary>
    /// <param name="actor">Who asks: it must be allowed to change the catalog.</param>
    /// <param name="question">Which past, of whom.</param>
    /// <param name="progress">Told how far it has come; null where nobody watches.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="Refusal">NotFound without such a card; Forbidden.</exception>
    /// <exception cref="InvalidInputException">Where the question or the draft makes no sense.</exception>
    public async Task<Simulation> Run(Actor actor, SimulationQuestion question, IProgress<SimulationProgress>? progress, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(question);
        actor.Require(Permission.ManageCatalog);
        var state = register.Now;
        var card = state.Card(question.RateCard) ?? throw Refusal.NotFound("rate card", question.RateCard);
        Check(question, card, state);

        var now = clock.GetUtcNow();
        var from = now.AddMonths(-question.Months);
        var cast = SimulationCast.Of(question, card, state, now);
        var past = await Past(cast.Rated, from, cancellation);
        var results = new ConcurrentBag<SimulatedCustomer>();
        var idle = new ConcurrentBag<SkippedCustomer>(cast.Skipped);
        var done = 0;
        await Parallel.ForEachAsync(cast.Rated.Chunk(AtOnce), new ParallelOptions { MaxDegreeOfParallelism = Lanes, CancellationToken = cancellation }, async (some, turn) =>
        {
            foreach (var (entry, periods) in await Rate(some, past, card.Newest(), (from, now), question.WithRunning, turn))
            {
                Note(entry.Customer, periods, results, idle);
            }

            progress?.Report(new SimulationProgress(Interlocked.Add(ref done, some.Length), cast.Rated.Count));
        });

        return new Simulation(
            card, question, from, now,
            [.. results.OrderBy(one => one.Customer.Name, StringComparer.OrdinalIgnoreCase).ThenBy(one => one.Customer.Key, StringComparer.Ordinal)],
            [.. idle.OrderBy(one => one.Customer.Name, StringComparer.OrdinalIgnoreCase).ThenBy(one => one.Customer.Key, StringComparer.Ordinal)]);
    }

    private static void Check(SimulationQuestion question, RateCard card, RegisterState state)
    {
        var errors = new FieldErrors();
        if (question.Months is < 1 or > SimulationQuestion.MonthsMax)
        {
            errors.Add("months", $"Give 1 to {SimulationQuestion.MonthsMax} months.");
        }

        foreach (var (index, key) in (question.Customers ?? []).Index().Where(named => !state.ByKey.ContainsKey(named.Item)))
        {
            errors.Add(string.Create(CultureInfo.InvariantCulture, $"customers[{index}]"), $"There is no customer '{key}'.");
        }

        errors.ThrowIfAny();
        var draft = card.Newest();
        draft.Check(state.Meter, errors);
        PriceCheck.Ties(draft.PricesWithPaths(), errors);
        errors.ThrowIfAny();
    }

    private static void Note(Customer customer, List<(SimulatedPeriod Period, bool IsUsed)> rated, ConcurrentBag<SimulatedCustomer> results, ConcurrentBag<SkippedCustomer> idle)
    {
        var periods = rated.ConvertAll(one => one.Period);
        if (periods.Count == 0)
        {
            idle.Add(new SkippedCustomer(customer, "no_period", "No billing period of it ended in that time."));
        }
        else if (rated.TrueForAll(one => !one.IsUsed && one.Period.Was.Minor == 0 && one.Period.WouldBe.Minor == 0))
        {
            idle.Add(new SkippedCustomer(customer, "no_usage", "It used nothing in that time, and paid nothing."));
        }
        else
        {
            var currency = Currency.Of(customer.Currency);
            results.Add(new SimulatedCustomer(
                customer, Money.Sum(periods.Select(one => one.Was), currency), Money.Sum(periods.Select(one => one.WouldBe), currency), periods));
        }
    }

    /// <summary>Rates some customers' periods, by usage as of one moment that is read in one go.</summary>
    private async Task<List<(CustomerEntry Entry, List<(SimulatedPeriod Period, bool IsUsed)> Periods)>> Rate(
        CustomerEntry[] customers, PastOfMany past, RateCardContent content, (DateTimeOffset From, DateTimeOffset Now) time, bool withRunning, CancellationToken cancellation)
    {
        var stretches = customers.SelectMany(entry => past.Of(entry, time.From, time.Now, withRunning)).ToList();
        await using var moment = await usage.Snapshot(cancellation);
        await spans.Fetch(moment, [.. stretches.SelectMany(one => spends.SpansOf(one.Entry, one.Subscription, one.Period, content))], cancellation);

        var rated = customers.ToDictionary(entry => entry.Customer.Id, entry => (Entry: entry, Periods: new List<(SimulatedPeriod, bool)>()));
        foreach (var (entry, subscription, period) in stretches)
        {
            var (was, wouldBe) = await spends.Under(entry, subscription, period, content, moment, cancellation);
            rated[entry.Customer.Id].Periods.Add((
                new SimulatedPeriod(period, period.Contains(time.Now), was.Net, wouldBe.Net),
                was.Quantities.Values.Any(quantity => quantity != 0)));
        }

        return [.. rated.Values];
    }

    private async Task<PastOfMany> Past(IReadOnlyList<CustomerEntry> entries, DateTimeOffset from, CancellationToken cancellation)
    {
        var ids = entries.Select(entry => entry.Customer.Id).ToList();
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var subscriptions = await db.Subscriptions.AsNoTracking().Include(subscription => subscription.Phases)
            .Where(subscription => ids.Contains(subscription.CustomerId) && (subscription.EndsAt == null || subscription.EndsAt > from))
            .ToListAsync(cancellation);
        var closed = await db.Invoices.AsNoTracking()
            .Where(invoice => ids.Contains(invoice.CustomerId) && invoice.PeriodEnd > from && invoice.SubscriptionId != null && invoice.Cut == 0
                && (invoice.Kind == InvoiceKind.Period || invoice.Kind == InvoiceKind.CreditNote)
                && (invoice.Status != InvoiceStatus.Void || invoice.Lines.Count == 0))
            .Select(invoice => new ClosedPeriod(invoice.SubscriptionId!.Value, invoice.PeriodStart, invoice.PeriodEnd, invoice.CapBound))
            .ToListAsync(cancellation);
        return new PastOfMany(subscriptions.ToLookup(subscription => subscription.CustomerId), closed.ToLookup(period => period.SubscriptionId));
    }

    /// <summary>A period that was invoiced, with the bound of the cap that held then.</summary>
    private sealed record ClosedPeriod(int SubscriptionId, DateTimeOffset Start, DateTimeOffset End, decimal? CapBound);

    /// <summary>Subscriptions by customer, and what was invoiced of each.</summary>
    private sealed record PastOfMany(ILookup<int, Subscription> Subscriptions, ILookup<int, ClosedPeriod> Closed)
    {
        /// <summary>A customer's periods that ended after an instant, oldest first; each with the cap that holds for it.</summary>
        public IEnumerable<(CustomerEntry Entry, Subscription Subscription, Period Period)> Of(CustomerEntry entry, DateTimeOffset from, DateTimeOffset now, bool withRunning)
        {
            foreach (var subscription in Subscriptions[entry.Customer.Id].OrderBy(subscription => subscription.StartsAt))
            {
                foreach (var (period, invoiced) in Back(entry.Customer, subscription, from, now).Reverse())
                {
                    if (withRunning || !period.Contains(now))
                    {
                        yield return (invoiced is null ? entry : entry with { Limit = CapOf(entry.Customer, invoiced) }, subscription, period);
                    }
                }
            }
        }

        // What was invoiced tells its period itself: after a change of zone the calendar would tell another.
        private IEnumerable<(Period Period, ClosedPeriod? Invoiced)> Back(Customer customer, Subscription subscription, DateTimeOffset from, DateTimeOffset now)
        {
            var at = subscription.EndsAt is { } end && end <= now ? end.AddTicks(-1) : now;
            while (at > from && at >= subscription.StartsAt)
            {
                var invoiced = Closed[subscription.Id].FirstOrDefault(closed => closed.Start <= at && at < closed.End);
                if ((invoiced is null ? BillingPeriods.At(customer, subscription, at) : new Period(invoiced.Start, invoiced.End)) is not { } period)
                {
                    yield break;
                }

                yield return (period, invoiced);
                at = period.Start.AddTicks(-1);
            }
        }

        private static SpendingLimit? CapOf(Customer customer, ClosedPeriod invoiced) => invoiced.CapBound is { } bound
            ? new SpendingLimit { CustomerId = customer.Id, Amount = bound, Kind = LimitKind.Hard, SoftPercent = 0, Alerts = [], Enforced = true }
            : null;
    }
}
