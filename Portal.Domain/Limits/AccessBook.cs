using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Portal.Domain.Accounts;
using Portal.Domain.Catalog;
using Portal.Domain.Credits;
using Portal.Domain.Invoicing;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Limits;

/// <summary>Answers access from memory: by the register and the spend that was read last.</summary>
/// <remarks>While the database is away it goes on from there, with what waits on this host's disk on top, up to a reserve above each limit.</remarks>
public sealed class AccessBook(Register register, KnownSpends spends, PortalOptions options, BusinessClock clock, ILogger<AccessBook> log)
{
    private static readonly ImmutableDictionary<string, decimal> s_nothingUsed = ImmutableDictionary<string, decimal>.Empty;

    // Of customers whose card sells for credits alone.
    private readonly ConcurrentDictionary<int, CreditsLeft> _credits = new();
    private readonly Dictionary<int, IReadOnlyList<AccessChange>> _told = new();
    private readonly Listeners<AccessChange> _listeners = new(log);
    private readonly Lock _reviewing = new();

    /// <summary>Whether a customer's spend has been read since the start.</summary>
    public bool Knows(int customerId) => spends.Has(customerId);

    /// <summary>What a customer's running period came to when it was last read; null where none ran, or nothing was read since the start.</summary>
    internal Spend? Known(int customerId) => spends.Read(customerId);

    /// <summary>Whether it must be known which version of a customer's usage is read: something of it waits on this host's disk.</summary>
    internal bool NeedsVersion(int customerId) => spends.IsWaiting(customerId);

    /// <summary>Whether a customer may use the operator's product now.</summary>
    /// <param name="actor">Who asks.</param>
    /// <param name="customerKey">The customer.</param>
    /// <param name="feature">The feature's key; null for access in general.</param>
    /// <exception cref="Refusal">NotFound or Forbidden by the gate.</exception>
    public AccessAnswer Answer(Actor actor, string customerKey, string? feature) =>
        Answer(register.Now.Customer(actor, Permission.ReadAccess, customerKey), AccessQuestion.Of(feature));

    /// <summary>The same for a customer that the caller has already been let through to.</summary>
    public AccessAnswer Answer(CustomerEntry entry, AccessQuestion question)
    {
        var now = clock.GetUtcNow();
        return AccessDecision.Of(FactsOf(entry, question.Feature is null ? [] : FeaturesOf(entry, now), now), question);
    }

    /// <summary>All answers about a customer: in general, for each feature of its card, and for each of its limits on parts of usage.</summary>
    public IReadOnlyList<AccessChange> Answers(CustomerEntry entry) => Answers(Facts(entry));

    /// <summary>What answers about a customer are made of, as of now.</summary>
    public AccessFacts Facts(CustomerEntry entry)
    {
        var now = clock.GetUtcNow();
        return FactsOf(entry, FeaturesOf(entry, now), now);
    }

    /// <summary>Takes in what a customer's running period comes to; null where none runs. Whoever listens hears of answers that changed.</summary>
    public void Take(int customerId, Spend? spend)
    {
        // What nothing limits is not rated again, so what it was rated by is not kept.
        spends.Take(customerId, spend is { Basis: not null } && register.Now.ById.TryGetValue(customerId, out var entry) && !IsLimited(entry) ? spend with { Basis = null } : spend);
        Review(customerId);
    }

    /// <summary>Takes in what a customer's credits still pay, where its card sells for them alone; null where it does not. Whoever listens hears of answers that changed.</summary>
    public void TakeCredits(int customerId, CreditsLeft? left)
    {
        var wasExhausted = IsExhausted(customerId);
        if (left is null)
        {
            _credits.TryRemove(customerId, out _);
        }
        else
        {
            _credits[customerId] = left;
        }

        if (IsExhausted(customerId) != wasExhausted)
        {
            Review(customerId);
        }
    }

    /// <summary>Compares a customer's answers with those that were told last, and tells those that changed.</summary>
    public void Review(int customerId)
    {
        if (!register.Now.ById.TryGetValue(customerId, out var entry))
        {
            return;
        }

        lock (_reviewing)
        {
            var facts = Facts(entry);
            var answers = Answers(facts);
            var before = _told.GetValueOrDefault(customerId);
            _told[customerId] = answers;
            if (before is null)
            {
                // What was never told has not changed.
                return;
            }

            // Of a limit that is gone, whoever keeps a copy hears that it no longer refuses.
            var gone = before.Where(told => Find(answers, told.Question) is null).Select(told => told with { Answer = AccessDecision.Of(facts, told.Question) });
            foreach (var answer in answers.Concat(gone).Where(answer => answer.Answer.Decides(Find(before, answer.Question))))
            {
                _listeners.Tell(answer);
            }
        }
    }

