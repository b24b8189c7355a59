namespace Portal.Domain.Metering;

/// <summary>Batches of one request that share a transaction, with whoever waits for its end.</summary>
internal sealed class WaitingBatch(IReadOnlyList<EventBatch> batches)
{
    private readonly TaskCompletionSource<WriteOutcome> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public IReadOnlyList<EventBatch> Batches { get; } = batches;

    public int Events { get; } = batches.Sum(batch => batch.Events.Count + batch.Inbox.Count);

    public long Bytes { get; } = batches.Sum(batch => batch.Bytes);

    public Task<WriteOutcome> Outcome => _outcome.Task;

    public void End(WriteOutcome outcome) => _outcome.TrySetResult(outcome);

    public void Fail(Exception exception) => _outcome.TrySetException(exception);

    /// <summary>Takes the batches away from the transaction that they may be in: whoever waits is free to store them elsewhere, and its end does not touch them.</summary>
    public void Detach()
    {
        var isDetached = false;
        foreach (var batch in Batches)
        {
            isDetached |= batch.TryDetach();
        }

        // Batches that are complete already end with their transaction, which is a moment away.
        if (isDetached)
        {
            End(WriteOutcome.Unavailable);
        }
    }
}
