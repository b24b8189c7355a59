using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Npgsql;

namespace Portal.Domain.Storage;

/// <summary>Fails requests and pages at once while the database is known not to answer, instead of having each wait for it in vain.</summary>
internal sealed class AwayGuard(DatabaseState state) : DbConnectionInterceptor
{
    /// <inheritdoc />
    public override InterceptionResult ConnectionOpening(DbConnection connection, ConnectionEventData eventData, InterceptionResult result)
    {
        Check();
        return result;
    }

    /// <inheritdoc />
    public override ValueTask<InterceptionResult> ConnectionOpeningAsync(
        DbConnection connection, ConnectionEventData eventData, InterceptionResult result, CancellationToken cancellationToken = default)
    {
        Check();
        return ValueTask.FromResult(result);
    }

    private void Check()
    {
        if (state.Standing == DatabaseStanding.Away)
        {
            throw new NpgsqlException($"The database is away. {state.Reason}");
        }
    }
}
