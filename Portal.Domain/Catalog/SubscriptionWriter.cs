using System.Globalization;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Rating;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Catalog;

/// <summary>Starts subscriptions and changes the running ones.</summary>
public sealed class SubscriptionWriter(IDbContextFactory<PortalDb> databases, Register register, BusinessClock clock, PortalOptions options)
{
    private static readonly TimeSpan s_startAheadMax = TimeSpan.FromDays(366);

    /// <summary>Starts the customer's subscription, or changes the running one: now, or at its period's end.</summary>
    /// <returns>The subscription, and whether it is new.</returns>
    /// <exception cref="InvalidInputException">Where a field makes no sense.</exception>
    /// <exception cref="Refusal">Forbidden for the customer itself, Conflict where the running one is about to end.</exception>
    public async Task<(Subscription Subscription, bool IsNew)> Put(Actor actor, string customerKey, SubscriptionTerms terms, CancellationToken cancellation)
    {
        var customer = register.Now.Customer(actor, Permission.ManageBilling, customerKey).Customer;
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var now = clock.GetUtcNow();
        var newest = await Newest(db, customer.Id, cancellation);
        var (subscription, isNew, _) = Apply(actor, customer, newest, terms, now);
        if (isNew)
        {
            db.Subscriptions.Add(subscription);
        }

        if (db.ChangeTracker.HasChanges())
        {
            db.AuditEntries.Add(AuditEntry.Of(actor, now, customer.Id, isNew ? "subscription.started" : "subscription.changed", customerKey, JsonSerializer.Serialize(terms, JsonColumns.Options)));
        }

        await register.Save(db, () => RegisterChange.Of(customer), cancellation);
        return (subscription, isNew);
    }

    /// <summary>What <see cref="Put"/> would make of a subscription. Nothing is stored.</summary>
    /// <exception cref="InvalidInputException">Where a field makes no sense.</exception>
    /// <exception cref="Refusal">As from <see cref="Put"/>.</exception>
    public async Task<PlannedChange> Plan(Actor actor, string customerKey, SubscriptionTerms terms, CancellationToken cancellation)
    {
        var customer = register.Now.Customer(actor, Permission.ManageBilling, customerKey).Customer;
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var now = clock.GetUtcNow();
        var before = await Unchanged(db, customer.Id, cancellation);
        var (after, isNew, from) = Apply(actor, customer, await Unchanged(db, customer.Id, cancellation), terms, now);
        after.Customer = customer;
        return new PlannedChange(customer, isNew ? null : before, after, from);
    }

    private (Subscription Subscription, bool IsNew, DateTimeOffset From) Apply(
        Actor actor, Customer customer, Subscription? newest, SubscriptionTerms terms, DateTimeOffset now)
    {
        OwnChoice.Check(actor, register.Now, customer, newest, terms, now);
        if (newest is null || newest.EndsAt <= now)
        {
            // A trial is for whoever is new.
            var started = Start(customer, newest, terms, now, hasTrial: actor.CustomerId is null || newest is null);
            return (started, true, started.StartsAt);
        }

        return (newest, false, Change(customer, newest, terms, now));
    }

    private static async Task<Subscription?> Unchanged(PortalDb db, int customerId, CancellationToken cancellation)
    {
        var found = await Newest(db, customerId, cancellation);
        db.ChangeTracker.Clear();
        if (found is not null)
        {
            found.Customer = await db.Customers.AsNoTracking().SingleAsync(customer => customer.Id == customerId, cancellation);
        }

        return found;
    }

    /// <summary>A customer's newest subscription with its phases, to be changed; null where there was none yet.</summary>
    internal static Task<Subscription?> Newest(PortalDb db, int customerId, CancellationToken cancellation) =>
        db.Subscriptions.Include(subscription => subscription.Phases)
            .Where(subscription => subscription.CustomerId == customerId)
            .OrderByDescending(subscription => subscription.StartsAt).ThenByDescending(subscription => subscription.Id)
            .FirstOrDefaultAsync(cancellation);

    private Subscription Start(Customer customer, Subscription? previous, SubscriptionTerms terms, DateTimeOffset now, bool hasTrial)
    {
        var startsAt = terms.StartsAt ?? now;
        CheckStart(startsAt, previous, now);
        var (card, content) = terms.Resolve(register.Now, customer, startsAt);
        var zone = TimeZones.Find(customer.TimeZone)!;
        if (terms.TrialEndsAt <= startsAt)
        {
            throw InvalidInputException.At("trialEndsAt", "A trial ends after the subscription starts: give a later instant, or leave it out.");
        }

        var subscription = new Subscription
        {
            CustomerId = customer.Id,
            StartsAt = startsAt,
            AnchorDay = terms.AnchorDay ?? BillingCalendar.DefaultAnchorDay(startsAt, content.Interval, zone),
            Interval = content.Interval,
            TrialEndsAt = terms.TrialEndsAt ?? (hasTrial && content.TrialDays > 0 ? zone.SameTimeAfter(startsAt, content.TrialDays) : null),
            BilledUntil = startsAt,
        };
        subscription.Phases.Add(PhaseOf(terms, card, startsAt, null));
        return subscription;
    }

