using System.Globalization;
using System.Numerics;

namespace Portal.Domain.Values;

/// <summary>A decimal as text, by the API's grammar: an optional minus, 1 to 15 digits, and optionally a point with 1 to 12 digits.</summary>
/// <remarks>Nothing else is a number here: no exponent, plus sign, space or separator. What does not fit is refused, never rounded.</remarks>
public static class DecimalText
{
    /// <summary>The grammar in a sentence, for error messages.</summary>
    public const string Rule = "A decimal is an optional minus, at most 15 digits and at most 12 digits after a point, such as \"96.791325\".";

    /// <summary>The most characters of a decimal's text: 29 digits, a sign, a point and a zero before it.</summary>
    public const int LengthMax = 32;

    private const string Shortest = "0.############################";
    private const int DigitsMax = 15;

    // Eighteen digits always fit a ulong; the nine that may follow go into a second one.
    private const int HeadDigits = 18;

    /// <summary>Reads a decimal, keeping its scale ("0.10" stays 0.10); false when the text breaks the grammar.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out decimal value) => TryParseDigits(text, out value);

    /// <summary>The same from UTF-8, without allocating: ingest reads every quantity this way.</summary>
    public static bool TryParse(ReadOnlySpan<byte> utf8, out decimal value) => TryParseDigits(utf8, out value);

    /// <summary>The shortest text of a decimal: no exponent, no zeros at the end, never "-0".</summary>
    public static string Format(decimal value) => value == 0 ? "0" : value.ToString(Shortest, CultureInfo.InvariantCulture);

    /// <summary>The same as UTF-8, without allocating.</summary>
    /// <param name="value">The decimal.</param>
    /// <param name="utf8">Takes the text; <see cref="LengthMax"/> bytes are always enough.</param>
    /// <returns>How many bytes were written.</returns>
    public static int Format(decimal value, Span<byte> utf8)
    {
        // A zero may have a sign, which the format would keep.
        (value == 0 ? 0 : value).TryFormat(utf8, out var written, Shortest, CultureInfo.InvariantCulture);
        return written;
    }

    /// <summary>The text of a decimal with exactly that many digits after the point; further ones are rounded half away from zero.</summary>
    public static string FormatFixed(decimal value, int places) =>
        Math.Round(value, places, MidpointRounding.AwayFromZero).ToString($"F{places}", CultureInfo.InvariantCulture);

    /// <summary>The text of a decimal with the digits it was entered with: "0.10" stays "0.10".</summary>
    public static string FormatAsEntered(decimal value) => value.ToString(CultureInfo.InvariantCulture);

    private static bool TryParseDigits<TChar>(ReadOnlySpan<TChar> text, out decimal value)
        where TChar : unmanaged, IBinaryInteger<TChar>
    {
        value = 0;
        var negative = text.Length > 0 && uint.CreateTruncating(text[0]) == '-';
        var digits = negative ? text[1..] : text;
        ulong head = 0;
        ulong tail = 0;
        ulong tailScale = 1;
        var read = 0;
        var point = -1;

        for (var i = 0; i < digits.Length; i++)
        {
            var character = uint.CreateTruncating(digits[i]);
            if (character == '.' && point < 0 && read > 0)
            {
                point = i;
                continue;
            }

            var digit = character - '0';
            if (digit > 9 || read == DigitsMax + Exact.Places)
            {
                return false;
            }

            if (read < HeadDigits)
            {
                head = (head * 10) + digit;
            }
            else
            {
                tail = (tail * 10) + digit;
                tailScale *= 10;
            }

            read++;
        }

        var whole = point < 0 ? read : point;
        var places = read - whole;
        if (whole is 0 or > DigitsMax || places > Exact.Places || (point >= 0 && places == 0))
        {
            return false;
        }

        var mantissa = ((UInt128)head * tailScale) + tail;
        var high = (ulong)(mantissa >> 64);
        var low = (ulong)mantissa;
        value = new decimal((int)low, (int)(low >> 32), (int)high, negative && mantissa != 0, (byte)places);
        return true;
    }
}
