using System.Globalization;
using System.Numerics;

namespace Portal.Domain.Values;

/// <summary>A payable amount: whole minor units (cents, yen, fils) of one currency. Mixing currencies throws.</summary>
/// <param name="Minor">The amount in minor units: 4217 is $42.17.</param>
/// <param name="Currency">The currency it is payable in.</param>
public readonly record struct Money(long Minor, Currency Currency) : IComparable<Money>
{
    /// <summary>The amount in the currency's own unit: 42.17.</summary>
    public decimal Amount => (decimal)Minor / Currency.MinorUnits;

    /// <summary>Nothing to pay, in a currency.</summary>
    public static Money Zero(Currency currency) => new(0, currency);

    /// <summary>Rounds an exact amount to the currency's minor unit, half away from zero: the one place where that is done.</summary>
    public static Money Round(decimal exact, Currency currency)
    {
        ArgumentNullException.ThrowIfNull(currency);
        if (Math.Abs(exact) > Exact.Max)
        {
            throw new ArgumentOutOfRangeException(nameof(exact), exact, "An amount has at most 15 digits before the point.");
        }

        return new Money((long)Math.Round(exact * currency.MinorUnits, 0, MidpointRounding.AwayFromZero), currency);
    }

    /// <summary>The sum of amounts in one currency; zero when there are none.</summary>
    public static Money Sum(IEnumerable<Money> amounts, Currency currency)
    {
        ArgumentNullException.ThrowIfNull(amounts);
        return amounts.Aggregate(Zero(currency), (sum, amount) => sum + amount);
    }

    /// <summary>Splits a total by weights so that the parts add up to it exactly: the largest remainders get the units that are left, the first of equals first.</summary>
    /// <param name="total">What is split; may be negative.</param>
    /// <param name="weights">None negative, not all zero; a zero weight gets nothing.</param>
    public static IReadOnlyList<Money> Split(Money total, IReadOnlyList<decimal> weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        if (weights.Any(weight => weight < 0) || weights.All(weight => weight == 0))
        {
            throw new ArgumentException("A split needs weights that are not negative and not all zero.", nameof(weights));
        }

        var (whole, sum) = WholeWeights(weights);
        var magnitude = BigInteger.Abs(total.Minor);
        var parts = new long[weights.Count];
        var remainders = new BigInteger[weights.Count];
        for (var i = 0; i < parts.Length; i++)
        {
            parts[i] = (long)BigInteger.DivRem(magnitude * whole[i], sum, out remainders[i]);
        }

        var left = (int)(magnitude - parts.Aggregate(BigInteger.Zero, (given, part) => given + part));
        foreach (var i in Enumerable.Range(0, parts.Length).OrderByDescending(i => remainders[i]).ThenBy(i => i).Take(left))
        {
            parts[i]++;
        }

        var sign = Math.Sign(total.Minor);
        return [.. parts.Select(part => new Money(sign * part, total.Currency))];
    }

    /// <summary>The amount for a person: the culture's separators and sign, the currency's own symbol and digits, such as <c>-$3.00</c> or <c>42,17 €</c>.</summary>
    public string Format(CultureInfo culture) => Format(Amount, Currency, Currency.Digits, culture);

    /// <summary>The same without minor units, for estimates: <c>$42</c>.</summary>
    public string FormatWhole(CultureInfo culture) => Format(Math.Round(Amount, MidpointRounding.AwayFromZero), Currency, 0, culture);

    /// <summary>An amount that is not rounded to the currency, such as a unit price: all of its digits, and at least the currency's own.</summary>
    public static string FormatExact(decimal exact, Currency currency, CultureInfo culture)
    {
        ArgumentNullException.ThrowIfNull(currency);
        var point = DecimalText.Format(exact).IndexOf('.', StringComparison.Ordinal);
        var digits = point < 0 ? 0 : DecimalText.Format(exact).Length - point - 1;
        return Format(exact, currency, Math.Max(digits, currency.Digits), culture);
    }

    private static string Format(decimal amount, Currency currency, int digits, CultureInfo culture)
    {
        ArgumentNullException.ThrowIfNull(culture);
        var format = (NumberFormatInfo)culture.NumberFormat.Clone();
        format.CurrencySymbol = currency.Symbol;
        format.CurrencyDecimalDigits = digits;
        if (format.CurrencyNegativePattern == InBrackets)
        {
            format.CurrencyNegativePattern = MinusSymbolNumber;
        }

        // A symbol that ends in a letter, such as CHF, would run into the number.
        if (char.IsLetter(currency.Symbol[^1]))
        {
            format.CurrencyPositivePattern |= WithSpace;
            format.CurrencyNegativePattern = format.CurrencyNegativePattern switch { 1 => 9, 2 => 12, 5 => 8, 7 => 10, var spaced => spaced };
        }

        return amount.ToString("C", format);
    }

    /// <summary>The amount with the currency's digits and its code, for logs and messages: <c>42.17 USD</c>.</summary>
    public override string ToString() => Currency is null ? "0" : $"{ToDigits()} {Currency.Code}";

    /// <summary>The amount with the currency's digits and without its code, as machines read it: <c>42.17</c>.</summary>
    public string ToDigits() => DecimalText.FormatFixed(Amount, Currency.Digits);

    /// <summary>Orders amounts of one currency.</summary>
    public int CompareTo(Money other) => Minor.CompareTo(Same(this, other).Minor);

    public static Money operator +(Money left, Money right) => new(checked(left.Minor + Same(left, right).Minor), left.Currency);

    public static Money operator -(Money left, Money right) => new(checked(left.Minor - Same(left, right).Minor), left.Currency);

    public static Money operator -(Money amount) => new(checked(-amount.Minor), amount.Currency);

    public static bool operator <(Money left, Money right) => left.CompareTo(right) < 0;

    public static bool operator <=(Money left, Money right) => left.CompareTo(right) <= 0;

    public static bool operator >(Money left, Money right) => left.CompareTo(right) > 0;

    public static bool operator >=(Money left, Money right) => left.CompareTo(right) >= 0;

    // NumberFormatInfo names its patterns by number.
    private const int InBrackets = 0;
    private const int MinusSymbolNumber = 1;
    private const int WithSpace = 2;

    private static Money Same(Money left, Money right) => ReferenceEquals(left.Currency, right.Currency)
        ? right
        : throw new InvalidOperationException($"{left} and {right} are in different currencies: convert one before you combine them.");

    private static (BigInteger[] Whole, BigInteger Sum) WholeWeights(IReadOnlyList<decimal> weights)
    {
        // The same power of ten on every weight makes them whole and leaves their proportions alone.
        var scale = weights.Max(weight => weight.Scale);
        var whole = weights.Select(weight => new BigInteger(decimal.Truncate(weight)) * BigInteger.Pow(10, scale)
            + new BigInteger((weight - decimal.Truncate(weight)) * Power(scale))).ToArray();
        return (whole, whole.Aggregate((sum, weight) => sum + weight));
    }

    private static decimal Power(int scale) => (decimal)BigInteger.Pow(10, scale);
}
