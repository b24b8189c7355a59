using System.Globalization;
using Portal.Domain.Catalog;
using Portal.Domain.Values;
using Portal.Shared;

namespace Portal.Catalog;

/// <summary>What was agreed with one customer beside its prices, in sentences.</summary>
internal static class AgreementWords
{
    /// <summary>A sentence for each.</summary>
    internal static IEnumerable<string> Of(SubscriptionPhase phase, Currency currency, string zone)
    {
        if (phase.Commitment is { } commitment)
        {
            var above = commitment.OverageDiscountPercent == 0 ? "" : $" Usage above it costs {Wording.Rate(commitment.OverageDiscountPercent)} less.";
            yield return $"Commitment: at least {Wording.Exact(commitment.Amount, currency)} a {PriceWords.Word(commitment.Period)}; what is missing is topped up when the {PriceWords.Word(commitment.Period)} ends.{above}";
        }

        foreach (var discount in phase.Discounts)
        {
            yield return $"{discount.Words(currency, CultureInfo.CurrentCulture)} {(discount.Periods is { } periods ? $"for {Wording.Quantity(periods, "billing period")}, counted from {Wording.Day(discount.Since, zone)}" : "on every invoice")}.";
        }
    }
}
