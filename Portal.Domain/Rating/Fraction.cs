using System.Numerics;
using Portal.Domain.Values;

namespace Portal.Domain.Rating;

/// <summary>An exact fraction, so that an amount such as 10 × $1 per 3 is rounded once, at its end, and no product overflows.</summary>
internal readonly struct Fraction
{
    private static readonly BigInteger[] s_powersOfTen = [.. Enumerable.Range(0, 29).Select(n => BigInteger.Pow(10, n))];

    private readonly BigInteger _numerator;
    private readonly BigInteger _denominator;

    // The denominator is positive.
    private Fraction(BigInteger numerator, BigInteger denominator)
    {
        _numerator = numerator;
        _denominator = denominator;
    }

    public static implicit operator Fraction(decimal value)
    {
        Span<int> bits = stackalloc int[4];
        decimal.GetBits(value, bits);
        var mantissa = ((UInt128)(uint)bits[2] << 64) | ((UInt128)(uint)bits[1] << 32) | (uint)bits[0];
        return new Fraction(decimal.IsNegative(value) ? -(BigInteger)mantissa : mantissa, s_powersOfTen[value.Scale]);
    }

    public static Fraction operator *(Fraction left, Fraction right) =>
        new(left._numerator * right._numerator, left._denominator * right._denominator);

    /// <summary>Division by something above zero.</summary>
    public static Fraction operator /(Fraction left, Fraction right) =>
        new(left._numerator * right._denominator, left._denominator * right._numerator);

    public static Fraction operator +(Fraction left, Fraction right)
    {
        if (left._denominator == right._denominator)
        {
            return new Fraction(left._numerator + right._numerator, left._denominator);
        }

        // By the smallest common denominator: else it would grow with every tier.
        var common = BigInteger.GreatestCommonDivisor(left._denominator, right._denominator);
        var rightFactor = left._denominator / common;
        return new Fraction((left._numerator * (right._denominator / common)) + (right._numerator * rightFactor), rightFactor * right._denominator);
    }

    /// <summary>The next whole number that is not below it; it must not be negative.</summary>
    public Fraction Ceiling() => new((_numerator + _denominator - 1) / _denominator, BigInteger.One);

    /// <summary>The amount to 12 places: see <see cref="Exact"/>.</summary>
    public decimal To12() => Exact.To12(_numerator, _denominator);
}