    /// <summary>Customers whose running period is over, or whose subscription has begun, since their spend was read.</summary>
    public IEnumerable<int> Outdated()
    {
        var (now, customers) = (clock.GetUtcNow(), register.Now.ById);
        return spends.All
            .Where(known => known.Value is { } spend
                ? spend.Period.End <= now
                : customers.GetValueOrDefault(known.Key)?.Subscription is { } waiting && waiting.StartsAt <= now && !(waiting.EndsAt <= now))
            .Select(known => known.Key);
    }

    /// <summary>Calls a listener with each answer that changes, until it is disposed. The listener must be quick.</summary>
    public IDisposable Subscribe(Action<AccessChange> listener) => _listeners.Add(listener);

    private static List<AccessChange> Answers(AccessFacts facts) =>
    [
        .. facts.Features.Select(feature => AccessQuestion.Of(feature.Key)).Prepend(AccessQuestion.General)
            .Concat(facts.Entry.Limits.Select(AccessQuestion.About))
            .DistinctBy(question => question.Name)
            .Select(question => new AccessChange(facts.Entry.Customer, question, AccessDecision.Of(facts, question))),
    ];

    private static AccessAnswer? Find(IReadOnlyList<AccessChange> answers, AccessQuestion question) =>
        answers.FirstOrDefault(answer => answer.Question.Name == question.Name)?.Answer;

    private AccessFacts FactsOf(CustomerEntry entry, IReadOnlyList<Feature> features, DateTimeOffset now)
    {
        // Asked before what was read is looked at: what waits no longer is in there by then.
        if (spends.WithWaiting(entry, now) is not { } waiting)
        {
            return FactsOf(entry, spends.Read(entry.Customer.Id), features, now);
        }

        var facts = FactsOf(entry, waiting.Counted, features, now).OnTopOf(FactsOf(entry, waiting.Known, features, now), options.Limits.ReservePercent);
        return _credits.TryGetValue(entry.Customer.Id, out var left) ? facts with { CreditsExhausted = left.IsExceededBy(facts) } : facts;
    }

    private AccessFacts FactsOf(CustomerEntry entry, Spend? read, IReadOnlyList<Feature> features, DateTimeOffset now)
    {
        if (IsRunning(entry.Subscription, now) && read is { } spend && spend.Period.Contains(now))
        {
            return new AccessFacts(entry, spend.Period, spend.Usage, spend.Quantities, features, now) { Parts = PartsOf(entry, spend.Parts), CreditsExhausted = IsExhausted(entry.Customer.Id) };
        }

        // A period that has just begun, or no subscription: nothing is used yet.
        var period = entry.Subscription is { } subscription ? BillingPeriods.At(entry.Customer, subscription, now) : null;
        return new AccessFacts(entry, period, Money.Zero(Currency.Of(entry.Customer.Currency)), s_nothingUsed, features, now) { Parts = PartsOf(entry, []), CreditsExhausted = IsExhausted(entry.Customer.Id) };
    }

    /// <summary>The limits as they are now, with the usage that was read last.</summary>
    private static List<UsageLimitStand> PartsOf(CustomerEntry entry, IReadOnlyList<UsageLimitStand> read) =>
        [.. entry.Limits.Select(limit => read.FirstOrDefault(stand => stand.Limit.Key == limit.Key && stand.Limit.CountsLike(limit)) is { } stand ? stand with { Limit = limit } : new UsageLimitStand(limit, null, 0, 0))];

    private IReadOnlyList<Feature> FeaturesOf(CustomerEntry entry, DateTimeOffset now) => IsRunning(entry.Subscription, now)
        ? BillingSegment.ContentAt(entry.Subscription!.PhaseAt(now), now, register.Now.Card).Features
        : [];

    private bool IsLimited(CustomerEntry entry) =>
        entry.Limit is { Enforced: true } || !entry.Limits.IsEmpty || FeaturesOf(entry, clock.GetUtcNow()).Any(feature => feature.Limit is not null)
        || CreditWatch.IsPrepaidOnly(entry, clock.GetUtcNow(), register.Now.Card);

    private bool IsExhausted(int customerId) => _credits.TryGetValue(customerId, out var left) && left.IsExhausted;

    private static bool IsRunning(Subscription? subscription, DateTimeOffset now) =>
        subscription is not null && subscription.StartsAt <= now && !(subscription.EndsAt <= now);
}

/// <summary>An access answer about a customer, as listeners are told it when it changes.</summary>
/// <param name="Customer">The customer.</param>
/// <param name="Question">What the answer is for.</param>
/// <param name="Answer">The answer now.</param>
public sealed record AccessChange(Customer Customer, AccessQuestion Question, AccessAnswer Answer);
