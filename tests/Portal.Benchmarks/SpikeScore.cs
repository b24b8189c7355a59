using System.Globalization;
using System.Text.Json;
using Portal.Domain.Limits;

namespace Portal.Benchmarks;

/// <summary>Runs the kill switch over a file with a value for each quarter-hour, half-hour or hour: every window in which it would have paused.</summary>
internal static class SpikeScore
{
    private static readonly TimeSpan[] s_windows = [SpikeRule.Window, TimeSpan.FromMinutes(30), TimeSpan.FromHours(1)];

    public static async Task<int> Run(string path)
    {
        var rows = await SeriesFile.Read(path);
        var activity = rows.Count < 2 ? null : new FileActivity(rows, WindowOf(path, rows));
        var spikes = activity?.Windows.Select(window => SpikeRule.Default.Read(activity, window)).OfType<SpikeReading>().Where(reading => reading.IsSpike);
        Console.WriteLine(JsonSerializer.Serialize(
            new
            {
                Windows = (spikes ?? []).Select(spike => new
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

    /// <summary>The series' own step where it is a quarter-hour, half an hour or an hour; of finer steps as many as fill one of these.</summary>
    private static TimeSpan WindowOf(string path, List<(DateTimeOffset At, decimal Value)> rows)
    {
        var steps = rows.Zip(rows.Skip(1), (one, next) => next.At - one.At).Where(step => step > TimeSpan.Zero).Order().ToList();
        if (steps.Count == 0)
        {
            return SpikeRule.Window;
        }

        // Times may be seconds off; a step of a minute more or less is none of its own.
        var usual = TimeSpan.FromMinutes(Math.Max(1, Math.Round(steps[steps.Count / 2].TotalMinutes)));
        if (usual > s_windows[^1])
        {
            throw new InvalidDataException($"{path}: a value comes every {usual.TotalHours.ToString("0.#", CultureInfo.InvariantCulture)} hours. The rule looks at windows of 15, 30 or 60 minutes.");
        }

        return s_windows.Cast<TimeSpan?>().FirstOrDefault(window => window!.Value.Ticks % usual.Ticks == 0) ?? s_windows.First(window => window >= usual);
    }

    private sealed class FileActivity : IActivity
    {
        private readonly SortedDictionary<long, decimal> _values = [];
        private readonly List<(DateTimeOffset From, TimeSpan Offset)> _offsets = [];
        private readonly DateTimeOffset _start;

        public FileActivity(List<(DateTimeOffset At, decimal Value)> rows, TimeSpan step)
        {
            Step = step;
            var first = rows[0].At.ToUniversalTime();

            // Windows begin where the series' own do, or at the full quarter-hour where its times are no steps.
            _start = rows.TrueForAll(row => (row.At - first).Ticks % step.Ticks == 0) ? first : first.AddTicks(-(first.Ticks % step.Ticks));
            foreach (var (at, value) in rows)
            {
                _values[Index(at)] = _values.GetValueOrDefault(Index(at)) + value;
                if (_offsets.Count == 0 || _offsets[^1].Offset != at.Offset)
                {
                    _offsets.Add((at, at.Offset));
                }
            }

            Begin = rows.Where(row => row.Value != 0).Select(row => (DateTimeOffset?)At(Index(row.At))).FirstOrDefault();
        }

        public TimeSpan Step { get; }

        public DateTimeOffset? Begin { get; }

        public IEnumerable<DateTimeOffset> Windows => _values.Keys.Select(At);

        public decimal At(DateTimeOffset window) => _values.GetValueOrDefault(Index(window));

        /// <summary>The same time of day by the clock that the series was written by: its offset may have changed in between.</summary>
        public DateTimeOffset DaysBefore(DateTimeOffset window, int days) => window.AddDays(-days) + OffsetAt(window) - OffsetAt(window.AddDays(-days));

        private TimeSpan OffsetAt(DateTimeOffset at) => _offsets.FindLast(offset => offset.From <= at).Offset;

        private DateTimeOffset At(long index) => _start + index * Step;

        private long Index(DateTimeOffset at) => (at - _start).Ticks / Step.Ticks;
    }
}
