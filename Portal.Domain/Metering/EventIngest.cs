using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Portal.Domain.Metering.Spooling;
using Portal.Domain.Storage;

namespace Portal.Domain.Metering;

/// <summary>The way in for events: the database while it is there, this machine's disk while it is not, and never both.</summary>
/// <remarks>
/// A request does not find out for itself that the database is away: the first one, or the probe, tells all. What a database that hangs holds on to is
/// given back and goes to the spool as well; should its transaction commit after all, the replay finds the events stored.
/// </remarks>
public sealed class EventIngest : BackgroundService
{
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(100);

    // So long without a stored event is suspicious, and the database is asked whether it is there.
    private static readonly TimeSpan s_suspicious = TimeSpan.FromMilliseconds(400);

    // So many times the patience is too long even where it answers: something holds on to what every transaction needs.
    private const int PatiencesUntilStuck = 5;

    private readonly EventWriter _writer;
    private readonly EventSpool _spool;
    private readonly WaitingUsage _waiting;
    private readonly UnknownNames _unknown;
    private readonly DatabaseState _state;
    private readonly DatabaseProbe _probe;
    private readonly TimeSpan _stuck;
    private readonly TimeProvider _machine;
    private readonly ILogger<EventIngest> _log;

    /// <summary>Makes the way in.</summary>
    public EventIngest(EventWriter writer, EventSpool spool, WaitingUsage waiting, UnknownNames unknown, DatabaseState state, DatabaseProbe probe, PortalOptions options, TimeProvider machine, ILogger<EventIngest> log)
    {
        (_writer, _spool, _waiting, _unknown, _state, _probe, _machine, _log) = (writer, spool, waiting, unknown, state, probe, machine, log);
        _stuck = TimeSpan.FromMilliseconds(options.Ingest.PatienceMilliseconds) * PatiencesUntilStuck;
        _state.Changed += Heed;
    }

    /// <summary>Stores a batch, and returns when it is durable or could not be. It cannot be cancelled: what is on its way may be stored.</summary>
    public async Task<WriteOutcome> Write(EventBatch batch)
    {
        var outcome = await Keep(batch);
        if (outcome is WriteOutcome.Stored or WriteOutcome.Buffered)
        {
            _unknown.Note(batch);
        }

        return outcome;
    }

    private async Task<WriteOutcome> Keep(EventBatch batch)
    {
        if (batch.IsEmpty)
        {
            return WriteOutcome.Stored;
        }

        if (_state.IsThere)
        {
            var outcome = await _writer.Write(batch);
            if (outcome != WriteOutcome.Unavailable)
            {
                return outcome;
            }

            if (_state.IsThere && !_writer.IsStopping)
            {
                _state.Doubt("It does not take events.");
                _probe.AskNow();
            }
        }

        return await Spool(batch) ? WriteOutcome.Buffered : WriteOutcome.Unavailable;
    }

    /// <summary>Has the spool take a batch. Limits count it from before it can be replayed, and no longer where it was not taken.</summary>
    private async Task<bool> Spool(EventBatch batch)
    {
        _waiting.Note(batch);
        if (await _spool.Append(batch))
        {
            _waiting.Keep();
            return true;
        }

        _waiting.Forget(batch);
        return false;
    }

    /// <inheritdoc />
    public override void Dispose()
    {
        _state.Changed -= Heed;
        base.Dispose();
    }

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var stalled = _writer.Stalled;
            if (stalled > s_suspicious)
            {
                _probe.AskNow();
            }

            if (stalled > _stuck)
            {
                _log.LogWarning("The database answers, but has stored no event for {Seconds:0} s: events go to the spool.", stalled.TotalSeconds);
                _state.Doubt($"It answers, but has stored no event for {_stuck.TotalSeconds:0} s.");
                _writer.Abandon();
            }

            await Task.Delay(s_look, _machine, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Heed()
    {
        if (!_state.IsThere)
        {
            _writer.Abandon();
        }
    }
}
