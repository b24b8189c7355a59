using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Portal.Domain.Alerts;
using Portal.Domain.Storage;

namespace Portal.Domain.Metering.Spooling;

/// <summary>Brings what the spool took to the database once that is back, in order, through the same writer, with the time of receipt.</summary>
/// <remarks>
/// The first records to succeed say that the database takes events again; from then on new events go to it directly, beside the rest of the replay:
/// events are told apart by their ids and do not depend on each other. Replaying a record twice is harmless, since its ids are known by then.
/// </remarks>
public sealed class SpoolReplay(
    EventSpool spool,
    SpoolRestore restore,
    SpoolQuarantine quarantine,
    EventWriter writer,
    WaitingUsage waiting,
    UsageChanges changes,
    RefusedEventWriter refused,
    AlarmWriter alarms,
    DatabaseState state,
    TimeProvider machine,
    ILogger<SpoolReplay> log) : BackgroundService
{
    /// <summary>The key of the alarm that the spool cannot be replayed.</summary>
    public const string AlarmKey = "spool.replay";

    private const int EventsPerWrite = 20_000;
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_afterFailure = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_lockPace = TimeSpan.FromSeconds(5);

    private SpoolSegment? _segment;
    private long _place;
    private long _replayed;

    /// <summary>When the last replay ended, on the machine's clock, and how many events it was of; null where none was since the start.</summary>
    public (DateTimeOffset At, long Events)? Last { get; private set; }

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var pause = s_look;
            try
            {
                pause = await Step(stoppingToken);
            }
            catch (Exception failure) when (DatabaseAway.Is(failure))
            {
                state.Doubt(failure.Message);
            }
            catch (Exception failure) when (!stoppingToken.IsCancellationRequested)
            {
                // It is the spool that is ill, not the database: new events go there, and what waits here goes on waiting.
                log.LogError(failure, "The spool could not be replayed; it is tried again.");
                await alarms.Raise(AlarmKey, "The spool cannot be replayed.", $"{failure.Message} What waits in {spool.Folder} is safe as long as the disk is, and is in no number. It is tried again every few seconds.");
                Reopen();
                pause = s_afterFailure;
            }

            await Task.Delay(pause, machine, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<TimeSpan> Step(CancellationToken cancellation)
    {
        if (!spool.TryOpen())
        {
            Reopen();
            return state.IsThere ? s_lockPace : s_look;
        }

        while (!cancellation.IsCancellationRequested && state.IsPrepared && (state.IsThere || state.IsWorthTrying))
        {
            if (spool.First() is not { } segment)
            {
                End();
                break;
            }

            if (!await Replay(segment, cancellation))
            {
                break;
            }

            Reopen();
        }

        return s_look;
    }

    private void Reopen()
    {
        if (state is { IsPrepared: true, IsWorthTrying: true })
        {
            state.Return();
            log.LogInformation("The database takes events again.");
        }
    }

    private void End()
    {
        waiting.Settle(() => spool.IsEmpty);
        if (_replayed > 0)
        {
            log.LogInformation("The spool is empty: {Events} events were replayed.", _replayed);
            Last = (machine.GetUtcNow(), _replayed);
            _replayed = 0;
        }

        Reopen();
    }

    /// <summary>Replays a stretch of a segment; false where the database took nothing.</summary>
    private async Task<bool> Replay(SpoolSegment segment, CancellationToken cancellation)
    {
        if (segment != _segment)
        {
            (_segment, _place) = (segment, 0);
        }

        ReadOnlyMemory<byte> bytes = segment.Read(_place);
        if (bytes.IsEmpty)
        {
            spool.Retire(segment, _place);
            return true;
        }

        var pieces = SpoolScan.Pieces(bytes.Span, isLast: false);
        var window = new List<SpoolPiece>();
        var events = 0;
        foreach (var piece in pieces.TakeWhile(piece => piece.Kind == SpoolPieceKind.Record && events < EventsPerWrite))
        {
            window.Add(piece);
            events += piece.Head!.Value.Events;
        }

        if (window.Count == 0)
        {
            var damaged = pieces[0];
            await quarantine.Put(segment, _place, bytes.Slice(damaged.Start, damaged.Length), damaged.Head, "Its checksum does not fit: the disk has changed it.");
            _place += damaged.Length;
            return true;
        }

        var records = window.ConvertAll(piece => new SpooledRecord(segment, _place + piece.Start, piece.Head!.Value, bytes.Slice(piece.Start, piece.Length)));
        if (!await Write(records, cancellation))
        {
            return false;
        }

        _place += window.Sum(piece => (long)piece.Length);
        return true;
    }

    private async Task<bool> Write(List<SpooledRecord> records, CancellationToken cancellation)
    {
        try
        {
            var restored = records.ConvertAll(restore.Restore);
            foreach (var stranger in restored.Where(batch => batch.Strangers.Count > 0))
            {
                await quarantine.Put(stranger.Record.Segment, stranger.Record.Place, stranger.Record.Bytes, null,
                    $"There is no customer {string.Join(", ", stranger.Strangers.Select(key => $"'{key}'"))}.");
            }

            var flight = waiting.Launch(restored.Where(batch => batch.Record.Segment.IsOwn).Select(batch => batch.Batch));
            var outcome = await Write(restored, flight);
            if (outcome != WriteOutcome.Stored)
            {
                if (outcome == WriteOutcome.Unavailable && !writer.IsStopping)
                {
                    state.Doubt("It does not take events.");
                }

                return false;
            }

            foreach (var batch in restored)
            {
                if (batch.Refused() is { Count: > 0 } events)
                {
                    await refused.Note(events, cancellation);
                }

                if (batch.NowUnknown is { } type)
                {
                    await refused.TellUnknown(type);
                }
            }

            var replayed = records.Sum(record => record.Head.Events);
            spool.Forget(replayed);
            _replayed += replayed;
            return true;
        }
        catch (PostgresException refusal) when (WriterSession.IsAboutData(refusal))
        {
            return await WriteAlone(records, refusal, cancellation);
        }
    }

    /// <summary>Writes batches. Limits go on counting them until figures that have them are read.</summary>
    private async Task<WriteOutcome> Write(List<RestoredBatch> restored, WaitingFlight flight)
    {
        var outcome = WriteOutcome.Unavailable;
        try
        {
            outcome = await writer.Write(restored.ConvertAll(batch => batch.Batch));
            return outcome;
        }
        finally
        {
            if (outcome == WriteOutcome.Stored)
            {
                changes.Announce(waiting.Land(flight));
            }
            else
            {
                waiting.Recall(flight);
            }
        }
    }

    // Something in there that the database refuses, whatever one does: it is put aside, the rest goes on.
    private async Task<bool> WriteAlone(List<SpooledRecord> records, PostgresException refusal, CancellationToken cancellation)
    {
        if (records is [var record])
        {
            await quarantine.Put(record.Segment, record.Place, record.Bytes, record.Head, $"The database refuses it: {refusal.MessageText}.");
            if (record.Segment.IsOwn)
            {
                waiting.Drop(restore.Restore(record).Batch);
            }

            return true;
        }

        foreach (var one in records)
        {
            if (!await Write([one], cancellation))
            {
                return false;
            }
        }

        return true;
    }
}

/// <summary>A sound record of the spool with its place.</summary>
/// <param name="Segment">The segment.</param>
/// <param name="Place">Where it begins in the segment.</param>
/// <param name="Head">Its head.</param>
/// <param name="Bytes">All of it.</param>
internal sealed record SpooledRecord(SpoolSegment Segment, long Place, SpoolHead Head, ReadOnlyMemory<byte> Bytes);
