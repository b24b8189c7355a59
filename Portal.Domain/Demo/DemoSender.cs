using System.Text;
using Portal.Domain.Accounts;
using Portal.Domain.Metering;

namespace Portal.Domain.Demo;

/// <summary>Sends the demo's events through the same check and the same writer as anybody's.</summary>
public sealed class DemoSender(EventIntake intake, EventWriter writer)
{
    private const int EventsPerBatch = 5_000;

    /// <summary>Sends events in the short form.</summary>
    /// <exception cref="InvalidOperationException">An event was not stored: the demo and its catalog disagree.</exception>
    public async Task Send(IReadOnlyList<string> events, CancellationToken cancellation)
    {
        foreach (var chunk in events.Chunk(EventsPerBatch))
        {
            cancellation.ThrowIfCancellationRequested();
            var batch = intake.NewBatch();
            var parser = intake.Parser(Actor.System);
            for (var index = 0; index < chunk.Length; index++)
            {
                parser.ReadLine(Encoding.UTF8.GetBytes(chunk[index]), index, batch);
            }

            if (await writer.Write(batch) != WriteOutcome.Stored || batch.Rejected.Count > 0)
            {
                throw new InvalidOperationException($"A demo event was not stored: {(batch.Rejected.Count > 0 ? batch.Rejected[0].Message : "the database is away")}.");
            }
        }
    }
}
