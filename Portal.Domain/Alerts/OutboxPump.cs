using Microsoft.Extensions.Logging;

namespace Portal.Domain.Alerts;

/// <summary>Keeps the outbox empty: looks when it is told of a new mail, and every second for what others wrote or what is due again.</summary>
public sealed class OutboxPump(OutboxRun outbox, OutboxBell bell, ILogger<OutboxPump> log) : Pump("Mail in the outbox", log)
{
    /// <inheritdoc />
    protected override Task Work(CancellationToken cancellation) => outbox.Run(cancellation);

    /// <inheritdoc />
    protected override Task Wait(CancellationToken cancellation) => bell.Wait(Look, cancellation);
}
