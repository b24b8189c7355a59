namespace Portal.Domain.Metering.Spooling;

/// <summary>What a stretch of a segment is.</summary>
internal enum SpoolPieceKind
{
    /// <summary>A sound record.</summary>
    Record,

    /// <summary>Damaged bytes: what was acknowledged may be in them.</summary>
    Damaged,

    /// <summary>A record that was cut off while it was written, at the very end: it was never acknowledged.</summary>
    Torn,
}

/// <summary>A stretch of a segment.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Start">Where it begins in the bytes that were scanned.</param>
/// <param name="Length">How many bytes it has.</param>
/// <param name="Head">The record's head; of damaged bytes only where the head itself is sound.</param>
internal readonly record struct SpoolPiece(SpoolPieceKind Kind, int Start, int Length, SpoolHead? Head);

/// <summary>Takes the bytes of a segment apart, and finds the way on behind damaged ones.</summary>
internal static class SpoolScan
{
    /// <summary>The stretches of a segment, in order; together they are all of it.</summary>
    /// <param name="bytes">The segment, or the rest of it from a record's beginning.</param>
    /// <param name="isLast">Whether it is the spool's last segment, whose end a crash may have cut off.</param>
    public static List<SpoolPiece> Pieces(ReadOnlySpan<byte> bytes, bool isLast)
    {
        var pieces = new List<SpoolPiece>();
        for (var at = 0; at < bytes.Length;)
        {
            var piece = Next(bytes, at, isLast);
            pieces.Add(piece);
            at += piece.Length;
        }

        return pieces;
    }

    private static SpoolPiece Next(ReadOnlySpan<byte> bytes, int at, bool isLast)
    {
        var rest = bytes[at..];
        if (SpoolRecord.Head(rest) is { } head)
        {
            var length = SpoolRecord.HeadLength + head.PayloadLength;
            if (length <= rest.Length)
            {
                return new SpoolPiece(SpoolRecord.IsSound(rest[..length]) ? SpoolPieceKind.Record : SpoolPieceKind.Damaged, at, length, head);
            }

            if (isLast && FindHead(rest, 1) < 0)
            {
                return new SpoolPiece(SpoolPieceKind.Torn, at, rest.Length, head);
            }
        }

        // Less than a head, or zeros that the file system left: nobody was told that anything is in there.
        if (isLast && (rest.Length < SpoolRecord.HeadLength || !rest.ContainsAnyExcept((byte)0)))
        {
            return new SpoolPiece(SpoolPieceKind.Torn, at, rest.Length, null);
        }

        var next = FindHead(rest, 1);
        return new SpoolPiece(SpoolPieceKind.Damaged, at, next < 0 ? rest.Length : next, null);
    }

    private static int FindHead(ReadOnlySpan<byte> bytes, int from)
    {
        while (bytes[from..].IndexOf(SpoolRecord.Mark) is var found and >= 0)
        {
            if (SpoolRecord.Head(bytes[(from + found)..]) is not null)
            {
                return from + found;
            }

            from += found + 1;
        }

        return -1;
    }
}
