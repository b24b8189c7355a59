using Portal.Domain.Accounts;
using Portal.Domain.Catalog;
using Portal.Domain.Limits;
using Portal.Domain.Metering;
using Portal.Domain.Metering.Spooling;
using Portal.Domain.Rating;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Invoicing;

/// <summary>Reads what a billing period comes to. Screen, API, access, alerts and invoice all ask here.</summary>
public sealed class SpendReader(Register register, UsageReader usage, EachValueReader values, BusinessClock clock)
{
    private readonly UsageSpans _spans = new(register);

    /// <summary>The running period of a customer, for a caller who may see it.</summary>
    /// <exception cref="Refusal">NotFound where the customer is not the caller's, or has no subscription.</exception>
    public async Task<Spend> Current(Actor actor, string customerKey, CancellationToken cancellation)
    {
        var entry = register.Now.Customer(actor, Permission.ReadUsage, customerKey);
        return await Current(entry, cancellation)
            ?? throw new Refusal(RefusalKind.NotFound, "no_subscription", $"Customer '{customerKey}' has no running subscription, so nothing is charged. PUT /v1/customers/{customerKey}/subscription starts one.");
    }

    /// <summary>The running period of a customer; null where no subscription runs.</summary>
    public async Task<Spend?> Current(CustomerEntry entry, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        return entry.Subscription is { } subscription && BillingPeriods.At(entry.Customer, subscription, now) is { } period
            ? await Of(entry, subscription, period, cancellation)
            : null;
    }

    /// <summary>The running periods of many customers as of one moment, which are read in one query.</summary>
    /// <param name="entries">The customers.</param>
    /// <param name="needsVersion">Whether it must be known which version of a customer's usage is counted.</param>
    /// <param name="failed">Called with a customer that cannot be rated, and why; the others are answered.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>By the customer's number; null where no subscription runs, and nothing where it could not be rated.</returns>
    internal async Task<IReadOnlyDictionary<int, Spend?>> Current(
        IReadOnlyCollection<CustomerEntry> entries, Func<int, bool> needsVersion, Action<CustomerEntry, Exception> failed, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        var spends = new Dictionary<int, Spend?>(entries.Count);
        var running = new List<(CustomerEntry Entry, Subscription Subscription, Period Period)>(entries.Count);
        foreach (var entry in entries)
        {
            if (entry.Subscription is { } subscription && BillingPeriods.At(entry.Customer, subscription, now) is { } period)
            {
                running.Add((entry, subscription, period));
            }
            else
            {
                spends[entry.Customer.Id] = null;
            }
        }

        await using var snapshot = await usage.Snapshot(cancellation);
        await _spans.Fetch(snapshot, [.. running.SelectMany(one => BillingSegment.Cut(one.Period, one.Subscription, register.Now.Card)
            .Select(segment => new UsageSpan(one.Entry.Customer.Id, one.Period.Start, segment.Period.End)))], cancellation);
        int[] versioned = [.. running.Select(one => one.Entry.Customer.Id).Where(needsVersion)];
        var versions = versioned.Length == 0 ? null : await snapshot.Versions(versioned, cancellation);
        foreach (var (entry, subscription, period) in running)
        {
            try
            {
                var spend = await Of(entry, subscription, period, snapshot, cancellation);
                spends[entry.Customer.Id] = versions?.TryGetValue(entry.Customer.Id, out var version) is true ? spend with { UsageVersion = version.Newest } : spend;
            }
            catch (Exception failure) when (!cancellation.IsCancellationRequested && !DatabaseAway.Is(failure))
            {
                failed(entry, failure);
            }
        }

        return spends;
    }

    /// <summary>A given billing period of a subscription.</summary>
    public async Task<Spend> Of(CustomerEntry entry, Subscription subscription, Period period, CancellationToken cancellation)
    {
        await using var snapshot = await usage.Snapshot(cancellation);
        return await Of(entry, subscription, period, snapshot, cancellation);
    }

    /// <summary>A given billing period of a subscription, by usage as of a moment.</summary>
    public Task<Spend> Of(CustomerEntry entry, Subscription subscription, Period period, UsageSnapshot snapshot, CancellationToken cancellation) =>
        Of(entry, subscription, period, register.Now.Card, snapshot, cancellation);

    private async Task<Spend> Of(
        CustomerEntry entry, Subscription subscription, Period period, Func<int, RateCard> card, UsageSnapshot snapshot, CancellationToken cancellation)
    {
        var segments = BillingSegment.Cut(period, subscription, card);
        var totals = await TotalsOf(entry, period, segments, snapshot, cancellation);
        return Rate(entry, subscription, period, segments, totals, card) with { Basis = new SpendBasis(segments, totals) };
    }

