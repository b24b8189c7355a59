namespace Portal.Domain.Metering;

/// <summary>Reads the time of an event: RFC 3339 with an offset, kept to the microsecond, further digits cut.</summary>
/// <remarks>A leap second (23:59:60 in UTC) becomes the last microsecond before it, so that the event stays in its day and its billing period.</remarks>
public static class EventTime
{
    /// <summary>What a time looks like, for error messages.</summary>
    public const string Rule = "'time' is an RFC 3339 date-time with an offset, such as \"2026-02-05T10:00:00Z\"";

    private const int DateTimeLength = 19;
    private const int MinutesPerDay = 24 * 60;

    /// <summary>Reads a time as ticks since 0001-01-01 in UTC; they may lie outside what a <see cref="DateTime"/> holds, by the offset.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out long ticks)
    {
        ticks = 0;
        if (text.Length <= DateTimeLength
            || !Number(text, 0, 4, out var year) || text[4] != '-'
            || !Number(text, 5, 2, out var month) || text[7] != '-'
            || !Number(text, 8, 2, out var day) || (text[10] | 0x20) != 't'
            || !Number(text, 11, 2, out var hour) || text[13] != ':'
            || !Number(text, 14, 2, out var minute) || text[16] != ':'
            || !Number(text, 17, 2, out var second)
            || year < 1 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month)
            || hour > 23 || minute > 59 || second > 60)
        {
            return false;
        }

        var rest = text[DateTimeLength..];
        if (!Fraction(ref rest, out var fraction) || !Offset(rest, out var offsetMinutes))
        {
            return false;
        }

        if (second == 60)
        {
            var utcMinute = ((hour * 60) + minute - offsetMinutes + (2 * MinutesPerDay)) % MinutesPerDay;
            if (utcMinute != MinutesPerDay - 1)
            {
                return false;
            }

            (second, fraction) = (59, TimeSpan.TicksPerSecond - TimeSpan.TicksPerMicrosecond);
        }

        ticks = new DateTime(year, month, day, hour, minute, second).Ticks + fraction - (offsetMinutes * TimeSpan.TicksPerMinute);
        return true;
    }

    private static bool Fraction(ref ReadOnlySpan<byte> rest, out long ticks)
    {
        ticks = 0;
        if (rest[0] != '.')
        {
            return true;
        }

        var scale = TimeSpan.TicksPerSecond;
        var length = 1;
        while (length < rest.Length && char.IsAsciiDigit((char)rest[length]))
        {
            scale /= 10;
            ticks += (rest[length] - '0') * scale;
            length++;
        }

        ticks -= ticks % TimeSpan.TicksPerMicrosecond;
        rest = rest[length..];
        return length > 1 && rest.Length > 0;
    }

    private static bool Offset(ReadOnlySpan<byte> rest, out int minutes)
    {
        minutes = 0;
        if (rest.Length == 1)
        {
            return (rest[0] | 0x20) == 'z';
        }

        if (rest.Length != 6 || rest[0] is not ((byte)'+' or (byte)'-') || rest[3] != ':'
            || !Number(rest, 1, 2, out var hours) || !Number(rest, 4, 2, out minutes) || hours > 23 || minutes > 59)
        {
            return false;
        }

        minutes = ((hours * 60) + minutes) * (rest[0] == '-' ? -1 : 1);
        return true;
    }

    private static bool Number(ReadOnlySpan<byte> text, int start, int length, out int value)
    {
        value = 0;
        foreach (var character in text.Slice(start, length))
        {
            if (!char.IsAsciiDigit((char)character))
            {
                return false;
            }

            value = (value * 10) + (character - '0');
        }

        return true;
    }
}
