using Portal.Domain.Accounts;
using Portal.Domain.Metering;

namespace Portal.Api.Metering;

/// <summary>Reads NDJSON as it comes and stores it a piece at a time, so that its length has no bound and its memory has one.</summary>
/// <remarks>
/// What was stored stays stored when a later piece fails; the answer then says how much it was, and sending all of it again is safe, because
/// what is stored counts as duplicates. A line that is no JSON or too long is rejected alone: the next line stands for itself.
/// </remarks>
internal sealed class EventStream(EventBody body, Actor actor, EventIntake intake, EventIngest ingest, TimeProvider machine)
{
    /// <summary>The most bytes of a line.</summary>
    public const int LineMax = 64 * 1024;

    // A piece is what is read before it is stored: at most so many bytes, in lines that are whole.
    private const int PieceMax = 1024 * 1024;

    // From the second piece on a full queue is waited for: the client cannot be asked to send half a stream again.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(50);

    private readonly EventReceipt _receipt = new();
    private EventBatch? _batch;
    private EventParser? _parser;
    private int _line;
    private bool _skipping;

    /// <summary>Reads to the end, or until a piece cannot be stored.</summary>
    public async Task<EventReceipt> Run(CancellationToken cancellation)
    {
        using var piece = new EventDocument(LineMax);
        for (var isEnd = false; !isEnd;)
        {
            isEnd = !await Fill(piece, cancellation);
            var used = ReadLines(piece.Bytes, isEnd);
            if (!await Store(piece, used, cancellation))
            {
                await body.Drain(cancellation);
                break;
            }
        }

        return _receipt;
    }

    private async Task<bool> Fill(EventDocument piece, CancellationToken cancellation)
    {
        while (piece.Length < PieceMax)
        {
            var read = await body.Content.ReadAsync(piece.Free[..Math.Min(piece.Free.Length, PieceMax)], cancellation);
            if (read == 0)
            {
                return false;
            }

            piece.Advance(read);
        }

        return true;
    }

    private int ReadLines(ReadOnlyMemory<byte> bytes, bool isEnd)
    {
        (_batch, _parser) = (intake.NewBatch(EventReceipt.RejectedShownMax), intake.Parser(actor));
        var used = 0;
        while (bytes.Span[used..].IndexOf((byte)'\n') is var length and >= 0)
        {
            Line(bytes.Slice(used, length));
            used += length + 1;
        }

        var rest = bytes[used..];
        if (isEnd)
        {
            Line(rest);
            return bytes.Length;
        }

        if (rest.Length > LineMax)
        {
            // The line is too long already: what follows of it is passed over, whatever it is.
            if (!_skipping)
            {
                TooLong();
                _skipping = true;
            }

            return bytes.Length;
        }

        return used;
    }

    private void Line(ReadOnlyMemory<byte> line)
    {
        if (_skipping)
        {
            _skipping = false;
        }
        else if (line.Length > LineMax)
        {
            TooLong();
        }
        else if (line.Span.ContainsAnyExcept(" \t\r"u8) && !_parser!.ReadLine(line, _line, _batch!))
        {
            _receipt.CountNoJson();
        }

        _line++;
    }

    private void TooLong()
    {
        _batch!.Reject(_line, $"The line is longer than {LineMax / 1024} KiB.");
        _receipt.CountTooLong();
    }

    private async Task<bool> Store(EventDocument piece, int used, CancellationToken cancellation)
    {
        try
        {
            return await Store(cancellation);
        }
        finally
        {
            if (_batch!.IsDetached)
            {
                piece.DropAbandoned(used);
            }
            else
            {
                piece.Drop(used);
            }
        }
    }

    private async Task<bool> Store(CancellationToken cancellation)
    {
        var outcome = await ingest.Write(_batch!);
        var start = machine.GetTimestamp();
        while (outcome == WriteOutcome.QueueFull && !_receipt.IsFirst && machine.GetElapsedTime(start) < s_patience)
        {
            await Task.Delay(s_pause, machine, cancellation);
            outcome = await ingest.Write(_batch!);
        }

        _receipt.Add(_batch!, outcome);
        return outcome is WriteOutcome.Stored or WriteOutcome.Buffered;
    }
}
