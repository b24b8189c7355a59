using Microsoft.EntityFrameworkCore;

namespace Portal.Domain.Storage;

/// <summary>Throws away records of the machine's own time that nobody needs any more.</summary>
public sealed class RecordPruneRun(IDbContextFactory<PortalDb> databases, TimeProvider machine)
{
    /// <summary>How long an answer to an Idempotency-Key is repeated.</summary>
    public static readonly TimeSpan AnswersKept = TimeSpan.FromDays(35);

    /// <summary>How long the jobs page looks back.</summary>
    public static readonly TimeSpan JobRunsKept = TimeSpan.FromDays(90);

    /// <summary>Throws away what is old.</summary>
    /// <returns>How many records.</returns>
    public async Task<int> Run(CancellationToken cancellation)
    {
        var now = machine.GetUtcNow();
        var (answersBefore, runsBefore) = (now - AnswersKept, now - JobRunsKept);
        await using var db = await databases.CreateDbContextAsync(cancellation);
        return await db.IdempotentAnswers.Where(answer => answer.CreatedAt < answersBefore).ExecuteDeleteAsync(cancellation)
            + await db.JobRuns.Where(run => run.StartedAt < runsBefore).ExecuteDeleteAsync(cancellation);
    }
}
