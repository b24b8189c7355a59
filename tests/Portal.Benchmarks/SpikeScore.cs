using System.Text.Json;
using Portal.Domain.Limits;

namespace Portal.Benchmarks;

/// <summary>Runs the kill switch over a file with a value for each quarter-hour, half-hour or hour: every window in which it would have paused.</summary>
internal static class SpikeScore
{
    private static readonly TimeSpan[] s_steps = [SpikeRule.Window, TimeSpan.FromMinutes(30), TimeSpan.FromHours(1)];

    public static async Task<int> Run(string path)
    {
        var rows = await SeriesFile.Read(path);
        if (rows.Count < 2)
        {
            await Console.Error.WriteLineAsync($"{path} has no two lines with a timestamp and a value.");
            Console.WriteLine("""{"windows":[]}""");
            return 0;
        }

        var activity = new FileActivity(rows, StepOf(rows));
        var spikes = activity.Windows.Select(window => SpikeRule.Default.Read(activity, window)).OfType<SpikeReading>().Where(reading => reading.IsSpike);
        Console.WriteLine(JsonSerializer.Serialize(
            new
            {
                Windows = spikes.Select(spike => new
                {
                    From = spike.Window.Start,
                    To = spike.Window.End,
                    spike.Value,
                    Baseline = Math.Round(spike.Baseline, 6),
                    Percent = spike.Percent is { } percent ? Math.Round(percent, 1) : (decimal?)null,
                }),
            },
            JsonSerializerOptions.Web));
        return 0;
    }

    /// <summary>The step that occurs most; what is finer than a quarter-hour, or has no step, is added up to quarter-hours.</summary>
    private static TimeSpan StepOf(List<(DateTimeOffset At, decimal Value)> rows)
    {
        var usual = rows.Zip(rows.Skip(1), (one, next) => next.At - one.At).Where(step => step > TimeSpan.Zero)
            .GroupBy(step => step).OrderByDescending(steps => steps.Count()).Select(steps => steps.Key).FirstOrDefault();
        return s_steps.Contains(usual) ? usual : SpikeRule.Window;
    }

    private sealed class FileActivity : IActivity
    {
        private readonly Dictionary<long, decimal> _values = [];
        private readonly DateTimeOffset _start;

        public FileActivity(List<(DateTimeOffset At, decimal Value)> rows, TimeSpan step)
        {
            Step = step;
            _start = new DateTimeOffset(rows[0].At.UtcTicks - rows[0].At.UtcTicks % step.Ticks, TimeSpan.Zero);
            foreach (var (at, value) in rows)
            {
                _values[Index(at)] = _values.GetValueOrDefault(Index(at)) + value;
            }

            Begin = rows.Where(row => row.Value != 0).Select(row => (DateTimeOffset?)At(Index(row.At))).FirstOrDefault();
        }

        public TimeSpan Step { get; }

        public DateTimeOffset? Begin { get; }

        public IEnumerable<DateTimeOffset> Windows => Enumerable.Range(0, (int)_values.Keys.Max() + 1).Select(n => At((long)n));

        public decimal At(DateTimeOffset window) => _values.GetValueOrDefault(Index(window));

        public DateTimeOffset DaysBefore(DateTimeOffset window, int days) => window.AddDays(-days);

        private DateTimeOffset At(long index) => _start + index * Step;

        private long Index(DateTimeOffset at) => (at - _start).Ticks / Step.Ticks;
    }
}
