using Microsoft.Extensions.Logging;
using Npgsql;

namespace Portal.Domain.Metering;

/// <summary>A writer loop's connection and memory, with the patience for a database that stumbles: nothing is lost, nothing is stored twice.</summary>
internal sealed class WriterSession(NpgsqlDataSource database, UsageGroups groups, VersionTurns turns, TimeProvider machine, ILogger log) : IAsyncDisposable
{
    private const int Attempts = 4;

    private readonly EventCommit _commit = new(UsageChanges.Channel, turns);
    private NpgsqlConnection? _connection;

    /// <summary>The customers whose usage the last transaction changed.</summary>
    public IReadOnlyCollection<int> Customers => _commit.Customers;

    /// <summary>Stores batches in one transaction, again and again where the database stumbles, until it is stored or the patience ends.</summary>
    /// <param name="batches">The batches, in their order.</param>
    /// <param name="abandoned">Ends the patience: nobody waits any more. What is under way is not cut off, since nobody could say whether it is in.</param>
    /// <exception cref="PostgresException">The database refuses what is in the batches; trying again will not help.</exception>
    public async Task<WriteOutcome> Store(IReadOnlyList<EventBatch> batches, CancellationToken abandoned)
    {
        for (var attempt = 1; ; attempt++)
        {
            _commit.Begin();
            try
            {
                await NumberGroups(batches);
                await _commit.Run(await Connection(), batches, CancellationToken.None);
                _commit.Complete(batches);
                return WriteOutcome.Stored;
            }
            catch (Exception exception) when (IsPassing(exception))
            {
                await Disconnect();
                if (abandoned.IsCancellationRequested)
                {
                    return GiveUp(exception);
                }

                if (_commit is { IsCommitting: true, TransactionId: { } id } && await IsCommitted(id) is var isCommitted and not false)
                {
                    if (isCommitted is null)
                    {
                        return GiveUp(exception);
                    }

                    _commit.Complete(batches);
                    return WriteOutcome.Stored;
                }

                if (attempt == Attempts)
                {
                    return GiveUp(exception);
                }

                await Pause(attempt);
            }
            catch
            {
                // A transaction that was broken off leaves a connection in an unknown state.
                await Disconnect();
                throw;
            }
        }
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync() => Disconnect();

    /// <summary>Whether an answer is about what was sent (bad data, a broken constraint, too large) and not about the state that the database is in.</summary>
    public static bool IsAboutData(PostgresException answer) => answer.SqlState.AsSpan(0, 2) is "22" or "23" or "54" && !IsPartitionMade(answer);

    // A month was made while rows of it were on their way to the default partition: the next try finds it. Only this check has no name.
    private static bool IsPartitionMade(PostgresException answer) =>
        answer is { SqlState: PostgresErrorCodes.CheckViolation, ConstraintName: null or "" };

    // What may be gone the next time: conflicts between transactions, a server that stops or starts, is read-only or full, a connection that broke. Never a fault of the data.
    private static bool IsPassing(Exception exception) => exception switch
    {
        PostgresException answer => !IsAboutData(answer),
        NpgsqlException or KeyInUseException or IOException or TimeoutException => true,
        _ => false,
    };

    private async ValueTask<NpgsqlConnection> Connection() => _connection ??= await database.OpenConnectionAsync();

    private async ValueTask Disconnect()
    {
        if (_connection is { } broken)
        {
            _connection = null;
            await broken.DisposeAsync();
        }
    }

    private Task NumberGroups(IReadOnlyList<EventBatch> batches)
    {
        HashSet<UsageGroup>? unnumbered = null;
        foreach (var batch in batches)
        {
            foreach (var reading in batch.Readings)
            {
                if (reading.Group.Id == 0)
                {
                    (unnumbered ??= []).Add(reading.Group);
                }
            }
        }

        return unnumbered is null ? Task.CompletedTask : groups.Number(unnumbered, CancellationToken.None);
    }

    /// <summary>What became of a transaction whose reply was lost: the database knows. Null where it cannot be asked, or has not decided.</summary>
    private async Task<bool?> IsCommitted(string transactionId)
    {
        for (var attempt = 1; attempt <= Attempts; attempt++)
        {
            try
            {
                await using var ask = new NpgsqlCommand("SELECT pg_xact_status($1::xid8)", await Connection());
                ask.Parameters.Add(new NpgsqlParameter<string> { TypedValue = transactionId });
                var status = (string?)await ask.ExecuteScalarAsync();
                if (status != "in progress")
                {
                    return status == "committed";
                }
            }
            catch (NpgsqlException exception)
            {
                log.LogWarning("The outcome of a commit is not known yet: {Reason}", exception.Message);
                await Disconnect();
            }

            await Pause(attempt);
        }

        return null;
    }

    private WriteOutcome GiveUp(Exception exception)
    {
        log.LogWarning("The database cannot store events: {Reason}", exception.Message);
        return WriteOutcome.Unavailable;
    }

    // 50, 100, 200, … ms, each up to half longer, so that those who collided do not collide again.
    private Task Pause(int attempt) =>
        Task.Delay(TimeSpan.FromMilliseconds(50 * (1 << (attempt - 1)) * (1 + (Random.Shared.NextDouble() / 2))), machine);
}
