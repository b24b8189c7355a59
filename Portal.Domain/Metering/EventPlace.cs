using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Portal.Domain.Values;

namespace Portal.Domain.Metering;

/// <summary>A place in a customer's events, newest first: between two pages.</summary>
internal readonly record struct EventPlace(DateTimeOffset Time, string Id)
{
    /// <summary>Reads a place from what <see cref="ToString"/> gave.</summary>
    /// <exception cref="InvalidInputException">It is none.</exception>
    public static EventPlace Parse(string text)
    {
        var bytes = new byte[Base64Url.GetMaxDecodedLength(text.Length)];
        if (Base64Url.IsValid(text)
            && Base64Url.TryDecodeFromChars(text, bytes, out var length)
            && Encoding.UTF8.GetString(bytes.AsSpan(0, length)).Split('/', 2) is [var ticks, var id]
            && long.TryParse(ticks, NumberStyles.None, CultureInfo.InvariantCulture, out var time)
            && time <= DateTimeOffset.MaxValue.Ticks
            && !id.Contains('\0', StringComparison.Ordinal))
        {
            return new EventPlace(new DateTimeOffset(time, TimeSpan.Zero), id);
        }

        throw InvalidInputException.At("after", "This is no 'next' of an earlier answer. Leave it out to begin with the newest.");
    }

    /// <summary>The place as opaque text, safe in an address.</summary>
    public override string ToString() =>
        Base64Url.EncodeToString(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Time.UtcTicks}/{Id}")));
}
