using Microsoft.EntityFrameworkCore;

namespace Portal.Domain.Storage;

/// <summary>Keeps what was answered to an Idempotency-Key. A key is claimed by a unique row, so of two requests at once one does the work.</summary>
/// <remarks>A claim outlives a crash: whether the work was done is then unknown, and doing it again could do it twice.</remarks>
public sealed class IdempotencyStore(IDbContextFactory<PortalDb> databases, TimeProvider machine)
{
    /// <summary>Claims a key for a request; null where it is the caller's now, else what is known of the request that came first.</summary>
    public async Task<IdempotentAnswer?> Claim(Guid apiKeyId, string key, byte[] requestHash, CancellationToken cancellation)
    {
        var now = machine.GetUtcNow();
        var oldest = now - RecordPruneRun.AnswersKept;
        await using var db = await databases.CreateDbContextAsync(cancellation);
        await db.IdempotentAnswers.Where(answer => answer.ApiKeyId == apiKeyId && answer.Key == key && answer.CreatedAt < oldest).ExecuteDeleteAsync(cancellation);
        var claimed = await db.Database.ExecuteSqlAsync($"""
            INSERT INTO idempotent_answers (api_key_id, key, request_hash, status, body, content_type, created_at)
            VALUES ({apiKeyId}, {key}, {requestHash}, 0, '', '', {now}) ON CONFLICT DO NOTHING
            """, cancellation);
        return claimed == 1
            ? null
            : await db.IdempotentAnswers.AsNoTracking().SingleOrDefaultAsync(answer => answer.ApiKeyId == apiKeyId && answer.Key == key, cancellation)
                ?? await Claim(apiKeyId, key, requestHash, cancellation);
    }

    /// <summary>Keeps the answer of a claimed key. Its body must not be readable by whoever reads the table.</summary>
    public async Task Keep(Guid apiKeyId, string key, int status, string contentType, string sealedBody)
    {
        await using var db = await databases.CreateDbContextAsync(CancellationToken.None);
        await db.IdempotentAnswers.Where(answer => answer.ApiKeyId == apiKeyId && answer.Key == key).ExecuteUpdateAsync(change => change
            .SetProperty(answer => answer.Status, status)
            .SetProperty(answer => answer.ContentType, contentType)
            .SetProperty(answer => answer.Body, sealedBody), CancellationToken.None);
    }

    /// <summary>Lets go of a claimed key whose request did nothing, so that it may be tried again.</summary>
    public async Task Release(Guid apiKeyId, string key)
    {
        await using var db = await databases.CreateDbContextAsync(CancellationToken.None);
        await db.IdempotentAnswers.Where(answer => answer.ApiKeyId == apiKeyId && answer.Key == key && answer.Status == 0).ExecuteDeleteAsync(CancellationToken.None);
    }
}
