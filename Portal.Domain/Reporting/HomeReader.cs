using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Alerts;
using Portal.Domain.Invoicing;
using Portal.Domain.Metering;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Reporting;

/// <summary>Reads what the operator's people see first: what needs them, and what the running periods come to.</summary>
public sealed class HomeReader(IDbContextFactory<PortalDb> databases, CustomerListReader customers, UnknownEventReader inbox, OutboxReader outbox, AlarmReader alarms, BusinessClock clock)
{
    /// <summary>Over how long events are counted, in business time.</summary>
    public static readonly TimeSpan EventsWithin = TimeSpan.FromMinutes(5);

    /// <summary>The most events that are counted: a heavier load is said to be more.</summary>
    public const int EventsMax = 1_000_000;

    private const int AttentionMax = 10;
    private const int AlarmsMax = 20;

    /// <summary>What the running periods come to and how customers stand, from memory: cheap enough for every change.</summary>
    /// <exception cref="Refusal">Forbidden by the gate.</exception>
    public HomeFigures Figures(Actor actor)
    {
        actor.Require(Permission.ReadCustomers);
        var rows = customers.Rows();
        var revenue = rows.Select(row => row.Spend).OfType<Spend>()
            .GroupBy(spend => spend.Currency)
            .Select(group => new RunningRevenue(
                Money.Sum(group.Select(spend => spend.Usage), group.Key),
                Money.Sum(group.Select(spend => spend.NotBilled), group.Key),
                group.Count()))
            .OrderByDescending(revenue => revenue.Customers).ThenBy(revenue => revenue.Usage.Currency.Code, StringComparer.Ordinal);
        var attention = rows.Where(row => row.State is not (CustomerState.Ok or CustomerState.NoSubscription))
            .OrderBy(row => row.State).ThenBy(row => row.Entry.Customer.Name, StringComparer.OrdinalIgnoreCase)
            .Take(AttentionMax);
        return new HomeFigures([.. revenue], CustomerListReader.Counts(rows), [.. attention], clock.GetUtcNow());
    }

    /// <summary>What waits for a person in the database.</summary>
    /// <exception cref="Refusal">Forbidden by the gate.</exception>
    public async Task<HomeTasks> Tasks(Actor actor, CancellationToken cancellation)
    {
        actor.Require(Permission.ReadOperations);
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var (now, mails) = (clock.GetUtcNow(), await outbox.Counts(actor, cancellation));
        var overdue = await db.Invoices
            .Where(invoice => invoice.Status == InvoiceStatus.Finalized && invoice.Paid < invoice.Total && invoice.DueAt <= now)
            .GroupBy(invoice => invoice.Currency)
            .Select(group => new { Currency = group.Key, Count = group.Count(), Due = group.Sum(invoice => invoice.Total - invoice.Paid) })
            .ToListAsync(cancellation);
        var failedJobs = await db.JobRuns
            .Where(run => run.Error != null && !db.JobRuns.Any(later => later.Job == run.Job && later.StartedAt > run.StartedAt))
            .Select(run => run.Job).Distinct().Order().ToListAsync(cancellation);
        return new HomeTasks(
            overdue.Sum(group => group.Count),
            [.. overdue.Select(group => new Money(group.Due, Currency.Of(group.Currency)))],
            mails.GetValueOrDefault(MailState.Failed),
            failedJobs,
            await inbox.Count(actor, cancellation),
            await CountEvents(db, now - EventsWithin, cancellation),
            await alarms.List(actor, withCleared: false, before: null, AlarmsMax, cancellation));
    }

    private static Task<int> CountEvents(PortalDb db, DateTimeOffset since, CancellationToken cancellation) =>
        db.Database.SqlQuery<int>($"""
            SELECT count(*)::int AS "Value" FROM (SELECT FROM event_keys WHERE received_at > {since} LIMIT {EventsMax}) AS accepted
            """).SingleAsync(cancellation);
}

/// <summary>What the running periods come to, and how customers stand.</summary>
/// <param name="Revenue">By currency, the one with the most customers first.</param>
/// <param name="ByState">How many customers stand how.</param>
/// <param name="Attention">Those that are stopped or nearly so, the gravest first.</param>
/// <param name="AsOf">When this was read, in business time.</param>
public sealed record HomeFigures(
    IReadOnlyList<RunningRevenue> Revenue, IReadOnlyDictionary<CustomerState, int> ByState, IReadOnlyList<CustomerRow> Attention, DateTimeOffset AsOf);

/// <summary>What running periods come to in one currency.</summary>
/// <param name="Usage">Rated usage so far, without fees.</param>
/// <param name="NotBilled">Of this, what caps keep off the bills.</param>
/// <param name="Customers">Whose periods they are.</param>
public sealed record RunningRevenue(Money Usage, Money NotBilled, int Customers);

/// <summary>What waits for a person.</summary>
/// <param name="OverdueInvoices">Issued invoices that should have been paid by now.</param>
/// <param name="Overdue">What is owed for them, by currency.</param>
/// <param name="FailedMails">Mails that were given up.</param>
/// <param name="FailedJobs">Jobs whose last run failed.</param>
/// <param name="UnknownTypes">Types of events that no meter reads.</param>
/// <param name="Events">Events accepted within <see cref="HomeReader.EventsWithin"/>, at most <see cref="HomeReader.EventsMax"/>.</param>
/// <param name="Alarms">The open alarms, the newest first.</param>
public sealed record HomeTasks(
    int OverdueInvoices, IReadOnlyList<Money> Overdue, int FailedMails, IReadOnlyList<string> FailedJobs, int UnknownTypes, int Events,
    IReadOnlyList<AlarmRow> Alarms);
