using NodaTime;
using Portal.Domain.Limits;
using Portal.Domain.Values;

namespace Portal.Domain.Tests.Limits;

/// <summary>T-25, the rule: seasons and new customers are never paused, a tenfold loop is caught within two windows.</summary>
public sealed class SpikeRuleTests
{
    private static readonly DateTimeOffset s_begin = new(2026, 2, 2, 0, 0, 0, TimeSpan.Zero);

    public static TheoryData<int, int> SeedsAndSteps { get; } = new()
    {
        { 1, 15 }, { 2, 15 }, { 3, 15 }, { 4, 30 }, { 5, 30 }, { 6, 60 }, { 7, 60 },
    };

    [Theory, MemberData(nameof(SeedsAndSteps))]
    public void Days_weeks_and_loud_weekend_nights_are_never_paused(int seed, int minutes)
    {
        var traffic = Traffic(seed, minutes);
        Assert.Empty(Spikes(traffic, 60));
    }

    [Theory, MemberData(nameof(SeedsAndSteps))]
    public void A_tenfold_loop_is_caught_within_two_windows_at_any_hour_of_the_day(int seed, int minutes)
    {
        for (var hour = 0; hour < 24; hour += 4)
        {
            var loop = s_begin.AddDays(30).AddHours(hour);
            var traffic = Traffic(seed, minutes).With(at => at >= loop && at < loop.AddHours(3) ? 10 : 1);
            Assert.Equal(loop + traffic.Step, Spikes(traffic, 31, from: 29)[0].Window.Start);
        }
    }

    [Fact]
    public void One_loud_window_alone_is_no_spike()
    {
        var loud = s_begin.AddDays(20).AddHours(9);
        Assert.Empty(Spikes(Steady(10).With(at => at == loud ? 50 : 1), 30));
    }

    [Fact]
    public void A_spike_is_more_than_four_times_what_is_usual()
    {
        var loop = s_begin.AddDays(20);
        Assert.Empty(Spikes(Steady(10).With(at => at >= loop ? 4 : 1), 21));
        var spikes = Spikes(Steady(10).With(at => at >= loop ? 4.01m : 1), 21);
        Assert.Equal(10, spikes[0].Baseline);
        Assert.Equal(401, spikes[0].Percent);
    }

    [Fact]
    public void What_was_as_loud_at_the_same_time_in_the_last_14_days_is_no_spike()
    {
        // A batch each week, ten times as loud as the hours around it.
        bool IsBatch(DateTimeOffset at) => at.DayOfWeek == DayOfWeek.Sunday && at.Hour == 2;
        Assert.DoesNotContain(Spikes(Steady(10).With(at => at > s_begin.AddDays(10) && IsBatch(at) ? 10 : 1), 60), spike => spike.Window.Start > s_begin.AddDays(18));
    }

    [Fact]
    public void Below_five_dollars_an_hour_nothing_is_a_spike()
    {
        var loop = s_begin.AddDays(20);
        Assert.Empty(Spikes(Steady(0.01m).With(at => at >= loop ? 125 : 1), 21));
        Assert.NotEmpty(Spikes(Steady(0.01m).With(at => at >= loop ? 126 : 1), 21));
    }

    [Fact]
    public void In_its_first_24_hours_a_customer_is_never_paused()
    {
        var traffic = Steady(1).With(at => at >= s_begin.AddHours(2) ? 100 : 1);
        Assert.Empty(Spikes(traffic, 1));
    }

    [Fact]
    public void Until_there_are_three_days_the_mean_of_the_last_24_hours_is_what_is_usual()
    {
        var loop = s_begin.AddHours(40);
        var spikes = Spikes(Steady(10).With(at => at >= loop ? 6.1m : 1), 2);
        Assert.Equal(loop.AddMinutes(15), spikes[0].Window.Start);
        Assert.Equal(10, spikes[0].Baseline);
    }

    [Fact]
    public void Where_nothing_is_usual_there_is_no_percentage()
    {
        var spikes = Spikes(Steady(0).With(_ => 1, at => at == s_begin || at >= s_begin.AddDays(20) ? 500 : 0), 21);
        Assert.Null(spikes[0].Percent);
    }

