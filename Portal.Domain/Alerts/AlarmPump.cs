using Microsoft.Extensions.Logging;
using Portal.Domain.Storage;

namespace Portal.Domain.Alerts;

/// <summary>Writes the alarms that had to wait for the database.</summary>
public sealed class AlarmPump(AlarmWriter alarms, TimeProvider machine, ILogger<AlarmPump> log) : PeriodicWrite(TimeSpan.FromSeconds(1), "Alarms", machine, log)
{
    /// <inheritdoc />
    public override Task Write(CancellationToken cancellation) => alarms.HasWaiting ? alarms.Write(cancellation) : Task.CompletedTask;
}
