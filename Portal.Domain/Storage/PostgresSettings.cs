using System.Globalization;

namespace Portal.Domain.Storage;

/// <summary>The settings of the private PostgreSQL: durable first, then sized to the machine.</summary>
internal static class PostgresSettings
{
    private const long Megabyte = 1024 * 1024;

    /// <summary>The whole text of postgresql.conf for a machine with <paramref name="memory"/> bytes.</summary>
    public static string Text(string socketFolder, long memory)
    {
        var megabytes = memory / Megabyte;
        return string.Create(CultureInfo.InvariantCulture, $"""
            # Written by the Portal at every start. Changes of your own go into local.conf beside it, which is appended and wins.
            cluster_name = 'portal'
            listen_addresses = ''
            port = {EmbeddedPostgres.Port}
            unix_socket_directories = {Quoted(socketFolder)}
            unix_socket_permissions = 0700
            max_connections = 200

            # What was acknowledged is on the disk.
            fsync = on
            synchronous_commit = on
            full_page_writes = on

            shared_buffers = {Math.Clamp(megabytes / 8, 256, 1024)}MB
            effective_cache_size = {Math.Max(megabytes / 2, 512)}MB
            work_mem = 16MB
            maintenance_work_mem = {Math.Clamp(megabytes / 32, 64, 256)}MB
            wal_buffers = 16MB
            # A page is logged whole at its first change after a checkpoint: lz4 costs a fraction of the time of the default (pglz).
            wal_compression = lz4
            max_wal_size = 4GB
            min_wal_size = 512MB
            checkpoint_timeout = 15min
            checkpoint_completion_target = 0.9
            random_page_cost = 1.1
            # Many short statements: compiling them costs more than it saves.
            jit = off

            timezone = 'UTC'
            log_timezone = 'UTC'
            log_checkpoints = off
            log_line_prefix = '%m [%p] %q%u@%d '
            lc_messages = 'C'

            """);
    }

    // The setting is a list of folders: double quotes keep a comma in the path from starting a second one.
    private static string Quoted(string folder) =>
        $"'\"{folder.Replace("'", "''", StringComparison.Ordinal).Replace("\"", "\"\"", StringComparison.Ordinal)}\"'";
}
