using Microsoft.Extensions.DependencyInjection;
using Portal.Domain.Storage;

namespace Portal.Domain.Payments;

/// <summary>Registers what collects money.</summary>
public static class PaymentsRegistration
{
    /// <summary>Adds the capability.</summary>
    public static IServiceCollection AddPayments(this IServiceCollection services)
    {
        services.AddSingleton<SandboxFaults>();
        services.AddSingleton<SandboxGateway>();
        services.AddSingleton<IPaymentGateway>(provider => provider.GetRequiredService<SandboxGateway>());
        services.AddSingleton<PaymentMail>();
        services.AddSingleton<ChargeWriter>();
        services.AddSingleton<MethodWriter>();
        services.AddSingleton<CardPageWriter>();
        services.AddSingleton<PaymentWriter>();
        services.AddSingleton<StrayChargeRun>();
        services.AddSingleton<StrayChargeWriter>();
        services.AddSingleton<RefundMail>();
        services.AddSingleton<RefundWriter>();
        services.AddSingleton<CreditNoteWriter>();
        services.AddSingleton<PaymentReader>();

        // What was charged is asked after, and told by message, before anything else happens at the same instant.
        services.AddSingleton<ChargeRun>();
        services.AddSingleton<RefundRun>();
        services.AddSingleton<SandboxDelivery>();
        services.AddSingleton<CardExpiryRun>();
        services.AddSingleton<PromiseWriter>();
        services.AddSingleton<WebhookInbox>();
        services.AddSingleton<IClockWork>(provider => provider.GetRequiredService<ChargeRun>());
        services.AddSingleton<IClockWork>(provider => provider.GetRequiredService<RefundRun>());
        services.AddSingleton<IClockWork>(provider => provider.GetRequiredService<SandboxDelivery>());
        services.AddSingleton<IClockWork>(provider => provider.GetRequiredService<WebhookInbox>());
        services.AddSingleton<IClockWork>(provider => provider.GetRequiredService<CardExpiryRun>());
        return services;
    }
}
