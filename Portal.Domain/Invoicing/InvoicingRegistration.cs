using Microsoft.Extensions.DependencyInjection;

namespace Portal.Domain.Invoicing;

/// <summary>Registers what makes charges and invoices.</summary>
public static class InvoicingRegistration
{
    /// <summary>Adds the capability.</summary>
    public static IServiceCollection AddInvoicing(this IServiceCollection services) => services.AddSingleton<SpendReader>();
}
