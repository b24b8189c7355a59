using Microsoft.Extensions.DependencyInjection;
using Portal.Domain.Storage;

namespace Portal.Domain.Alerts;

/// <summary>Registers what alerts customers, and what sends mail.</summary>
public static class AlertsRegistration
{
    /// <summary>Adds the capability; the host adds the <see cref="IMailer"/>.</summary>
    public static IServiceCollection AddAlerts(this IServiceCollection services) => services
        .AddSingleton<LimitAlerts>()
        .AddSingleton<IncludedAlerts>()
        .AddSingleton<CreditMail>()
        .AddSingleton<CreditAlerts>()
        .AddSingleton<UsageLimitAlerts>()
        .AddSingleton<ForecastAlerts>()
        .AddSingleton<AlertRecoveryRun>()
        .AddSingleton<AlertReader>()
        .AddSingleton<AlarmWriter>()
        .AddSingleton<AlarmReader>()
        .AddHostedService<AlarmPump>()
        .AddSingleton<OutboxBell>()
        .AddSingleton<UnsubscribeLink>()
        .AddSingleton<AlertSpread>()
        .AddSingleton<AlertChoiceReader>()
        .AddSingleton<AlertChoiceWriter>()
        .AddSingleton<OutboxRun>()
        .AddSingleton<OutboxReader>()
        .AddSingleton<OutboxWriter>()
        .AddSingleton<MailSamples>()
        .AddSingleton<IClockFollower>(provider => provider.GetRequiredService<OutboxRun>())
        .AddHostedService<OutboxPump>()
        .AddSingleton<WebhookSecrets>()
        .AddSingleton<WebhookWriter>()
        .AddSingleton<OwnWebhookWriter>()
        .AddSingleton<WebhookReader>()
        .AddSingleton<WebhookRun>()
        .AddSingleton<WebhookPruneRun>()
        .AddHostedService<WebhookPump>();
}
