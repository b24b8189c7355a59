using Microsoft.EntityFrameworkCore;
using Portal.Domain.Storage;

namespace Portal.Domain.Alerts;

/// <summary>Thresholds that were crossed at one look, as they go on record: a unique row each.</summary>
/// <param name="CustomerId">The customer.</param>
/// <param name="Kind">The kind of alert.</param>
/// <param name="Scope">What the thresholds are of.</param>
/// <param name="PeriodStart">The start of the billing period.</param>
/// <param name="Limit">What they are percentages of.</param>
/// <param name="Used">What was used of it.</param>
/// <param name="MessageId">The mail's, for the threshold that is mailed.</param>
internal sealed record CrossingRecord(int CustomerId, string Kind, string Scope, DateTimeOffset PeriodStart, decimal Limit, decimal Used, string MessageId)
{
    /// <summary>Puts them on record, within the caller's transaction.</summary>
    /// <returns>Whether the one to mail was not on record yet: then the caller writes its mail in the same transaction.</returns>
    public async Task<bool> Insert(PortalDb db, ThresholdCrossing crossing, DateTimeOffset now, CancellationToken cancellation)
    {
        // Another node may be at it: its uncommitted rows are waited for, and of two that insert the same one only one gets it back.
        var inserted = await db.Database.SqlQuery<int>($"""
            INSERT INTO alerts (customer_id, kind, scope, period_start, threshold, "limit", used, crossed_at, message_id)
            SELECT {CustomerId}, {Kind}, {Scope}, {PeriodStart}, threshold, {Limit}, {Used}, {now}, CASE WHEN threshold = {crossing.Mailed} THEN {MessageId} END
            FROM unnest({crossing.Thresholds.ToArray()}) AS threshold
            ORDER BY threshold
            ON CONFLICT DO NOTHING
            RETURNING threshold AS "Value"
            """).ToListAsync(cancellation);
        return crossing.Mailed is { } mailed && inserted.Contains(mailed);
    }
}
