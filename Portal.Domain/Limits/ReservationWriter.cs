using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Catalog;
using Portal.Domain.Credits;
using Portal.Domain.Invoicing;
using Portal.Domain.Metering;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Limits;

/// <summary>Keeps room under a cap, and in prepaid credits, for work that must not overrun them. However many callers ask at once, what is used and held together never exceeds either.</summary>
/// <remarks>
/// Under the lock on the customer's row nobody else reserves and no event of the customer is committed. A hold ends when it is committed, released or expired;
/// so the caller sends the events of the work first and commits then: in between, the work counts twice, never not at all.
/// </remarks>
public sealed class ReservationWriter(
    Register register, IDbContextFactory<PortalDb> databases, SpendReader spends, CreditBalanceReader balances, InvoiceReader invoices, BusinessClock clock)
{
    /// <summary>Holds room, or says why there is none.</summary>
    /// <returns>The decision, and the reservation where it is held.</returns>
    /// <exception cref="InvalidInputException">Where the terms make no sense for this customer's card.</exception>
    /// <exception cref="Refusal">NotFound or Forbidden by the gate; NotFound where no subscription runs.</exception>
    public async Task<(ReservationAnswer Answer, Reservation? Held)> Hold(Actor actor, string customerKey, ReservationTerms terms, CancellationToken cancellation)
    {
        var id = register.Now.Customer(actor, Permission.Reserve, customerKey).Customer.Id;
        terms.MustMakeSense();
        await using var db = await databases.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        await db.Database.ExecuteSqlAsync($"SELECT id FROM customers WHERE id = {id} FOR NO KEY UPDATE", cancellation);
        var entry = await Register.ReadEntry(db, id, cancellation);
        var now = clock.GetUtcNow();
        if (entry.Subscription is not { } subscription || BillingPeriods.At(entry.Customer, subscription, now) is not { } period)
        {
            throw new Refusal(RefusalKind.NotFound, "no_subscription", $"Customer '{customerKey}' has no running subscription, so there is nothing to reserve. PUT /v1/customers/{customerKey}/subscription starts one.");
        }

        var features = BillingSegment.ContentAt(subscription.PhaseAt(now), now, register.Now.Card).Features;
        var feature = features.FirstOrDefault(candidate => candidate.Key == terms.Feature);
        var meter = feature is null && terms.Quantity is not null ? null : terms.MeterOf(feature, register.Now.Meter);
        var open = await db.Reservations.AsNoTracking()
            .Where(other => other.CustomerId == id && other.State == ReservationState.Held && other.ExpiresAt > now).ToListAsync(cancellation);

        var extras = Extras(open, features).ToList();
        var wanted = meter is null ? null : Extra(meter, terms.Group, terms.Quantity!.Value);
        var (used, withHeld, withAll) = await spends.With(entry, subscription, period, extras, wanted, cancellation);

        // Quantities are priced together, on top of what is used: where units get dearer, later holds hold more.
        var held = open.Where(other => other.Quantity is null).Sum(other => other.Amount) + withHeld.ExactUsage - used.ExactUsage;
        var byUnits = withAll.ExactUsage - withHeld.ExactUsage;
        var cost = Math.Max(terms.Amount ?? 0, byUnits);
        var question = new AccessQuestion(terms.Feature, null, terms.Group);
        var isPrepaid = CreditWatch.IsPrepaidOnly(entry, now, register.Now.Card);
        var access = AccessDecision.Of(new AccessFacts(entry, period, used.Usage, used.Quantities, features, now)
        {
            Parts = used.Parts, CreditsExhausted = isPrepaid && (await balances.Of(entry, used, cancellation)).IsExhausted,
        }, question);
        var byAmounts = open.Where(other => other.Quantity is null).Sum(other => other.Amount) + cost - byUnits;
        var answer = ReservationDecision.Of(new ReservationFacts(
            access, entry.Limit is { Enforced: true } limit ? limit.Bound : null, used.Usage.Amount, held, cost, Units(feature, meter, used, open, terms))
        {
            Parts = [.. used.Parts.Where(part => part.Decides(question, feature?.Meter)).Select(part => PartOf(part, features, open, cost, terms.Quantity))],
            Credits = isPrepaid ? await Credits(entry, withAll, byAmounts, cancellation) : null,
        });
        if (!answer.IsHeld)
        {
            return (answer, null);
        }

        var reservation = new Reservation
        {
            CustomerId = id,
            Feature = terms.Feature,
            Amount = decimal.Round(cost, Reservation.Places),
            Quantity = terms.Quantity,
            Group = terms.Group,
            CreatedAt = now,
            ExpiresAt = now.AddSeconds(terms.Seconds),
        };
        db.Reservations.Add(reservation);
        await db.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        return (answer, reservation);
    }

    /// <summary>Ends a hold because the work was done: its events have been sent. Ending it again the same way changes nothing.</summary>
    /// <param name="actor">Who asks.</param>
    /// <param name="id">The reservation.</param>
    /// <param name="actual">What the work came to, in the unit that was reserved; null where the caller does not say.</param>
    /// <param name="cancellation">Gives up before the commit.</param>
    /// <exception cref="Refusal">NotFound; Conflict where it was released. One that has expired can still be committed: what was done was done.</exception>
    public Task<Reservation> Commit(Actor actor, Guid id, decimal? actual, CancellationToken cancellation) =>
        End(actor, id, ReservationState.Committed, actual, cancellation);

    /// <summary>Ends a hold because the work was not done. Ending it again the same way changes nothing.</summary>
    /// <exception cref="Refusal">NotFound; Conflict where it was committed.</exception>
    public Task<Reservation> Release(Actor actor, Guid id, CancellationToken cancellation) => End(actor, id, ReservationState.Released, null, cancellation);

    private async Task<Reservation> End(Actor actor, Guid id, ReservationState state, decimal? actual, CancellationToken cancellation)
    {
        actor.Require(Permission.Reserve);
        await using var db = await databases.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var found = await db.Reservations.FromSql($"SELECT * FROM reservations WHERE id = {id} FOR UPDATE").ToListAsync(cancellation);
        if (found is not [var reservation] || !actor.Sees(reservation.CustomerId))
        {
            throw Refusal.NotFound("reservation", id.ToString());
        }

        if (reservation.State == state)
        {
            return reservation;
        }

        if (reservation.State is ReservationState.Committed or ReservationState.Released)
        {
            throw Refusal.Conflict("reservation_ended", $"Reservation {id} was {(reservation.State == ReservationState.Committed ? "committed" : "released")} before, so it cannot be {(state == ReservationState.Committed ? "committed" : "released")}.");
        }

        (reservation.State, reservation.EndedAt, reservation.Actual) = (state, clock.GetUtcNow(), actual);
        await db.SaveChangesAsync(cancellation);
        await transaction.CommitAsync(cancellation);
        return reservation;
    }

    /// <summary>What credits pay beyond a spend, and what amounts come to with tax.</summary>
    private async Task<CreditFacts> Credits(CustomerEntry entry, Spend spend, decimal amounts, CancellationToken cancellation)
    {
        var balance = await balances.Of(entry, spend, cancellation);
        return new CreditFacts(balance.Live.Amount - balance.Uncovered.Amount, amounts * (1 + (invoices.TaxOnTop(entry.Customer, spend.Period) / 100)));
    }

    /// <summary>A limit on a part of usage: other reservations that fall under it hold what they held of the cap, or their units.</summary>
    private static UnitFacts PartOf(UsageLimitStand part, IReadOnlyList<Feature> features, IEnumerable<Reservation> open, decimal cost, decimal? units)
    {
        var others = open.Where(other => part.Decides(
            new AccessQuestion(other.Feature, null, other.Group), features.FirstOrDefault(feature => feature.Key == other.Feature)?.Meter)).ToList();
        return part.Limit.Amount is null
            ? new UnitFacts(part.Limit.Bound, part.Used, others.Sum(other => other.Quantity ?? 0), units ?? 0)
            : new UnitFacts(part.Limit.Bound, part.Used, others.Sum(other => other.Amount), cost);
    }

    private IEnumerable<UsageTotal> Extras(IEnumerable<Reservation> open, IReadOnlyList<Feature> features) =>
        from held in open
        where held.Quantity is not null
        let key = features.FirstOrDefault(feature => feature.Key == held.Feature)?.Meter
        where key is not null
        let meter = register.Now.Meter(key)
        where meter is not null
        select Extra(meter, held.Group, held.Quantity!.Value);

    private static UsageTotal Extra(Meter meter, IReadOnlyDictionary<string, string> group, decimal quantity) => new(
        meter.Id, [.. meter.GroupBy.Select(property => group.GetValueOrDefault(property, ""))],
        meter.Aggregation == Aggregation.Count ? (long)decimal.Ceiling(quantity) : 1, quantity, null, null, null, null);

    private static UnitFacts? Units(Feature? feature, Meter? meter, Spend used, IEnumerable<Reservation> open, ReservationTerms terms) =>
        feature?.Limit is { } most && meter is not null
            ? new UnitFacts(
                most, used.Quantities.GetValueOrDefault(meter.Key), open.Where(other => other.Feature == feature.Key).Sum(other => other.Quantity ?? 0), terms.Quantity!.Value)
            : null;
}
