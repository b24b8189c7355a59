namespace Portal.Shared;

/// <summary>Does something at once when it is signalled, and again at most once in a gap. The last signal is never lost, and it never runs twice at once.</summary>
internal sealed class Pace(TimeSpan gap, TimeProvider machine, Func<Task> act, CancellationToken end)
{
    private long? _last;
    private int _isDue;
    private int _isRunning;

    /// <summary>Says that it is due.</summary>
    internal void Signal()
    {
        Volatile.Write(ref _isDue, 1);
        if (Interlocked.Exchange(ref _isRunning, 1) == 0)
        {
            _ = Run();
        }
    }

    private async Task Run()
    {
        do
        {
            while (Volatile.Read(ref _isDue) == 1 && !end.IsCancellationRequested)
            {
                if (_last is { } last && gap - machine.GetElapsedTime(last) is { Ticks: > 0 } wait)
                {
                    await Task.Delay(wait, machine, end).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }

                // From here on a signal is a new one: what it is about may come too late for this run.
                _last = machine.GetTimestamp();
                Volatile.Write(ref _isDue, 0);
                await act();
            }

            Volatile.Write(ref _isRunning, 0);
        }
        while (Volatile.Read(ref _isDue) == 1 && !end.IsCancellationRequested && Interlocked.Exchange(ref _isRunning, 1) == 0);
    }
}