    /// <summary>A running period with usage on top that the database does not have yet, without asking it.</summary>
    /// <param name="entry">The customer.</param>
    /// <param name="subscription">Its subscription.</param>
    /// <param name="period">The running period.</param>
    /// <param name="basis">What the period was rated by last; null where nothing of it was read.</param>
    /// <param name="waiting">The usage on top. It is priced by the prices of now.</param>
    internal Spend Counting(CustomerEntry entry, Subscription subscription, Period period, SpendBasis? basis, IReadOnlyList<WaitingTotal> waiting)
    {
        var now = clock.GetUtcNow();
        var segments = basis?.Segments ?? BillingSegment.Cut(period, subscription, register.Now.Card);
        var totals = basis?.Totals ?? [.. Enumerable.Repeat<IReadOnlyList<UsageTotal>>([], segments.Count + 1)];
        return Rate(entry, subscription, period, segments,
            [totals[0], .. segments.Zip(totals.Skip(1), (segment, known) => segment.Period.End > now ? WaitingTotal.On(known, waiting) : known)]);
    }

    /// <summary>A billing period as it is, with more usage at its end, and with still more: what reserved work would add.</summary>
    /// <param name="entry">The customer.</param>
    /// <param name="subscription">Its subscription.</param>
    /// <param name="period">The billing period.</param>
    /// <param name="held">Usage that is reserved.</param>
    /// <param name="wanted">Usage that is asked for on top; null for none.</param>
    /// <param name="cancellation">Gives up.</param>
    internal async Task<(Spend Is, Spend WithHeld, Spend WithAll)> With(
        CustomerEntry entry, Subscription subscription, Period period, IReadOnlyList<UsageTotal> held, UsageTotal? wanted, CancellationToken cancellation)
    {
        await using var snapshot = await usage.Snapshot(cancellation);
        var segments = BillingSegment.Cut(period, subscription, register.Now.Card);
        var totals = await TotalsOf(entry, period, segments, snapshot, cancellation);
        var current = Rate(entry, subscription, period, segments, totals);
        var withHeld = held.Count == 0 ? current : Rate(entry, subscription, period, segments, [.. totals.SkipLast(1), [.. totals[^1], .. held]]);
        return (current, withHeld, wanted is null ? withHeld : Rate(entry, subscription, period, segments, [.. totals.SkipLast(1), [.. totals[^1], .. held, wanted]]));
    }

    /// <summary>What a billing period comes to with given usage: what was used, or what is expected to be.</summary>
    /// <param name="entry">The customer.</param>
    /// <param name="subscription">Its subscription.</param>
    /// <param name="period">The billing period.</param>
    /// <param name="segments">The period's segments.</param>
    /// <param name="totals">Usage up to the end of each segment, as <see cref="ChargeSheet.Make"/> takes it.</param>
    /// <param name="card">The cards that the segments were cut by; null for those that hold.</param>
    internal Spend Rate(
        CustomerEntry entry, Subscription subscription, Period period, IReadOnlyList<BillingSegment> segments, IReadOnlyList<IReadOnlyList<UsageTotal>> totals,
        Func<int, RateCard>? card = null)
    {
        var state = register.Now;
        var currency = Currency.Of(entry.Customer.Currency);
        var nominal = BillingPeriods.NominalLength(entry.Customer, subscription, period);
        List<Charge> charges =
        [
            .. ChargeSheet.Make(segments, totals, state.Meter, nominal, currency),
            .. new FeeSchedule(entry.Customer, subscription, card ?? state.Card).In(period, segments),
        ];
        var (agreement, parts) = Agreed(entry, subscription, new PeriodUsage(period, segments, totals, state.Meter, nominal), charges, currency, card);
        var spend = new Spend(period, currency, charges, agreement, null, MeterQuantities(state, totals[^1], nominal), clock.GetUtcNow()) { Parts = parts.Stands };
        return entry.Limit is { } limit ? spend with { Limit = new LimitStand(limit, spend.Usage) } : spend;
    }

