using System.Collections.Frozen;
using Portal.Domain.Values;

namespace Portal.Api.Payments.Stripe;

/// <summary>Amounts as Stripe counts them. Its smallest units are ISO 4217's, but for a few currencies. Pure.</summary>
/// <remarks>Source: "Supported currencies", Stripe's documentation: zero-decimal, three-decimal and special cases.</remarks>
public static class StripeAmount
{
    // Without decimals at Stripe. Króna and Ugandan shilling have none in ISO 4217, and two at Stripe; the ariary has two in ISO 4217, and none at Stripe.
    private static readonly FrozenSet<string> s_whole = FrozenSet.Create(
        StringComparer.Ordinal, "BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF");

    private static readonly FrozenSet<string> s_thousandths = FrozenSet.Create(StringComparer.Ordinal, "BHD", "JOD", "KWD", "OMR", "TND");

    /// <summary>An amount in Stripe's smallest units; null where Stripe cannot charge exactly this: of three digits it takes full tens only.</summary>
    /// <param name="minor">Minor units of the currency.</param>
    /// <param name="currency">ISO 4217 code.</param>
    public static long? Of(long minor, string currency)
    {
        var digits = Currency.Of(currency).Digits;
        var theirs = DigitsOf(currency);
        var step = s_thousandths.Contains(currency) ? 10 : 1;
        var (amount, rest) = theirs >= digits ? (minor * Power(theirs - digits), 0) : Math.DivRem(minor, Power(digits - theirs));
        return rest == 0 && amount % step == 0 ? amount : null;
    }

    /// <summary>An amount of Stripe's in minor units of the currency.</summary>
    /// <param name="amount">Stripe's smallest units.</param>
    /// <param name="currency">ISO 4217 code.</param>
    public static long Minor(long amount, string currency)
    {
        var (digits, theirs) = (Currency.Of(currency).Digits, DigitsOf(currency));
        return theirs >= digits ? amount / Power(theirs - digits) : amount * Power(digits - theirs);
    }

    private static int DigitsOf(string currency) => s_whole.Contains(currency) ? 0 : s_thousandths.Contains(currency) ? 3 : 2;

    private static long Power(int exponent) => exponent switch { 0 => 1, 1 => 10, 2 => 100, _ => 1_000 };
}
