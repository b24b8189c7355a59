using Portal.Domain.Values;

namespace Portal.Domain.Catalog;

/// <summary>What a customer has agreed to spend in each billing period: less is topped up to it, and usage above it is cheaper.</summary>
/// <param name="Amount">The least that a whole period comes to before discounts and tax, in the customer's currency. A part of a period has its share of it, by seconds.</param>
/// <param name="Period">The length of the period that it is for: the card's.</param>
/// <param name="OverageDiscountPercent">What is taken off usage above it, from 0 to 100.</param>
public sealed record Commitment(decimal Amount, BillingInterval Period, decimal OverageDiscountPercent)
{
    /// <summary>Notes what makes no sense.</summary>
    /// <param name="path">Its path in the input.</param>
    /// <param name="interval">The length of the card's billing period.</param>
    /// <param name="currency">The customer's currency.</param>
    /// <param name="errors">Where errors are noted.</param>
    public void Check(string path, BillingInterval interval, Currency currency, FieldErrors errors)
    {
        ArgumentNullException.ThrowIfNull(currency);
        ArgumentNullException.ThrowIfNull(errors);
        if (Amount <= 0 || Money.Round(Amount, currency).Amount != Amount)
        {
            errors.Add(FieldErrors.Path(path, "amount"), $"A commitment is above 0 and has at most {currency.Digits} digits after the point, as {currency.Code} has.");
        }

        if (Period != interval)
        {
            errors.Add(FieldErrors.Path(path, "period"),
                $"This card is billed every {PriceWords.Word(interval)}: give the commitment for a {PriceWords.Word(interval)}, \"period\":\"{PriceWords.Word(interval)}\".");
        }

        if (OverageDiscountPercent is < 0 or > 100)
        {
            errors.Add(FieldErrors.Path(path, "overageDiscountPercent"), "The discount above the commitment is from 0 to 100 percent.");
        }
    }
}
