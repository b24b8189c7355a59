using Portal.Tests.Shared;

namespace Portal.Domain.Tests.Values;

public sealed class StoppedClockTests
{
    private readonly StoppedClock _clock = new("2026-02-05T10:00:00Z");

    [Fact]
    public void It_stands_until_it_is_moved()
    {
        var before = _clock.GetUtcNow();
        Assert.Equal(before, _clock.GetUtcNow());
        _clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(before.AddHours(1), _clock.GetUtcNow());
        Assert.Throws<ArgumentOutOfRangeException>(() => _clock.MoveTo(before));
    }

    [Fact]
    public void Timers_ring_in_order_each_at_its_own_instant()
    {
        var rung = new List<string>();
        using var late = _clock.CreateTimer(_ => rung.Add($"once {_clock.GetUtcNow():HH:mm}"), null, TimeSpan.FromMinutes(25), Timeout.InfiniteTimeSpan);
        using var often = _clock.CreateTimer(_ => rung.Add($"often {_clock.GetUtcNow():HH:mm}"), null, TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(10));
        _clock.Advance(TimeSpan.FromMinutes(30));
        Assert.Equal(["often 10:10", "often 10:20", "once 10:25", "often 10:30"], rung);
    }

    [Fact]
    public async Task A_wait_ends_when_its_time_has_come()
    {
        var wait = Task.Delay(TimeSpan.FromMinutes(5), _clock);
        _clock.Advance(TimeSpan.FromMinutes(4));
        Assert.False(wait.IsCompleted);
        _clock.Advance(TimeSpan.FromMinutes(1));
        await wait.WaitAsync(TimeSpan.FromSeconds(30));
    }
}
