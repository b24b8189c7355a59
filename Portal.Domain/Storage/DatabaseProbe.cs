using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Portal.Domain.Storage;

/// <summary>Asks the database each second whether it is there, and at once when somebody doubts it, on a connection of its own.</summary>
/// <remarks>
/// A question that gets no answer is not repeated beside the first one: its late answer is how a database that hung makes itself known again. While the
/// database is in doubt the question is a small commit, so that one that answers but writes nothing is not taken for healthy.
/// </remarks>
public sealed class DatabaseProbe(string connectionString, DatabaseState state, PortalOptions options, TimeProvider machine, ILogger<DatabaseProbe> log) : BackgroundService
{
    private static readonly TimeSpan s_pace = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_paceInDoubt = TimeSpan.FromMilliseconds(200);

    private readonly SemaphoreSlim _asked = new(0, 1);
    private readonly NpgsqlDataSource _database = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connectionString)
    {
        ApplicationName = "portal-probe",
        MaxPoolSize = 2,
        Timeout = 5,
        CommandTimeout = 5,

        // A server that hangs takes no cancellations either.
        CancellationTimeout = -1,
    }.ConnectionString);

    private TimeSpan Patience => TimeSpan.FromMilliseconds(options.Ingest.PatienceMilliseconds);

    /// <summary>Has it ask now instead of at its pace.</summary>
    public void AskNow()
    {
        try
        {
            _asked.Release();
        }
        catch (SemaphoreFullException)
        {
            // It has been asked and has not begun: that question will do.
        }
    }

    /// <summary>Asks once, for a start that must not wait long.</summary>
    /// <returns>Whether it answered in time.</returns>
    public async Task<bool> Answers()
    {
        try
        {
            await Ask(withCommit: false).WaitAsync(Patience, machine);
            return true;
        }
        catch (Exception failure) when (DatabaseAway.Is(failure))
        {
            return false;
        }
    }

    /// <inheritdoc />
    public override void Dispose()
    {
        _asked.Dispose();
        _database.Dispose();
        base.Dispose();
    }

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await Look(stoppingToken);
            try
            {
                await _asked.WaitAsync(state.IsThere ? s_pace : s_paceInDoubt, stoppingToken);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private async Task Look(CancellationToken cancellation)
    {
        try
        {
            var answer = Task.Run(() => Ask(withCommit: !state.IsThere), CancellationToken.None);
            if (!await IsInTime(answer))
            {
                Lose($"It has not answered for {Patience.TotalSeconds:0.#} s.");
                await answer.WaitAsync(cancellation);
            }

            Take(await answer);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The host stops.
        }
        catch (Exception failure) when (DatabaseAway.Is(failure) || failure is NpgsqlException)
        {
            Lose(failure.Message);
        }
        catch (Exception failure)
        {
            log.LogError(failure, "The database could not be asked whether it is there.");
            Lose("It could not be asked; the log says why.");
        }
    }

    private void Take(bool isReadOnly)
    {
        if (isReadOnly)
        {
            state.Close("It is read-only.");
        }
        else if (!state.IsThere)
        {
            state.Hope();
        }
    }

    private void Lose(string reason)
    {
        if (state.Standing != DatabaseStanding.Away)
        {
            log.LogWarning("The database is away: {Reason}", reason);
        }

        state.Lose(reason);
    }

    // A machine that is out of breath is late itself: then the database gets more time, and is not blamed.
    private async Task<bool> IsInTime(Task answer)
    {
        for (var rounds = 0; rounds < 3; rounds++)
        {
            var start = machine.GetTimestamp();
            if (await Task.WhenAny(answer, Task.Delay(Patience, machine)) == answer)
            {
                return true;
            }

            if (machine.GetElapsedTime(start) < Patience * 1.3)
            {
                return answer.IsCompleted;
            }
        }

        return answer.IsCompleted;
    }

    private async Task<bool> Ask(bool withCommit)
    {
        await using var connection = await _database.OpenConnectionAsync();
        await using var ask = new NpgsqlCommand("SELECT current_setting('transaction_read_only') = 'on'", connection);
        var isReadOnly = (bool)(await ask.ExecuteScalarAsync())!;
        if (withCommit && !isReadOnly)
        {
            // A message in the write-ahead log: nobody reads it, but its commit has to reach the disk.
            ask.CommandText = "SELECT pg_logical_emit_message(true, 'portal', 'probe')";
            await ask.ExecuteNonQueryAsync();
        }

        return isReadOnly;
    }
}
