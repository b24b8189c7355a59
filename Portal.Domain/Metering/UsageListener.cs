using System.Globalization;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using Portal.Domain.Storage;

namespace Portal.Domain.Metering;

/// <summary>Hears whose usage other processes changed. After a gap in the connection everybody's may have.</summary>
/// <remarks>It hears this process's own commits too; an announcement more costs little, since whoever reads usage coalesces.</remarks>
public sealed class UsageListener(UsageChanges changes, Register register, NpgsqlDataSource database, TimeProvider machine, ILogger<UsageListener> log) : BackgroundService
{
    private static readonly TimeSpan s_retryAfter = TimeSpan.FromSeconds(1);

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await Listen(stoppingToken);
            }
            catch (NpgsqlException exception)
            {
                log.LogWarning("Usage that other processes store cannot be heard of while the database is away: {Reason}", exception.Message);
                await Task.Delay(s_retryAfter, machine, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private async Task Listen(CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        connection.Notification += (_, notice) => changes.Announce(CustomersOf(notice.Payload));
        await using (var listen = new NpgsqlCommand($"LISTEN {UsageChanges.Channel}", connection))
        {
            await listen.ExecuteNonQueryAsync(cancellation);
        }

        // What was said before this connection listened is lost.
        changes.Announce([.. register.Now.ById.Keys]);
        while (true)
        {
            await connection.WaitAsync(cancellation);
        }
    }

    private static int[] CustomersOf(string notice) =>
        [.. notice.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(number => int.Parse(number, CultureInfo.InvariantCulture))];
}
