namespace Portal.Shared;

/// <summary>Long work that a person watches on a page: it can be given up, and work that is asked for anew ends what is under way.</summary>
public sealed class WatchedWork
{
    private CancellationTokenSource? _turn;

    /// <summary>Whether it is under way.</summary>
    public bool IsRunning => _turn is not null;

    /// <summary>Whether the last one was given up.</summary>
    public bool IsCancelled { get; private set; }

    /// <summary>Gives it up, where it is under way.</summary>
    public void Cancel() => _turn?.Cancel();

    /// <summary>Does it.</summary>
    /// <param name="work">What to do, from the begin of its turn on.</param>
    /// <param name="leaving">Gives it up too: the person leaves the page.</param>
    public async Task Run(Func<CancellationToken, Task> work, CancellationToken leaving)
    {
        ArgumentNullException.ThrowIfNull(work);
        if (_turn is { } earlier)
        {
            await earlier.CancelAsync();
        }

        using var turn = CancellationTokenSource.CreateLinkedTokenSource(leaving);
        (_turn, IsCancelled) = (turn, false);
        try
        {
            await work(turn.Token);
        }
        catch (OperationCanceledException) when (turn.IsCancellationRequested)
        {
            IsCancelled = ReferenceEquals(_turn, turn);
        }
        finally
        {
            _turn = ReferenceEquals(_turn, turn) ? null : _turn;
        }
    }
}
