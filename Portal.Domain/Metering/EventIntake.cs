using Portal.Domain.Accounts;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Metering;

/// <summary>Where events come in: makes the batch and the parser of a request, with the customers and meters of that moment.</summary>
public sealed class EventIntake(Register register, UsageGroups groups, BusinessClock clock, PortalOptions options)
{
    private MeterMatch _match = new([]);

    /// <summary>The meters of now, made ready; made anew only when the catalog changes.</summary>
    public MeterMatch Match
    {
        get
        {
            var (match, meters) = (Volatile.Read(ref _match), register.Now.Meters);
            if (!match.IsOf(meters))
            {
                match = new MeterMatch(meters);
                Volatile.Write(ref _match, match);
            }

            return match;
        }
    }

    /// <summary>A check with the customers and meters of now, for events that were received before.</summary>
    internal EventCheck Check() => new(register.Now, Match, groups, Actor.System, TimeSpan.FromDays(options.Ingest.DedupeDays));

    /// <summary>A batch whose events are received now.</summary>
    /// <param name="rejectedMax">Of how many that are rejected it keeps what was wrong.</param>
    public EventBatch NewBatch(int rejectedMax = int.MaxValue) => new(clock.GetUtcNow(), rejectedMax);

    /// <summary>A parser for what this caller sends now. It is not to be shared by threads.</summary>
    /// <param name="actor">Who sends: one who is bound to a customer sends for that one alone.</param>
    /// <param name="window">How far back events may lie; null takes the dedupe window.</param>
    public EventParser Parser(Actor actor, TimeSpan? window = null) =>
        new(new EventCheck(register.Now, Match, groups, actor, window ?? TimeSpan.FromDays(options.Ingest.DedupeDays)));
}
