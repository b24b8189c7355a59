namespace Portal.Domain.Values;

/// <summary>The time of the business: the machine's clock plus an offset, which the sandbox moves forward and nobody moves back.</summary>
/// <remarks>Inject it by this type and never register it as <see cref="TimeProvider"/>: cookies, leases and the scheduler stay on the machine's clock.
/// Whoever moves it stores <see cref="Offset"/> and passes it in again after a restart.</remarks>
public sealed class BusinessClock(TimeProvider machine, TimeSpan offset = default) : TimeProvider
{
    private readonly Lock _moving = new();
    private long _offsetTicks = offset.Ticks;

    /// <summary>How far ahead of the machine's clock it runs.</summary>
    public TimeSpan Offset => TimeSpan.FromTicks(Interlocked.Read(ref _offsetTicks));

    /// <summary>UTC: business time has zones of its own, those of the customers.</summary>
    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override long TimestampFrequency => machine.TimestampFrequency;

    /// <summary>Now, to the microsecond: as fine as the database keeps it, so that what was written reads back the same.</summary>
    public override DateTimeOffset GetUtcNow()
    {
        var now = machine.GetUtcNow() + Offset;
        return now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMicrosecond));
    }

    public override long GetTimestamp() => machine.GetTimestamp();

    /// <summary>A timer of the machine: moving the clock does not make it due earlier.</summary>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        machine.CreateTimer(callback, state, dueTime, period);

    /// <summary>Sets the clock at start-up, also to an instant that has passed; afterwards only <see cref="MoveTo"/> moves it.</summary>
    public void StartAt(DateTimeOffset instant)
    {
        lock (_moving)
        {
            Interlocked.Exchange(ref _offsetTicks, (instant - machine.GetUtcNow()).Ticks);
        }
    }

    /// <summary>Moves the clock forward to an instant, from which it runs on; false, and nothing done, when that instant has passed.</summary>
    public bool MoveTo(DateTimeOffset instant)
    {
        lock (_moving)
        {
            var ahead = instant - GetUtcNow();
            if (ahead < TimeSpan.Zero)
            {
                return false;
            }

            Interlocked.Add(ref _offsetTicks, ahead.Ticks);
            return true;
        }
    }
}
