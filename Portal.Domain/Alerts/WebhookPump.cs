using Microsoft.Extensions.Logging;

namespace Portal.Domain.Alerts;

/// <summary>Delivers webhooks within a second of what they tell, and what is due again.</summary>
public sealed class WebhookPump(WebhookRun webhooks, TimeProvider machine, ILogger<WebhookPump> log) : Pump("What webhooks tell", log)
{
    /// <inheritdoc />
    protected override Task Work(CancellationToken cancellation) => webhooks.Run(cancellation);

    /// <inheritdoc />
    protected override Task Wait(CancellationToken cancellation) => Task.Delay(Look, machine, cancellation);
}
