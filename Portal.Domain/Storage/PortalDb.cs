using Microsoft.AspNetCore.Identity.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Alerts;
using Portal.Domain.Catalog;
using Portal.Domain.Credits;
using Portal.Domain.Invoicing;
using Portal.Domain.Ledger;
using Portal.Domain.Limits;
using Portal.Domain.Metering;
using Portal.Domain.Payments;

namespace Portal.Domain.Storage;

/// <summary>The tables that are read and written a row at a time. Events, their keys and usage buckets are not among them: Metering writes those in bulk.</summary>
public sealed class PortalDb(DbContextOptions<PortalDb> options) : IdentityUserContext<PortalUser, Guid>(options)
{
    /// <summary>Who buys.</summary>
    public DbSet<Customer> Customers => Set<Customer>();

    /// <summary>Who acts for whom.</summary>
    public DbSet<Membership> Memberships => Set<Membership>();

    /// <summary>Visits by a link.</summary>
    public DbSet<PortalSession> PortalSessions => Set<PortalSession>();

    /// <summary>Who sells: one row.</summary>
    public DbSet<Company> Companies => Set<Company>();

    /// <summary>Machines' credentials.</summary>
    public DbSet<ApiKey> ApiKeys => Set<ApiKey>();

    /// <summary>Who changed what.</summary>
    public DbSet<AuditEntry> AuditEntries => Set<AuditEntry>();

    /// <summary>What is counted.</summary>
    public DbSet<Meter> Meters => Set<Meter>();

    /// <summary>Price lists.</summary>
    public DbSet<RateCard> RateCards => Set<RateCard>();

    /// <summary>Who is on which price list since when.</summary>
    public DbSet<Subscription> Subscriptions => Set<Subscription>();

    /// <summary>Caps.</summary>
    public DbSet<SpendingLimit> SpendingLimits => Set<SpendingLimit>();

    /// <summary>What caps have kept off the bill.</summary>
    public DbSet<ForgivenUsage> ForgivenUsage => Set<ForgivenUsage>();

    /// <summary>Limits on parts of usage.</summary>
    public DbSet<UsageLimit> UsageLimits => Set<UsageLimit>();

    /// <summary>What limits on parts of usage have kept off the bill.</summary>
    public DbSet<ForgivenPart> ForgivenParts => Set<ForgivenPart>();

    /// <summary>Whose billing waits for a person.</summary>
    public DbSet<BillingPark> BillingParks => Set<BillingPark>();

    /// <summary>Room under caps that is held for work.</summary>
    public DbSet<Reservation> Reservations => Set<Reservation>();

    /// <summary>When customers were paused.</summary>
    public DbSet<Pause> Pauses => Set<Pause>();

    /// <summary>Spike rules that customers have set.</summary>
    public DbSet<SpikeSetting> SpikeSettings => Set<SpikeSetting>();

    /// <summary>Spikes that paused somebody.</summary>
    public DbSet<Spike> Spikes => Set<Spike>();

    /// <summary>Purchases of credits.</summary>
    public DbSet<CreditTopup> CreditTopups => Set<CreditTopup>();

    /// <summary>Who buys credits by itself.</summary>
    public DbSet<AutoTopup> AutoTopups => Set<AutoTopup>();

    /// <summary>What is billed by hand.</summary>
    public DbSet<OneOffLine> OneOffLines => Set<OneOffLine>();

    /// <summary>What was forecast, and what came.</summary>
    public DbSet<StoredForecast> Forecasts => Set<StoredForecast>();

    /// <summary>Thresholds crossed.</summary>
    public DbSet<Alert> Alerts => Set<Alert>();

    /// <summary>What the operator must look at.</summary>
    public DbSet<Alarm> Alarms => Set<Alarm>();

    /// <summary>Mails on their way.</summary>
    public DbSet<OutboxMail> Outbox => Set<OutboxMail>();

    /// <summary>How members are told of alerts.</summary>
    public DbSet<AlertChoice> AlertChoices => Set<AlertChoice>();

    /// <summary>Alerts as members find them in the portal.</summary>
    public DbSet<Notice> Notices => Set<Notice>();

    /// <summary>Pages of the card processor that were opened.</summary>
    public DbSet<CardSession> CardSessions => Set<CardSession>();

    /// <summary>Bills.</summary>
    public DbSet<Invoice> Invoices => Set<Invoice>();

    /// <summary>What bills consist of.</summary>
    public DbSet<InvoiceLine> InvoiceLines => Set<InvoiceLine>();