    private void CheckStart(DateTimeOffset startsAt, Subscription? previous, DateTimeOffset now)
    {
        var days = options.Ingest.DedupeDays;
        if (startsAt < now.AddDays(-days))
        {
            throw InvalidInputException.At("startsAt", $"A subscription starts at most {days} days back: events older than that are not taken.");
        }

        if (startsAt > now + s_startAheadMax)
        {
            throw InvalidInputException.At("startsAt", "A subscription starts at most a year ahead.");
        }

        if (previous?.EndsAt is { } end && startsAt < end)
        {
            throw InvalidInputException.At("startsAt", string.Create(CultureInfo.InvariantCulture,
                $"The subscription before this one ran until {end:yyyy-MM-dd'T'HH:mm:ss'Z'}: start at or after that, so that nothing is billed twice."));
        }
    }

    private DateTimeOffset Change(Customer customer, Subscription subscription, SubscriptionTerms terms, DateTimeOffset now)
    {
        if (subscription.EndsAt is { } end)
        {
            throw Refusal.Conflict("subscription_ending", string.Create(CultureInfo.InvariantCulture,
                $"The subscription of '{customer.Key}' ends at {end:yyyy-MM-dd'T'HH:mm:ss'Z'}. Reactivate it to change it, or start a new one after that."));
        }

        var from = now < subscription.StartsAt ? subscription.StartsAt : now;
        var (card, content) = terms.Resolve(register.Now, customer, from);
        CheckWhatStays(subscription, terms, content, from);

        var current = subscription.PhaseAt(from);
        var phase = PhaseOf(terms, card, from, current);
        var waits = terms.Change is { } change
            ? change == SubscriptionTime.PeriodEnd
            : FeesOf(phase, content) < FeesOf(current, ContentOf(register.Now.Card(current.RateCardId), current, from));
        if (waits && BillingPeriods.At(customer, subscription, now) is { } period)
        {
            phase = PhaseOf(terms, card, period.End, current);
        }

        if (!current.SaysTheSameAs(phase) || (terms.TrialEndsAt is { } trialEnd && trialEnd != subscription.TrialEndsAt))
        {
            // A fee in advance may have become due.
            subscription.BillAt = null;
        }

        // What was planned before gives way to what is asked now.
        subscription.Phases.RemoveAll(planned => planned.From > from);
        if (current.From == phase.From)
        {
            current.Take(phase);
        }
        else if (!current.SaysTheSameAs(phase))
        {
            subscription.Phases.Add(phase);
        }

        subscription.TrialEndsAt = terms.TrialEndsAt ?? subscription.TrialEndsAt;
        return phase.From;
    }

    private static void CheckWhatStays(Subscription subscription, SubscriptionTerms terms, RateCardContent content, DateTimeOffset from)
    {
        var errors = new FieldErrors();
        if (terms.StartsAt is { } startsAt && startsAt != subscription.StartsAt)
        {
            errors.Add("startsAt", string.Create(CultureInfo.InvariantCulture,
                $"The subscription started at {subscription.StartsAt:yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'}, and that stays: leave it out."));
        }

        if (terms.AnchorDay is { } day && day != subscription.AnchorDay)
        {
            errors.Add("anchorDay", $"The anchor day of a running subscription stays {subscription.AnchorDay}: leave it out.");
        }

        if (content.Interval != subscription.Interval)
        {
            errors.Add("rateCard", "A change to a card with another interval is not built yet: cancel at period end, and start a new subscription then.");
        }

        // Usage of a trial was promised to be free, and usage after it is owed: neither changes afterwards.
        if (terms.TrialEndsAt is { } trialEndsAt && trialEndsAt != subscription.TrialEndsAt && (trialEndsAt < from || !(subscription.TrialEndsAt > from)))
        {
            errors.Add("trialEndsAt", subscription.TrialEndsAt > from
                ? "A running trial ends now or later: give an instant that has not passed."
                : "This subscription is in no trial, and what it has used is owed: leave it out.");
        }

        errors.ThrowIfAny();
    }

    private static SubscriptionPhase PhaseOf(SubscriptionTerms terms, RateCard card, DateTimeOffset from, SubscriptionPhase? before) => new()
    {
        From = from,
        RateCardId = card.Id,
        PinnedVersion = terms.Version,
        Overrides = [.. terms.Overrides],
        Discounts = Discount.Begin(terms.Discounts, before?.Discounts ?? [], from),
        Commitment = terms.Commitment,
    };

    private static RateCardContent ContentOf(RateCard card, SubscriptionPhase phase, DateTimeOffset at) =>
        (card.Versions.Find(version => version.Number == phase.PinnedVersion) ?? card.VersionAt(at)!).Content;

    private static decimal FeesOf(SubscriptionPhase phase, RateCardContent content) => phase.PricesOn(content)
        .Where(price => price.Recurring is not null)
        .Sum(price => Rater.Rate(price.Terms, new RatedUsage(1, 1)).Exact * TimesAYear(price.Interval ?? content.Interval));

    private static int TimesAYear(BillingInterval interval) => interval switch
    {
        BillingInterval.Week => 52,
        BillingInterval.Month => 12,
        BillingInterval.Quarter => 4,
        BillingInterval.Year => 1,
    };
}

/// <summary>What a change would make of a subscription.</summary>
/// <param name="Customer">The customer.</param>
/// <param name="Before">As it is; null where none runs.</param>
/// <param name="After">As it would be.</param>
/// <param name="From">When the new terms begin.</param>
public sealed record PlannedChange(Customer Customer, Subscription? Before, Subscription After, DateTimeOffset From);