    /// <summary>A period's usage as of a moment, with the fees in advance that discounts count: what a threshold bills. Minimums, flat rates, fees in arrears and
    /// commitments do not come from usage, so they wait for the invoice that closes the period.</summary>
    internal async Task<Spend> ToDate(CustomerEntry entry, Subscription subscription, Period period, UsageSnapshot snapshot, CancellationToken cancellation)
    {
        var segments = BillingSegment.Cut(period, subscription, register.Now.Card)
            .Select(segment => segment with { Prices = [.. segment.Prices.Select(price => price with { Terms = price.Terms with { Minimum = null } })], Commitment = null })
            .ToList();
        var totals = await TotalsOf(entry, period, segments, snapshot, cancellation);
        var currency = Currency.Of(entry.Customer.Currency);
        var nominal = BillingPeriods.NominalLength(entry.Customer, subscription, period);
        List<Charge> charges =
        [
            .. ChargeSheet.Make(segments, totals, register.Now.Meter, nominal, currency)
                .Where(charge => charge.Meter is null ? charge.Price.Recurring == Price.Advance : charge.Quantity != 0 && charge.Price.Terms.Rate is not FlatRate),
            .. new FeeSchedule(entry.Customer, subscription, register.Now.Card).In(period, segments, snapshot.At > period.Start ? snapshot.At : period.Start),
        ];
        var (agreement, _) = Agreed(entry, subscription, new PeriodUsage(period, segments, totals, register.Now.Meter, nominal), charges, currency, card: null);
        return new Spend(period, currency, charges, agreement, null, new Dictionary<string, decimal>(), snapshot.At);
    }

    /// <summary>What the agreement makes of charges, and where the limits of parts of usage stand.</summary>
    private (Agreement Agreement, PartSheet Parts) Agreed(
        CustomerEntry entry, Subscription subscription, PeriodUsage used, IReadOnlyList<Charge> charges, Currency currency, Func<int, RateCard>? card)
    {
        var parts = new PartSheet([], 0);
        var agreement = Agreement.Of(
            used.Segments, charges, used.Nominal, currency, discount => BillingPeriods.Holds(discount, entry.Customer, subscription, used.Period),
            (usage, net) =>
            {
                parts = PartSheet.Of(entry, FeaturesAt(subscription, used.Segments[^1].Period, card), used, charges, net);
                return LimitStand.NotBilled(entry.Limit, usage, Math.Max(parts.NotBilled, entry.ForgivenIn(used.Period)));
            });
        return (agreement, parts);
    }

    /// <summary>The running period as it is, and as it would be if its card had said something else from its start on: for whoever changes a card.</summary>
    /// <exception cref="Refusal">NotFound where there is no such customer, or it has no running subscription; Forbidden.</exception>
    public async Task<(Spend Was, Spend WouldBe)> Under(Actor actor, string customerKey, RateCardContent content, CancellationToken cancellation)
    {
        actor.Require(Permission.ReadCustomers);
        var entry = register.Now.Customer(actor, Permission.ReadUsage, customerKey);
        var now = clock.GetUtcNow();
        if (entry.Subscription is not { } subscription || BillingPeriods.At(entry.Customer, subscription, now) is not { } period)
        {
            throw new Refusal(RefusalKind.NotFound, "no_subscription", $"{entry.Customer.Name} has no running subscription, so there is nothing to compare.");
        }

        // One moment of usage for both, so that nothing but the card tells them apart.
        await using var snapshot = await usage.Snapshot(cancellation);
        return await Under(entry, subscription, period, content, snapshot, cancellation);
    }

    /// <summary>A billing period as it is, and as it would be if its card had always said something else, by usage as of one moment.</summary>
    public async Task<(Spend Was, Spend WouldBe)> Under(
        CustomerEntry entry, Subscription subscription, Period period, RateCardContent content, UsageSnapshot snapshot, CancellationToken cancellation) => (
            await Of(entry, subscription, period, snapshot, cancellation),
            await Of(entry, subscription, period, _ => Saying(content, subscription), snapshot, cancellation));

    /// <summary>The spans of usage that <see cref="Under(CustomerEntry, Subscription, Period, RateCardContent, UsageSnapshot, CancellationToken)"/> will ask for.</summary>
    public IEnumerable<UsageSpan> SpansOf(CustomerEntry entry, Subscription subscription, Period period, RateCardContent content) =>
        BillingSegment.Cut(period, subscription, register.Now.Card)
            .Concat(BillingSegment.Cut(period, subscription, _ => Saying(content, subscription)))
            .Select(segment => new UsageSpan(entry.Customer.Id, period.Start, segment.Period.End))
            .Distinct();

