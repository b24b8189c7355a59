using Npgsql;
using Portal.Domain.Accounts;
using Portal.Domain.Values;

namespace Portal.Domain.Storage;

/// <summary>Moves the sandbox's business clock forward, through everything that falls due on the way, each at its own instant and in order.</summary>
public sealed class ClockWalk(IEnumerable<IClockWork> works, IEnumerable<IClockFollower> followers, ClockStore store, NpgsqlDataSource database, BusinessClock clock) : IDisposable
{
    // What another runner holds is due until it commits; this long it may take.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(20);

    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly List<IClockWork> _works = [.. works];

    /// <summary>What the clock shows, for a caller who may see it.</summary>
    public DateTimeOffset Now(Actor actor)
    {
        actor.Require(Permission.ReadOperations);
        return clock.GetUtcNow();
    }

    /// <summary>Moves the clock to an instant and returns when all that fell due has run. From there it runs on.</summary>
    /// <returns>What the clock shows in the end.</returns>
    /// <exception cref="Refusal">Conflict where the instant has passed; Unavailable where something stays due and cannot be done.</exception>
    public async Task<DateTimeOffset> To(Actor actor, DateTimeOffset instant, CancellationToken cancellation)
    {
        actor.Require(Permission.ManageOperations);
        await _turn.WaitAsync(cancellation);
        try
        {
            if (instant < clock.GetUtcNow())
            {
                throw Refusal.Conflict("clock_backward",
                    $"The business clock stands at {clock.GetUtcNow():yyyy-MM-dd'T'HH:mm:ss'Z'} and is only moved forward. Name a later instant, or start with an empty database.");
            }

            await using var connection = await database.OpenConnectionAsync(cancellation);
            var dues = await DueTimes(connection, cancellation);
            while (dues.Min() is { } due && due <= instant)
            {
                await MoveTo(due, cancellation);
                dues = await DoAll(connection, due, dues, cancellation);
            }

            await MoveTo(instant, cancellation);
            foreach (var follower in followers)
            {
                await follower.CatchUp(cancellation);
            }

            return clock.GetUtcNow();
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc />
    public void Dispose() => _turn.Dispose();

    private async Task MoveTo(DateTimeOffset instant, CancellationToken cancellation)
    {
        if (clock.MoveTo(instant))
        {
            await store.Store(cancellation);
        }
    }

    /// <summary>Runs what is due, each kind of work in its turn, until the next thing is due later.</summary>
    /// <returns>When each kind of work is due next.</returns>
    private async Task<DateTimeOffset?[]> DoAll(NpgsqlConnection connection, DateTimeOffset due, DateTimeOffset?[] dues, CancellationToken cancellation)
    {
        var since = clock.GetTimestamp();
        while (true)
        {
            var (done, ran) = (0, false);
            for (var i = 0; i < _works.Count; i++)
            {
                // What ran before it may have made more due.
                if (ran && !(dues[i] <= due))
                {
                    dues = await DueTimes(connection, cancellation);
                    ran = false;
                }

                if (dues[i] <= due)
                {
                    var outcome = await _works[i].Run(cancellation);
                    done += outcome.Done + outcome.Failures.Count;
                    ran = true;
                }
            }

            if (ran)
            {
                dues = await DueTimes(connection, cancellation);
            }

            if (!(dues.Min() <= due))
            {
                return dues;
            }

            if (done > 0)
            {
                since = clock.GetTimestamp();
            }
            else if (clock.GetElapsedTime(since) > s_patience)
            {
                throw new Refusal(RefusalKind.Unavailable, "clock_stuck",
                    $"The clock stopped at {due:yyyy-MM-dd'T'HH:mm:ss'Z'}: something is due there and cannot be done. The jobs page says what.");
            }
            else
            {
                await Task.Delay(s_pause, cancellation);
            }
        }
    }

    private Task<DateTimeOffset?[]> DueTimes(NpgsqlConnection connection, CancellationToken cancellation) => DueQuestion.Ask(connection, _works.ConvertAll(work => work.NextDue()), cancellation);
}

/// <summary>What has to catch up with a moved clock before the move is answered: figures held in memory, mails on their way.</summary>
public interface IClockFollower
{
    /// <summary>Returns when it has caught up.</summary>
    Task CatchUp(CancellationToken cancellation);
}
