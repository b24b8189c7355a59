using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Portal.Domain.Storage;

/// <summary>Tells a database that cannot be reached, which passes, from a mistake, which does not.</summary>
public static class DatabaseAway
{
    /// <summary>Whether a failure says that the database is away, shutting down or out of connections: the same call may work in a second.</summary>
    public static bool Is(Exception? failure) => failure switch
    {
        // The server did answer: only some of its answers say that it is not to be had.
        PostgresException answer => answer.IsTransient || answer.SqlState is
            PostgresErrorCodes.AdminShutdown or PostgresErrorCodes.CrashShutdown or PostgresErrorCodes.CannotConnectNow
            or PostgresErrorCodes.ReadOnlySqlTransaction,
        NpgsqlException or TimeoutException => true,

        // EF Core wraps what it takes for transient.
        InvalidOperationException or DbUpdateException => Is(failure.InnerException),
        _ => false,
    };
}