    /// <summary>The spans of usage that a billing period asks for.</summary>
    internal IEnumerable<UsageSpan> SpansOf(Subscription subscription, Period period) =>
        BillingSegment.Cut(period, subscription, register.Now.Card).Select(segment => new UsageSpan(subscription.CustomerId, period.Start, segment.Period.End));

    /// <summary>The fees of a period that are billed before it begins; empty where its prices have none.</summary>
    /// <param name="customer">The customer.</param>
    /// <param name="subscription">Its subscription.</param>
    /// <param name="period">The period.</param>
    /// <param name="at">By when the intervals of the fees have begun, in business time; null for now.</param>
    public Spend FeesInAdvance(Customer customer, Subscription subscription, Period period, DateTimeOffset? at = null)
    {
        var segments = BillingSegment.Cut(period, subscription, register.Now.Card)
            .Select(segment => segment with { Prices = [.. segment.Prices.Where(price => price.Recurring == Price.Advance)], Commitment = null })
            .ToList();
        var noUsage = Enumerable.Repeat<IReadOnlyList<UsageTotal>>([], segments.Count + 1).ToList();
        var currency = Currency.Of(customer.Currency);
        var nominal = BillingPeriods.NominalLength(customer, subscription, period);
        var now = at ?? clock.GetUtcNow();
        List<Charge> charges =
        [
            .. ChargeSheet.Make(segments, noUsage, register.Now.Meter, nominal, currency),
            .. new FeeSchedule(customer, subscription, register.Now.Card).In(period, segments, now > period.Start ? now : period.Start),
        ];
        var agreement = Agreement.Of(
            segments, charges, nominal, currency, discount => BillingPeriods.Holds(discount, customer, subscription, period), (_, _) => Money.Zero(currency));
        return new Spend(period, currency, charges, agreement, null, new Dictionary<string, decimal>(), now);
    }

    /// <summary>When the next fee with an interval of its own begins inside a period; null where none does.</summary>
    internal DateTimeOffset? NextFee(Subscription subscription, Period period, DateTimeOffset after) =>
        new FeeSchedule(subscription.Customer, subscription, register.Now.Card).NextStart(period, after);

    /// <summary>A card that has always said this, in every version that a phase is pinned to.</summary>
    private static RateCard Saying(RateCardContent content, Subscription subscription)
    {
        var card = new RateCard { Key = "draft" };
        card.Versions.AddRange(subscription.Phases.Select(phase => phase.PinnedVersion ?? 1).Append(1).Distinct().Select(number => new RateCardVersion
        {
            Number = number,
            EffectiveFrom = DateTimeOffset.MinValue,
            Content = content,
            PublishedAt = DateTimeOffset.MinValue,
            PublishedBy = "",
        }));
        return card;
    }

    /// <summary>Usage from the period's start to the end of each segment, as <see cref="ChargeSheet.Make"/> takes it.</summary>
    internal async Task<List<IReadOnlyList<UsageTotal>>> TotalsOf(
        CustomerEntry entry, Period period, IReadOnlyList<BillingSegment> segments, UsageSnapshot snapshot, CancellationToken cancellation)
    {
        var totals = new List<IReadOnlyList<UsageTotal>>(segments.Count + 1) { Array.Empty<UsageTotal>() };
        for (var i = 0; i < segments.Count; i++)
        {
            var end = segments[i].Period.End;
            var used = await snapshot.Totals(entry.Customer.Id, period.Start, end, cancellation);
            totals.Add(await values.Add(snapshot, entry.Customer.Id, period.Start, end, segments.Skip(i).Take(2), used, cancellation));
        }

        return totals;
    }

    /// <summary>What the card includes in a stretch of the period: now where it is running, else as it ended.</summary>
    private IReadOnlyList<Feature> FeaturesAt(Subscription subscription, Period stretch, Func<int, RateCard>? card)
    {
        var now = clock.GetUtcNow();
        var at = stretch.Contains(now) ? now : stretch.Start;
        return BillingSegment.ContentAt(subscription.PhaseAt(at), at, card ?? register.Now.Card).Features;
    }

    private static Dictionary<string, decimal> MeterQuantities(RegisterState state, IReadOnlyList<UsageTotal> totals, TimeSpan nominal) => totals
        .GroupBy(total => total.MeterId)
        .Select(used => (Meter: state.Meters.First(meter => meter.Id == used.Key), Totals: used.ToList()))
        .ToDictionary(used => used.Meter.Key, used => UsageTotal.Quantity(used.Meter.Aggregation, used.Totals, nominal), StringComparer.Ordinal);
}