    [Fact]
    public void When_the_clocks_change_the_same_hour_is_the_customers_own()
    {
        // Clocks go forward on 29 March: nine o'clock in Berlin comes an hour earlier in UTC.
        var zone = DateTimeZoneProviders.Tzdb["Europe/Berlin"];
        var traffic = new TestActivity(TimeSpan.FromMinutes(15), s_begin, at => Instant.FromDateTimeOffset(at).InZone(zone).Hour is >= 9 and < 18 ? 400 : 2, zone);
        Assert.Empty(Spikes(traffic, 90));
    }

    [Fact]
    public void What_a_person_has_let_pass_is_no_spike_again_until_it_grows_by_half()
    {
        var loop = s_begin.AddDays(20);
        var traffic = Steady(10).With(at => at >= loop ? 10 : 1);
        var window = loop.AddMinutes(15);
        Assert.True(SpikeRule.Default.Read(traffic, window)!.IsSpike);
        Assert.False(SpikeRule.Default.Read(traffic, window, accepted: 100)!.IsSpike);
        Assert.True(SpikeRule.Default.Read(traffic, window, accepted: 60)!.IsSpike);
    }

    [Fact]
    public void A_rule_that_is_off_finds_nothing_and_still_says_what_is_usual()
    {
        var loop = s_begin.AddDays(20);
        var reading = (SpikeRule.Default with { On = false }).Read(Steady(10).With(at => at >= loop ? 10 : 1), loop.AddMinutes(15))!;
        Assert.False(reading.IsSpike);
        Assert.Equal((100, 10), (reading.Value, reading.Baseline));
    }

    private static List<SpikeReading> Spikes(TestActivity activity, int days, int from = 0) =>
    [
        .. Enumerable.Range(0, (int)(TimeSpan.TicksPerDay / activity.Step.Ticks) * (days - from))
            .Select(n => SpikeRule.Default.Read(activity, s_begin.AddDays(from) + n * activity.Step)).OfType<SpikeReading>().Where(reading => reading.IsSpike),
    ];

    private static TestActivity Steady(decimal value) => new(TimeSpan.FromMinutes(15), s_begin, at => at >= s_begin ? value : 0);

    /// <summary>A city's demand: mornings and evenings, quieter Sundays, nights to Saturday and Sunday that are loud and become louder, and noise.</summary>
    private static TestActivity Traffic(int seed, int minutes)
    {
        var noise = new Random(seed);
        var factors = Enumerable.Range(0, 200_000).Select(_ => (decimal)(0.75 + 0.5 * noise.NextDouble())).ToArray();
        return new TestActivity(TimeSpan.FromMinutes(minutes), s_begin, at =>
        {
            var hour = (decimal)at.TimeOfDay.TotalHours;
            var day = hour < 5 ? 8 - hour : hour < 9 ? 4 + 8 * (hour - 5) : hour < 18 ? 36 : 50 - 5 * (hour - 18);
            var isNightOut = hour < 4 && at.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday;
            var level = isNightOut ? day * (at < s_begin.AddDays(14) ? 2.2m : 2.8m) : at.DayOfWeek == DayOfWeek.Sunday ? day * 0.7m : day;
            return at < s_begin ? 0 : level * minutes * factors[(int)((at - s_begin).TotalMinutes / minutes)];
        });
    }

    private sealed class TestActivity(TimeSpan step, DateTimeOffset begin, Func<DateTimeOffset, decimal> at, DateTimeZone? zone = null) : IActivity
    {
        public TimeSpan Step => step;

        public DateTimeOffset? Begin => begin;

        public decimal At(DateTimeOffset window) => at(window);

        public DateTimeOffset DaysBefore(DateTimeOffset window, int days) => zone is null ? window.AddDays(-days) : zone.SameTimeAfter(window, -days);

        public TestActivity With(Func<DateTimeOffset, decimal> factor, Func<DateTimeOffset, decimal>? more = null) =>
            new(step, begin, window => at(window) * factor(window) + (more?.Invoke(window) ?? 0), zone);
    }
}
