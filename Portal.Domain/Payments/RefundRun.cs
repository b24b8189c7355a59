using Microsoft.EntityFrameworkCore;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Payments;

/// <summary>Asks what became of refunds that were never answered, until they are.</summary>
public sealed class RefundRun(IDbContextFactory<PortalDb> databases, RefundWriter refunds, BusinessClock clock) : IClockWork
{
    private const int PerRun = 1_000;

    /// <inheritdoc />
    public DueQuestion NextDue() => DueQuestion.Of($"SELECT min(look_at) FROM refunds");

    /// <inheritdoc />
    public async Task<JobOutcome> Run(CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var now = clock.GetUtcNow();
        var unanswered = await db.Refunds.AsNoTracking().Where(refund => refund.LookAt <= now)
            .OrderBy(refund => refund.LookAt).Take(PerRun).ToListAsync(cancellation);
        foreach (var refund in unanswered)
        {
            await refunds.Reconcile(refund, cancellation);
        }

        return JobOutcome.Of(unanswered.Count);
    }
}
