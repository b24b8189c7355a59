using Microsoft.Extensions.DependencyInjection;
using Portal.Domain.Limits;
using Portal.Domain.Storage;

namespace Portal.Domain.Invoicing;

/// <summary>Registers what makes charges and invoices.</summary>
public static class InvoicingRegistration
{
    /// <summary>Adds the capability.</summary>
    public static IServiceCollection AddInvoicing(this IServiceCollection services)
    {
        services.AddSingleton<SpendReader>();
        services.AddSingleton<EachValueReader>();
        services.AddSingleton<SimulationReader>();
        services.AddSingleton<OutlookReader>();
        services.AddSingleton<ForecastReader>();
        services.AddSingleton<ForecastQualityReader>();
        services.AddSingleton<ForecastRun>();
        services.AddSingleton<BilledReader>();
        services.AddSingleton<CostReader>();
        services.AddSingleton<RecentCostReader>();
        services.AddSingleton<OutageReader>();
        services.AddSingleton<OutageMail>();
        services.AddSingleton<OutageWriter>();
        services.AddSingleton<DraftReader>();
        services.AddSingleton<ChangePreviewReader>();
        services.AddSingleton<PricingReader>();
        services.AddSingleton<InvoiceMail>();
        services.AddSingleton<TaxRateWriter>();
        services.AddSingleton<InvoiceIssuer>();
        services.AddSingleton<BillingGuard>();
        services.AddSingleton<InvoiceForesight>();
        services.AddSingleton<BillingPreviewReader>();
        services.AddSingleton<InvoiceReader>();
        services.AddSingleton<InvoiceWriter>();
        services.AddSingleton<InvoiceMailWriter>();
        services.AddSingleton<InvoiceBatchWriter>();
        services.AddSingleton<DisputeMail>();
        services.AddSingleton<DisputeWriter>();
        services.AddSingleton<DisputeReader>();
        services.AddSingleton<LineEvents>();
        services.AddSingleton<PriceEvents>();
        services.AddSingleton<EventLines>();
        services.AddSingleton<DocumentReader>();
        services.AddSingleton<EventRetentionRun>();

        // The order is that of one instant: a period closes, its draft is issued, and what was due before is reminded of.
        services.AddSingleton<InvoiceRun>();
        services.AddSingleton<FinalizeRun>();
        services.AddSingleton<OverdueRun>();
        services.AddSingleton<ThresholdRun>();
        services.AddSingleton<ISpendFollower>(provider => provider.GetRequiredService<ThresholdRun>());
        services.AddSingleton<ThresholdWriter>();
        services.AddSingleton<OneOffWriter>();
        services.AddSingleton<IClockWork>(provider => provider.GetRequiredService<InvoiceRun>());
        services.AddSingleton<IClockWork>(provider => provider.GetRequiredService<FinalizeRun>());
        services.AddSingleton<IClockWork>(provider => provider.GetRequiredService<ThresholdRun>());
        services.AddSingleton<IClockWork>(provider => provider.GetRequiredService<OverdueRun>());
        services.AddSingleton<IClockWork>(provider => provider.GetRequiredService<ForecastRun>());
        return services;
    }
}
