using Portal.Domain.Alerts;
using Portal.Domain.Storage;

namespace Portal.Domain.Ledger;

/// <summary>Proves the books every night; where they differ from the documents, the jobs page says so and an alarm is raised.</summary>
public sealed class LedgerRun(LedgerProof proof, AlarmWriter alarms)
{
    private const int NamedInAlarm = 5;

    /// <summary>Proves them now.</summary>
    /// <returns>One thing done, and a sentence for each difference.</returns>
    public async Task<JobOutcome> Run(CancellationToken cancellation)
    {
        var differences = await proof.Differences(cancellation);
        if (differences.Count > 0)
        {
            await alarms.Raise(
                "ledger.differs", "The books and the documents differ.",
                $"{string.Join(' ', differences.Take(NamedInAlarm))} The jobs page names all of it. Until it is explained, do not close the month.");
        }

        return new JobOutcome(1, differences);
    }
}
