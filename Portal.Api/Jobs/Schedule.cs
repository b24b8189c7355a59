using Portal.Domain.Alerts;
using Portal.Domain.Credits;
using Portal.Domain.Invoicing;
using Portal.Domain.Limits;
using Portal.Domain.Ledger;
using Portal.Domain.Metering;
using Portal.Domain.Payments;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Api.Jobs;

/// <summary>Every job and its pace. The pace is a hint on the machine's clock: what is due is decided by the job, from the database and in business time.</summary>
public static class Schedule
{
    /// <summary>The jobs, in the order of the jobs page.</summary>
    public static IReadOnlyList<ScheduledJob> All { get; } =
    [
        new("invoice-close", "Closes billing periods that are over into drafts, and bills fees in advance", TimeSpan.FromSeconds(10), Work<InvoiceRun>),
        new("invoice-finalize", "Issues drafts whose grace is over", TimeSpan.FromSeconds(10), Work<FinalizeRun>),
        new("invoice-threshold", "Bills usage inside a period where it has reached a threshold and nobody has noticed yet", TimeSpan.FromSeconds(10), Work<ThresholdRun>),
        new("invoice-charge", "Charges saved cards, tries failed charges again, asks what became of unanswered ones", TimeSpan.FromSeconds(5), Work<ChargeRun>),
        new("stray-charges", "Compares what the card processor has charged with what is known here; a difference holds charges up until somebody has looked", TimeSpan.FromHours(1),
            (services, cancellation) => Of<StrayChargeRun>(services).Run(cancellation)),
        new("refunds", "Asks what became of refunds that the card processor did not answer", TimeSpan.FromSeconds(10), Work<RefundRun>),
        new("payment-messages", "Handles what the card processor has told", TimeSpan.FromSeconds(5), Work<WebhookInbox>),
        new("card-expiry", "Warns of cards that expire, 30 and 7 days before", TimeSpan.FromMinutes(10), Work<CardExpiryRun>),
        new("sandbox-messages", "Delivers what the sandbox's card processor has to tell", TimeSpan.FromSeconds(5), Work<SandboxDelivery>),
        new("credit-expiry", "Takes away what is left of credits that expire", TimeSpan.FromMinutes(1), Work<CreditExpiryRun>),
        new("invoice-overdue", "Reminds of unpaid invoices, and refuses access after the grace", TimeSpan.FromMinutes(1), Work<OverdueRun>),
        new("ledger-proof", "Proves that the books are what the documents come to", TimeSpan.FromHours(24),
            (services, cancellation) => Of<LedgerRun>(services).Run(cancellation)),
        new("spike-watch", "Looks for spikes of usage that no change of a customer has shown, and pauses access", TimeSpan.FromSeconds(30),
            (services, cancellation) => Of<SpikeWatch>(services).Run(cancellation)),
        new("forecast", "Keeps each night's forecasts, and compares those of periods that are over with what came", TimeSpan.FromMinutes(10),
            (services, cancellation) => Of<ForecastRun>(services).Run(cancellation)),
        new("alert-recovery", "Notes which alerts usage is below again, after a correction or a raised limit", TimeSpan.FromSeconds(15),
            (services, cancellation) => Count(Of<AlertRecoveryRun>(services).Run(cancellation))),
        new("event-partitions", "Makes the months of the events table ahead of need", TimeSpan.FromHours(1), Work<PartitionRun>),
        new("event-retention", "Takes months of events out that are older than the policy and that no bill can need any more", TimeSpan.FromHours(24),
            (services, cancellation) => Count(Of<EventRetentionRun>(services).Run(Now(services), cancellation))),
        new("event-key-prune", "Forgets event ids beyond the dedupe window", TimeSpan.FromHours(1),
            (services, cancellation) => Count(Of<KeyPruneRun>(services).Run(Now(services), cancellation))),
        new("usage-recount", "Counts usage anew from its events where somebody asked: rebuilds and back-fills", TimeSpan.FromSeconds(5),
            (services, cancellation) => Of<RecountRun>(services).Run(cancellation)),
        new("usage-proof", "Counts a sample of usage again from its events, and raises an alarm where it differs", TimeSpan.FromHours(24),
            (services, cancellation) => Of<BucketProofRun>(services).Run(Random.Shared, cancellation)),
        new("unknown-event-prune", "Throws away unknown events after 7 days", TimeSpan.FromHours(1),
            (services, cancellation) => Count(Of<InboxPruneRun>(services).Run(Now(services), cancellation))),
        new("reservation-expiry", "Notes which reservations have expired, and throws old ones away", TimeSpan.FromMinutes(1),
            (services, cancellation) => Count(Of<ReservationRun>(services).Run(Now(services), cancellation))),
        new("webhook-prune", "Throws away what webhooks told after 30 days", TimeSpan.FromHours(1),
            (services, cancellation) => Count(Of<WebhookPruneRun>(services).Run(Now(services), cancellation))),
        new("record-prune", "Throws away old answers to Idempotency-Keys and old rows of this page", TimeSpan.FromHours(1),
            (services, cancellation) => Count(Of<RecordPruneRun>(services).Run(cancellation))),
    ];

    private static Task<JobOutcome> Work<T>(IServiceProvider services, CancellationToken cancellation)
        where T : IClockWork => Of<T>(services).Run(cancellation);

    private static async Task<JobOutcome> Count(Task<int> run) => JobOutcome.Of(await run);

    private static T Of<T>(IServiceProvider services)
        where T : notnull => services.GetRequiredService<T>();

    private static DateTimeOffset Now(IServiceProvider services) => Of<BusinessClock>(services).GetUtcNow();
}

/// <summary>A job of the schedule.</summary>
/// <param name="Name">Identifies it in the scheduler's store and on the jobs page.</param>
/// <param name="Summary">What it does, for the jobs page.</param>
/// <param name="Every">The pause between two runs, on the machine's clock.</param>
/// <param name="Run">Runs it.</param>
public sealed record ScheduledJob(string Name, string Summary, TimeSpan Every, Func<IServiceProvider, CancellationToken, Task<JobOutcome>> Run);
