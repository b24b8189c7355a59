namespace Portal.Domain.Alerts;

/// <summary>Rung after a commit that put a mail into the outbox, so that it leaves at once and not at the next look.</summary>
public sealed class OutboxBell : IDisposable
{
    private readonly SemaphoreSlim _rung = new(0, 1);

    /// <summary>Says that there is something to send.</summary>
    public void Ring()
    {
        try
        {
            _rung.Release();
        }
        catch (SemaphoreFullException)
        {
            // It has been rung and not heard yet: that look will find this mail too.
        }
    }

    /// <summary>Waits until it is rung, or for a time.</summary>
    public Task Wait(TimeSpan atMost, CancellationToken cancellation) => _rung.WaitAsync(atMost, cancellation);

    /// <inheritdoc />
    public void Dispose() => _rung.Dispose();
}