    /// <summary>Usage that is counted anew.</summary>
    public DbSet<Recount> Recounts => Set<Recount>();

    /// <summary>Months of events that were taken out.</summary>
    public DbSet<ArchivedMonth> ArchivedMonths => Set<ArchivedMonth>();

    /// <summary>Tax by country.</summary>
    public DbSet<TaxRate> TaxRates => Set<TaxRate>();

    /// <summary>Credits of customers.</summary>
    public DbSet<CreditGrant> CreditGrants => Set<CreditGrant>();

    /// <summary>What became of credits.</summary>
    public DbSet<CreditMove> CreditMoves => Set<CreditMove>();

    /// <summary>The journal of the books.</summary>
    public DbSet<LedgerEntry> LedgerEntries => Set<LedgerEntry>();

    /// <summary>Saved cards.</summary>
    public DbSet<PaymentMethod> PaymentMethods => Set<PaymentMethod>();

    /// <summary>The cards that customers' invoices are charged to: one each.</summary>
    public IQueryable<PaymentMethod> DefaultMethods => PaymentMethods.Where(method => method.ReplacedAt == null && method.Use == MethodUse.Default);

    /// <summary>Charges of invoices.</summary>
    public DbSet<PaymentAttempt> PaymentAttempts => Set<PaymentAttempt>();

    /// <summary>Attempts without those of backup cards: what a backup is charged takes the place of what was declined, and is one try with it.</summary>
    public IQueryable<PaymentAttempt> PaymentTries => PaymentAttempts.Where(attempt => attempt.Use == MethodUse.Default);

    /// <summary>Money that goes back.</summary>
    public DbSet<Refund> Refunds => Set<Refund>();

    /// <summary>Charges that the gateway knows and nothing here does.</summary>
    public DbSet<StrayCharge> StrayCharges => Set<StrayCharge>();

    /// <summary>Questions about invoices.</summary>
    public DbSet<Dispute> Disputes => Set<Dispute>();

    /// <summary>Outages that customers were made good for.</summary>
    public DbSet<Outage> Outages => Set<Outage>();

    /// <summary>Messages of the gateway.</summary>
    public DbSet<PaymentWebhook> PaymentWebhooks => Set<PaymentWebhook>();

    /// <summary>Customers that events were sent for and that do not exist.</summary>
    public DbSet<UnknownCustomer> UnknownCustomers => Set<UnknownCustomer>();

    /// <summary>Events that no meter reads.</summary>
    public DbSet<UnknownEvent> UnknownEvents => Set<UnknownEvent>();

    /// <summary>Events that were acknowledged from the spool and refused afterwards.</summary>
    public DbSet<RefusedEvent> RefusedEvents => Set<RefusedEvent>();

    /// <summary>Addresses that are told of what happens.</summary>
    public DbSet<WebhookEndpoint> WebhookEndpoints => Set<WebhookEndpoint>();

    /// <summary>What they are told.</summary>
    public DbSet<WebhookEvent> WebhookEvents => Set<WebhookEvent>();

    /// <summary>What is on its way to them.</summary>
    public DbSet<WebhookDelivery> WebhookDeliveries => Set<WebhookDelivery>();

    /// <summary>What came of it.</summary>
    public DbSet<WebhookAttempt> WebhookAttempts => Set<WebhookAttempt>();

    /// <summary>What jobs did.</summary>
    public DbSet<JobRun> JobRuns => Set<JobRun>();

    /// <summary>The sandbox clock.</summary>
    public DbSet<ClockSetting> ClockSettings => Set<ClockSetting>();

    /// <summary>Answers to repeat.</summary>
    public DbSet<IdempotentAnswer> IdempotentAnswers => Set<IdempotentAnswer>();

    /// <summary>Keys of cookies and tokens.</summary>
    public DbSet<DataProtectionKey> DataProtectionKeys => Set<DataProtectionKey>();

    /// <inheritdoc />
    protected override void OnModelCreating(ModelBuilder builder)
    {
        base.OnModelCreating(builder);
        builder.ApplyConfigurationsFromAssembly(typeof(PortalDb).Assembly);
        SnakeCase.Apply(builder);
    }

    /// <inheritdoc />
    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        base.ConfigureConventions(configurationBuilder);

        // Quantities and rates: 15 digits before the point, 12 behind it (DESIGN.md 2, Money).
        configurationBuilder.Properties<decimal>().HavePrecision(27, 12);
    }
}
