namespace Portal.Domain.Storage;

/// <summary>Work that falls due at instants of business time: closing periods, finalizing drafts, reminding. The schedule only hints at it, and the
/// sandbox clock steps through it in order.</summary>
public interface IClockWork
{
    /// <summary>Asks when its next piece falls due, in business time; an instant that has passed means now.</summary>
    DueQuestion NextDue();

    /// <summary>Does all that is due now. Safe to run twice, at once with itself, and late.</summary>
    Task<JobOutcome> Run(CancellationToken cancellation);
}

/// <summary>What a run of a job came to.</summary>
/// <param name="Done">How many things it did.</param>
/// <param name="Failures">Those that it could not do, each as a sentence; they are tried again later.</param>
public sealed record JobOutcome(int Done, IReadOnlyList<string> Failures)
{
    /// <summary>A run that did everything that it found.</summary>
    public static JobOutcome Of(int done) => new(done, []);
}
