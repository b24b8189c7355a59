using System.Globalization;
using Portal.Domain.Values;

namespace Portal.Domain.Tests.Values;

public sealed class TimeTests
{
    [Fact]
    public void A_period_holds_its_start_and_not_its_end()
    {
        var period = Span("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z");
        Assert.True(period.Contains(period.Start));
        Assert.True(period.Contains(period.End.AddTicks(-1)));
        Assert.False(period.Contains(period.End));
        Assert.False(period.Contains(period.Start.AddTicks(-1)));
        Assert.Equal(TimeSpan.FromDays(31), period.Duration);
    }

    [Fact]
    public void A_period_is_kept_in_utc()
    {
        var period = Span("2026-01-01T01:00:00+01:00", "2026-01-02T00:00:00Z");
        Assert.Equal(TimeSpan.Zero, period.Start.Offset);
        Assert.Equal(At("2026-01-01T00:00:00Z"), period.Start);
    }

    [Fact]
    public void A_period_does_not_run_backwards() => Assert.Throws<ArgumentException>(() => Span("2026-01-02T00:00:00Z", "2026-01-01T00:00:00Z"));

    [Theory]
    [InlineData("2026-01-05", "2026-01-08", "2026-01-05/2026-01-08", "0.3")]
    [InlineData("2025-12-25", "2026-01-03", "2026-01-01/2026-01-03", "0.2")]
    [InlineData("2026-01-10", "2026-02-10", "2026-01-10/2026-01-11", "0.1")]
    [InlineData("2025-01-01", "2027-01-01", "2026-01-01/2026-01-11", "1")]
    [InlineData("2026-01-11", "2026-01-12", null, "0")]
    [InlineData("2025-12-31", "2026-01-01", null, "0")]
    [InlineData("2026-01-05", "2026-01-05", null, "0")]
    public void Periods_have_in_common_what_lies_in_both(string start, string end, string? common, string share)
    {
        var ten = Span("2026-01-01T00:00:00Z", "2026-01-11T00:00:00Z");
        var other = Span(start + "T00:00:00Z", end + "T00:00:00Z");
        var expected = common is null ? (Period?)null : Span(common[..10] + "T00:00:00Z", common[11..] + "T00:00:00Z");
        Assert.Equal(expected, ten.Intersect(other));
        Assert.Equal(expected, other.Intersect(ten));
        Assert.Equal(expected is not null, ten.Overlaps(other));
        Assert.Equal(decimal.Parse(share, CultureInfo.InvariantCulture), other.ShareOf(ten));
    }

    [Fact]
    public void Zones_are_those_of_iana()
    {
        Assert.NotNull(TimeZones.Find("Europe/Berlin"));
        Assert.NotNull(TimeZones.Find("UTC"));
        Assert.Null(TimeZones.Find("W. Europe Standard Time"));
        Assert.Null(TimeZones.Find("Mars/Olympus"));
        Assert.Null(TimeZones.Find(null));
        Assert.Contains("Asia/Kathmandu", TimeZones.Ids);
    }

