using System.Collections.Concurrent;
using Portal.Domain.Storage;

namespace Portal.Domain.Invoicing;

/// <summary>Bills what is due in transactions of many, several at once. Where one fails, each of its things is tried alone: the one at fault stands aside, and holds up no other.</summary>
/// <param name="due">What is due, the first first; some of it where there is much.</param>
/// <param name="bill">Claims what is due still and bills it, in one transaction.</param>
/// <param name="standAside">Lets the one that failed alone wait, and says so in a sentence.</param>
internal sealed class BillingBatches<TKey>(
    Func<CancellationToken, Task<List<TKey>>> due, Func<BillingBatch<TKey>, CancellationToken, Task> bill, Func<TKey, Exception, CancellationToken, Task<string>> standAside)
{
    /// <summary>How many are looked up at most in one go.</summary>
    public const int LookAhead = 10_000;

    private const int PerTransaction = 50;
    private const int Rounds = 1_000;
    private const int Workers = 3;

    private readonly ConcurrentQueue<TKey[]> _waiting = new();

    /// <summary>Bills all that is due.</summary>
    public async Task<JobOutcome> Run(CancellationToken cancellation)
    {
        var (taken, failures) = (0, new List<string>());
        for (var round = 0; round < Rounds && await due(cancellation) is { Count: > 0 } keys; round++)
        {
            foreach (var chunk in keys.Chunk(PerTransaction))
            {
                _waiting.Enqueue(chunk);
            }

            // While one worker waits for the disk, another one rates.
            var batches = (await Task.WhenAll(Enumerable.Range(0, Math.Min(Workers, _waiting.Count)).Select(_ => Task.Run(() => Work(cancellation), cancellation)))).SelectMany(done => done).ToList();
            failures.AddRange(batches.SelectMany(batch => batch.Failures));
            taken += batches.Sum(batch => batch.Taken);
            if (batches.TrueForAll(batch => batch.Taken == 0))
            {
                // Another runner has all of it.
                break;
            }
        }

        return new JobOutcome(taken - failures.Count, failures);
    }

    private async Task<List<BillingBatch<TKey>>> Work(CancellationToken cancellation)
    {
        var batches = new List<BillingBatch<TKey>>();
        while (_waiting.TryDequeue(out var keys))
        {
            batches.AddRange(await Bill(keys, cancellation));
        }

        return batches;
    }

    private async Task<IReadOnlyList<BillingBatch<TKey>>> Bill(TKey[] keys, CancellationToken cancellation)
    {
        var batch = new BillingBatch<TKey>(keys);
        try
        {
            await bill(batch, cancellation);
            return [batch];
        }
        catch (Exception exception) when (BillingFault.Is(exception))
        {
            // Nothing of it was stored.
            return keys is [var alone]
                ? [new BillingBatch<TKey>(keys) { Taken = 1, Failures = { await standAside(alone, exception, cancellation) } }]
                : await BillEach(keys, cancellation);
        }
    }

    private async Task<List<BillingBatch<TKey>>> BillEach(TKey[] keys, CancellationToken cancellation)
    {
        var batches = new List<BillingBatch<TKey>>();
        foreach (var key in keys)
        {
            batches.AddRange(await Bill([key], cancellation));
        }

        return batches;
    }
}

/// <summary>What one transaction bills.</summary>
/// <param name="keys">What it may claim.</param>
internal sealed class BillingBatch<TKey>(TKey[] keys)
{
    /// <summary>What it may claim.</summary>
    public TKey[] Keys => keys;

    /// <summary>How many it has claimed.</summary>
    public int Taken { get; set; }

    /// <summary>What it could not do, a sentence each.</summary>
    public List<string> Failures { get; init; } = [];
}
