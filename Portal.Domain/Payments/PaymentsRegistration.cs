using Microsoft.Extensions.DependencyInjection;

namespace Portal.Domain.Payments;

/// <summary>Registers what collects money.</summary>
public static class PaymentsRegistration
{
    /// <summary>Adds the capability.</summary>
    public static IServiceCollection AddPayments(this IServiceCollection services) => services;
}
