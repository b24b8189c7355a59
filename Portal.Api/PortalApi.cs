using Portal.Api.Accounts;
using Portal.Api.Alerts;
using Portal.Api.Catalog;
using Portal.Api.Credits;
using Portal.Api.Hosting;
using Portal.Api.Invoicing;
using Portal.Api.Ledger;
using Portal.Api.Limits;
using Portal.Api.Metering;
using Portal.Api.Payments;
using Portal.Api.Payments.Stripe;
using Portal.Api.Rating;
using Portal.Api.Storage;

namespace Portal.Api;

/// <summary>The one place that maps every group of endpoints; both hosts call it.</summary>
public static class PortalApi
{
    /// <summary>Maps the API.</summary>
    public static void MapPortalApi(this IEndpointRouteBuilder app)
    {
        app.MapCustomers();
        app.MapBillingDetails();
        app.MapEvents();
        app.MapUsage();
        app.MapKeys();
        app.MapMembers();
        app.MapCompany();
        app.MapMeters();
        app.MapRateCards();
        app.MapSimulation();
        app.MapSubscriptions();
        app.MapSpend();
        app.MapThresholds();
        app.MapOneOffs();
        app.MapLimits();
        app.MapUsageLimits();
        app.MapSpikes();
        app.MapAccess();
        app.MapReservations();
        app.MapAlerts();
        app.MapUnsubscribe();
        app.MapAlarms();
        app.MapWebhooks();
        app.MapRating();
        app.MapInvoices();
        app.MapInvoiceBatches();
        app.MapParkedBilling();
        app.MapBillingPreview();
        app.MapTaxRates();
        app.MapCredits();
        app.MapTopups();
        app.MapLedger();
        app.MapPayments();
        app.MapMethods();
        app.MapCorrections();
        app.MapDisputes();
        app.MapOutages();
        app.MapStrayCharges();
        app.MapSandboxPayments();
        app.MapStripe();
        app.MapSandbox();
        app.MapHealth();
    }
}
