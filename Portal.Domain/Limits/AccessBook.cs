using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Portal.Domain.Accounts;
using Portal.Domain.Catalog;
using Portal.Domain.Invoicing;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Limits;

/// <summary>Answers access from memory: by the register and the spend that was read last. While the database is away it goes on from there.</summary>
public sealed class AccessBook(Register register, BusinessClock clock, ILogger<AccessBook> log)
{
    private static readonly ImmutableDictionary<string, decimal> s_nothingUsed = ImmutableDictionary<string, decimal>.Empty;

    private readonly ConcurrentDictionary<int, Spend?> _spends = new();
    private readonly Dictionary<int, IReadOnlyList<AccessChange>> _told = new();
    private readonly Listeners<AccessChange> _listeners = new(log);
    private readonly Lock _reviewing = new();

    /// <summary>Whether a customer's spend has been read since the start.</summary>
    public bool Knows(int customerId) => _spends.ContainsKey(customerId);

    /// <summary>What a customer's running period came to when it was last read; null where none ran, or nothing was read since the start.</summary>
    internal Spend? Known(int customerId) => _spends.GetValueOrDefault(customerId);

    /// <summary>Whether a customer may use the operator's product now.</summary>
    /// <param name="actor">Who asks.</param>
    /// <param name="customerKey">The customer.</param>
    /// <param name="feature">The feature's key; null for access in general.</param>
    /// <exception cref="Refusal">NotFound or Forbidden by the gate.</exception>
    public AccessAnswer Answer(Actor actor, string customerKey, string? feature) =>
        Answer(register.Now.Customer(actor, Permission.ReadAccess, customerKey), feature);

    /// <summary>The same for a customer that the caller has already been let through to.</summary>
    public AccessAnswer Answer(CustomerEntry entry, string? feature)
    {
        var now = clock.GetUtcNow();
        return AccessDecision.Of(FactsOf(entry, feature is null ? [] : FeaturesOf(entry, now), now), feature);
    }

    /// <summary>All answers about a customer: in general, and for each feature of its card.</summary>
    public IReadOnlyList<AccessChange> Answers(CustomerEntry entry)
    {
        var facts = Facts(entry);
        return
        [
            new AccessChange(entry.Customer, null, AccessDecision.Of(facts, null)),
            .. facts.Features.Select(feature => new AccessChange(entry.Customer, feature.Key, AccessDecision.Of(facts, feature.Key))),
        ];
    }

    /// <summary>What answers about a customer are made of, as of now.</summary>
    public AccessFacts Facts(CustomerEntry entry)
    {
        var now = clock.GetUtcNow();
        return FactsOf(entry, FeaturesOf(entry, now), now);
    }

    /// <summary>Takes in what a customer's running period comes to; null where none runs. Whoever listens hears of answers that changed.</summary>
    public void Take(int customerId, Spend? spend)
    {
        _spends[customerId] = spend;
        Review(customerId);
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
            var answers = Answers(entry);
            var before = _told.GetValueOrDefault(customerId);
            _told[customerId] = answers;

            // What was never told has not changed.
            foreach (var answer in answers.Where(answer => before is not null && answer.Answer.Decides(Find(before, answer.Feature))))
            {
                _listeners.Tell(answer);
            }
        }
    }

    /// <summary>Customers whose running period is over, or whose subscription has begun, since their spend was read.</summary>
    public IEnumerable<int> Outdated()
    {
        var (now, customers) = (clock.GetUtcNow(), register.Now.ById);
        return _spends
            .Where(known => known.Value is { } spend
                ? spend.Period.End <= now
                : customers.GetValueOrDefault(known.Key)?.Subscription is { } waiting && waiting.StartsAt <= now && !(waiting.EndsAt <= now))
            .Select(known => known.Key);
    }

    /// <summary>Calls a listener with each answer that changes, until it is disposed. The listener must be quick.</summary>
    public IDisposable Subscribe(Action<AccessChange> listener) => _listeners.Add(listener);

    private static AccessAnswer? Find(IReadOnlyList<AccessChange> answers, string? feature) =>
        answers.FirstOrDefault(answer => answer.Feature == feature)?.Answer;

    private AccessFacts FactsOf(CustomerEntry entry, IReadOnlyList<Feature> features, DateTimeOffset now)
    {
        if (IsRunning(entry.Subscription, now) && _spends.GetValueOrDefault(entry.Customer.Id) is { } spend && spend.Period.Contains(now))
        {
            return new AccessFacts(entry, spend.Period, spend.Usage, spend.Quantities, features, now);
        }

        // A period that has just begun, or no subscription: nothing is used yet.
        var period = entry.Subscription is { } subscription ? BillingPeriods.At(entry.Customer, subscription, now) : null;
        return new AccessFacts(entry, period, Money.Zero(Currency.Of(entry.Customer.Currency)), s_nothingUsed, features, now);
    }

    private IReadOnlyList<Feature> FeaturesOf(CustomerEntry entry, DateTimeOffset now) => IsRunning(entry.Subscription, now)
        ? BillingSegment.ContentAt(entry.Subscription!.PhaseAt(now), now, register.Now.Card).Features
        : [];

    private static bool IsRunning(Subscription? subscription, DateTimeOffset now) =>
        subscription is not null && subscription.StartsAt <= now && !(subscription.EndsAt <= now);
}

/// <summary>An access answer about a customer, as listeners are told it when it changes.</summary>
/// <param name="Customer">The customer.</param>
/// <param name="Feature">The feature that the answer is for; null for access in general.</param>
/// <param name="Answer">The answer now.</param>
public sealed record AccessChange(Customer Customer, string? Feature, AccessAnswer Answer);
