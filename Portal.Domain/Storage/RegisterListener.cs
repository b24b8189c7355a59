using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Portal.Domain.Storage;

/// <summary>Takes in what other processes changed: by notification at once, and by reading everything again whenever a notification may have been missed.</summary>
public sealed partial class RegisterListener(Register register, NpgsqlDataSource database, TimeProvider machine, ILogger<RegisterListener> log) : BackgroundService
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
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failure) when (DatabaseAway.Is(failure))
            {
                log.LogWarning("Changes by other processes cannot be read while the database is away: {Reason}", failure.Message);
            }
            catch (Exception failure)
            {
                // Whatever it was, a process that no longer hears of changes would go on with old prices: begin again with everything.
                log.LogError(failure, "A change by another process could not be taken in; everything is read again.");
            }

            await Task.Delay(s_retryAfter, machine, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task Listen(CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var heard = new Queue<RegisterChange>();
        connection.Notification += (_, notice) => heard.Enqueue(RegisterChange.Parse(notice.Payload));

        await using (var listen = new NpgsqlCommand($"LISTEN {Register.Channel}", connection))
        {
            await listen.ExecuteNonQueryAsync(cancellation);
        }

        // What was said before this connection listened is lost: read it all once.
        await register.Apply(RegisterChange.Everything, cancellation);
        while (true)
        {
            while (heard.TryDequeue(out var change))
            {
                await register.Apply(change, cancellation);
            }

            await connection.WaitAsync(cancellation);
        }
    }
}
