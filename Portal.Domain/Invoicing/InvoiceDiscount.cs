using System.Globalization;

namespace Portal.Domain.Invoicing;

/// <summary>What an invoice takes off the sum of its lines, for one discount in one period.</summary>
/// <param name="Key">Names the discount: invoices of one period that take off parts of it say the same.</param>
/// <param name="Description">What the customer reads.</param>
/// <param name="Amount">Minor units of the invoice's currency; negative where it takes back what an earlier invoice took off too much.</param>
/// <param name="PeriodStart">Start of the billing period that it is for.</param>
/// <param name="PeriodEnd">End of that period, not part of it.</param>
public sealed record InvoiceDiscount(string Key, string Description, long Amount, DateTimeOffset PeriodStart, DateTimeOffset PeriodEnd);

/// <summary>What is left to take off: what a period's discounts come to, less what earlier invoices took off.</summary>
internal static class DiscountBalance
{
    private const string Overage = "commitment";

    public static IEnumerable<InvoiceDiscount> Of(BilledPeriod period, string suffix)
    {
        var spend = period.Spend;
        var taken = period.Discounted.GroupBy(discount => discount.Key, StringComparer.Ordinal)
            .ToDictionary(discount => discount.Key, discount => (discount.First().Description, Amount: discount.Sum(part => part.Amount)), StringComparer.Ordinal);
        foreach (var entry in spend.Agreement.Discounts)
        {
            taken.Remove(KeyOf(entry), out var before);
            if (entry.Amount.Minor - before.Amount is not 0 and var amount)
            {
                yield return new InvoiceDiscount(KeyOf(entry), entry.Words(spend.Currency) + suffix, amount, spend.Period.Start, spend.Period.End);
            }
        }

        // A discount that no longer comes to anything is taken back.
        foreach (var (key, (description, amount)) in taken.Where(gone => gone.Value.Amount != 0))
        {
            yield return new InvoiceDiscount(key, description, -amount, spend.Period.Start, spend.Period.End);
        }
    }

    private static string KeyOf(PeriodDiscount entry) => entry.Discount is { } discount
        ? string.Create(CultureInfo.InvariantCulture, $"{discount.Percent}%/{discount.Amount}/{discount.Periods}/{discount.Since.UtcTicks}")
        : Overage;
}
