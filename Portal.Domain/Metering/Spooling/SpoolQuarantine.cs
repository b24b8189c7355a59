using System.Globalization;
using Microsoft.Extensions.Logging;
using Portal.Domain.Alerts;
using Portal.Domain.Storage;

namespace Portal.Domain.Metering.Spooling;

/// <summary>Keeps what cannot be replayed: damaged bytes, and records that the database refuses whatever one does. Nothing in it is ever deleted by the system.</summary>
public sealed class SpoolQuarantine(EventSpool spool, AlarmWriter alarms, ILogger<SpoolQuarantine> log)
{
    /// <summary>The alarm's key.</summary>
    public const string AlarmKey = "spool.quarantine";

    /// <summary>The files, the newest first.</summary>
    public IReadOnlyList<FileInfo> Files => !Directory.Exists(spool.QuarantineFolder) ? []
        : [.. new DirectoryInfo(spool.QuarantineFolder).EnumerateFiles("*.bin").OrderByDescending(file => file.Name, StringComparer.Ordinal)];

    /// <summary>Puts bytes aside, flushed to the disk, and raises the alarm. Doing it again for the same place changes nothing.</summary>
    /// <exception cref="IOException">The disk refuses: they are still in the spool.</exception>
    internal async Task Put(SpoolSegment segment, long place, ReadOnlyMemory<byte> bytes, SpoolHead? head, string reason)
    {
        var path = Path.Combine(spool.QuarantineFolder, string.Create(CultureInfo.InvariantCulture, $"{segment.Number:D16}-{place:D10}.bin"));
        DurableFolder.WriteWhole(path, bytes.Span);
        spool.Forget(head?.Events ?? 0);
        var events = head is { } known
            ? $"{known.Events} events received at {known.ReceivedAt:yyyy-MM-dd HH:mm:ss} UTC"
            : $"{bytes.Length} bytes with an unknown number of events";
        log.LogError("{Events} of the spool are put aside in {Path}: {Reason}", events, path, reason);
        await alarms.Raise(AlarmKey, "Events of the spool could not be replayed and are put aside.",
            $"The last: {events} in {path}. {reason} They were acknowledged and are in no number. docs/operations/database-away.md says how to look into the file and put it back.");
    }
}
