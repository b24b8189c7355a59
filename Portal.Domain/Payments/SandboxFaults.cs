using System.Collections.Concurrent;

namespace Portal.Domain.Payments;

/// <summary>What can go wrong with a card processor.</summary>
public enum SandboxFault
{
    /// <summary>The card is charged, or money given back, and no answer comes.</summary>
    TimeoutAfterCharge,

    /// <summary>The processor fails before it does anything.</summary>
    ServerError,

    /// <summary>The messages about it come five times each.</summary>
    WebhooksDuplicated,

    /// <summary>The messages about it come in the wrong order.</summary>
    WebhooksReordered,

    /// <summary>The messages about it come three days later.</summary>
    WebhooksLate,
}

/// <summary>Faults that were ordered of the sandbox's card processor: each happens to one of the next charges or refunds.</summary>
public sealed class SandboxFaults
{
    private readonly ConcurrentDictionary<SandboxFault, int> _left = new();

    /// <summary>Orders a fault for the next charges or refunds.</summary>
    /// <param name="fault">Which.</param>
    /// <param name="times">For how many of them; 0 takes the order back.</param>
    public void Order(SandboxFault fault, int times) => _left[fault] = times;

    /// <summary>Whether a fault happens now; it is used up by that.</summary>
    internal bool Take(SandboxFault fault)
    {
        while (_left.TryGetValue(fault, out var left) && left > 0)
        {
            if (_left.TryUpdate(fault, left - 1, left))
            {
                return true;
            }
        }

        return false;
    }
}
