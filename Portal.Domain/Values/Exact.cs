using System.Numerics;

namespace Portal.Domain.Values;

/// <summary>The precision of rated amounts: 12 places, half away from zero, at most 15 digits before the point (as <c>numeric(27,12)</c> holds).</summary>
public static class Exact
{
    /// <summary>How many digits after the point are kept.</summary>
    public const int Places = 12;

    /// <summary>The largest amount that can be rated and stored; −<see cref="Max"/> is the smallest.</summary>
    public const decimal Max = 999_999_999_999_999.999_999_999_999m;

    private static readonly BigInteger s_scale = BigInteger.Pow(10, Places);
    private static readonly BigInteger s_max = BigInteger.Pow(10, Places + 15) - 1;

    /// <summary>Rounds to 12 places, half away from zero, and stays within ±<see cref="Max"/>.</summary>
    public static decimal To12(decimal value) => Math.Clamp(Math.Round(value, Places, MidpointRounding.AwayFromZero), -Max, Max);

    /// <summary>The same for a fraction that no decimal can hold, such as a third; the denominator is positive.</summary>
    public static decimal To12(BigInteger numerator, BigInteger denominator)
    {
        var twice = 2 * denominator;
        var magnitude = ((2 * BigInteger.Abs(numerator) * s_scale) + denominator) / twice;
        var kept = (decimal)BigInteger.Min(magnitude, s_max);

        // Dividing by a power of ten only moves the point: 27 digits fit a decimal whole.
        return numerator.Sign * kept / 1_000_000_000_000m;
    }
}