    [Theory]
    [InlineData(TimeWindow.Hour, "2026-03-29T01:30:00Z", "Europe/Berlin", "2026-03-29T01:00:00Z", "2026-03-29T02:00:00Z")]
    [InlineData(TimeWindow.Hour, "2026-01-01T10:20:00Z", "Asia/Kathmandu", "2026-01-01T10:15:00Z", "2026-01-01T11:15:00Z")]
    [InlineData(TimeWindow.Day, "2026-03-29T12:00:00Z", "Europe/Berlin", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z")]
    [InlineData(TimeWindow.Day, "2026-10-25T12:00:00Z", "Europe/Berlin", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z")]
    [InlineData(TimeWindow.Day, "2026-01-01T00:00:00Z", "UTC", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z")]
    [InlineData(TimeWindow.Month, "2026-03-31T23:00:00Z", "Europe/Berlin", "2026-03-31T22:00:00Z", "2026-04-30T22:00:00Z")]
    public void A_window_is_local(TimeWindow window, string instant, string zone, string start, string end) =>
        Assert.Equal(Span(start, end), window.At(At(instant), TimeZones.Find(zone)!));

    [Theory]
    [InlineData("Europe/Berlin", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z", 23)]
    [InlineData("Europe/Berlin", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z", 25)]
    [InlineData("Australia/Lord_Howe", "2026-04-04T13:00:00Z", "2026-04-05T13:30:00Z", 25)]     // 24.5 hours: 01:30 to 02:00 comes twice
    [InlineData("Australia/Lord_Howe", "2026-10-03T13:30:00Z", "2026-10-04T13:00:00Z", 24)]     // 23.5 hours: 02:00 to 02:30 is skipped
    public void Hours_cover_a_day_without_gap_or_overlap(string zone, string start, string end, int hours)
    {
        var day = Span(start, end);
        Assert.Equal(day, TimeWindow.Day.At(day.Start, TimeZones.Find(zone)!));
        var windows = TimeWindow.Hour.Covering(day, TimeZones.Find(zone)!).ToList();
        Assert.Equal(hours, windows.Count);
        Assert.Equal(day.Start, windows[0].Start);
        Assert.Equal(day.End, windows[^1].End);
        Assert.All(windows.Zip(windows.Skip(1)), pair => Assert.Equal(pair.First.End, pair.Second.Start));
    }

    [Fact]
    public void The_business_clock_runs_ahead_of_the_machine_and_never_back()
    {
        var machine = new HandClock(At("2026-01-01T00:00:00Z"));
        var clock = new BusinessClock(machine);
        Assert.Equal(machine.Now, clock.GetUtcNow());

        Assert.True(clock.MoveTo(At("2026-03-01T00:00:05Z")));
        machine.Now += TimeSpan.FromMinutes(1);
        Assert.Equal(At("2026-03-01T00:01:05Z"), clock.GetUtcNow());

        Assert.False(clock.MoveTo(At("2026-03-01T00:01:04Z")));
        Assert.Equal(At("2026-03-01T00:01:05Z"), clock.GetUtcNow());
        Assert.Equal(clock.GetUtcNow(), new BusinessClock(machine, clock.Offset).GetUtcNow());
    }

    [Fact]
    public async Task The_business_clock_goes_only_forward_when_many_move_it()
    {
        var clock = new BusinessClock(new HandClock(At("2026-01-01T00:00:00Z")));
        await Parallel.ForEachAsync(Enumerable.Range(1, 200), (hour, _) =>
        {
            var before = clock.GetUtcNow();
            clock.MoveTo(At("2026-01-01T00:00:00Z").AddHours(hour));
            Assert.True(clock.GetUtcNow() >= before);
            return ValueTask.CompletedTask;
        });
        Assert.Equal(At("2026-01-09T08:00:00Z"), clock.GetUtcNow());
    }

    [Fact]
    public void Errors_of_fields_are_gathered_by_path()
    {
        var errors = new FieldErrors();
        errors.ThrowIfAny();
        errors.Add(FieldErrors.Path("price", "rate"), "Give a rate.");
        errors.Add(FieldErrors.Path("", "quantity"), "Give a quantity.");
        errors.Add("quantity", "It must not be negative.");

        var thrown = Assert.Throws<InvalidInputException>(errors.ThrowIfAny);
        Assert.Same(errors, thrown.Errors);
        Assert.Equal(["Give a rate."], errors.ToDictionary()["price.rate"]);
        Assert.Equal(["Give a quantity.", "It must not be negative."], errors.ToDictionary()["quantity"]);
        Assert.Equal("price.rate: Give a rate. quantity: Give a quantity. quantity: It must not be negative.", thrown.Message);
    }

    private static Period Span(string start, string end) => new(At(start), At(end));

    private static DateTimeOffset At(string instant) => DateTimeOffset.Parse(instant, CultureInfo.InvariantCulture);

    private sealed class HandClock(DateTimeOffset now) : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = now;

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
