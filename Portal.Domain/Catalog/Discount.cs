using System.Globalization;
using Portal.Domain.Values;

namespace Portal.Domain.Catalog;

/// <summary>What is taken off a billing period by agreement: a share of what it comes to, or an amount.</summary>
/// <param name="Percent">The share that is taken off, above 0 and at most 100; null for an amount.</param>
/// <param name="Amount">What each period is lowered by, in the customer's currency, at most what it comes to; null for a share.</param>
/// <param name="Periods">In how many billing periods it holds, a short first one counting as one; null for all.</param>
public sealed record Discount(decimal? Percent, decimal? Amount, int? Periods)
{
    private const int PeriodsMax = 1_200;
    private const int DiscountsMax = 20;

    /// <summary>From when its periods count: the instant at which the terms that brought it began to hold.</summary>
    public DateTimeOffset Since { get; init; }

    /// <summary>Notes what makes no sense in a list of discounts.</summary>
    /// <param name="discounts">The discounts, in the order in which they are taken off.</param>
    /// <param name="path">Their path in the input.</param>
    /// <param name="currency">The customer's currency.</param>
    /// <param name="errors">Where errors are noted.</param>
    public static void Check(IReadOnlyList<Discount> discounts, string path, Currency currency, FieldErrors errors)
    {
        ArgumentNullException.ThrowIfNull(discounts);
        ArgumentNullException.ThrowIfNull(errors);
        if (discounts.Count > DiscountsMax)
        {
            errors.Add(path, $"A subscription has at most {DiscountsMax} discounts.");
        }

        for (var i = 0; i < discounts.Count; i++)
        {
            var at = string.Create(CultureInfo.InvariantCulture, $"{path}[{i}]");
            discounts[i].Check(at, currency, errors);
            if (discounts.Take(i).Contains(discounts[i]))
            {
                errors.Add(at, "The same discount stands twice: say what they come to together.");
            }
        }
    }

    /// <summary>Discounts with the instant that their periods count from: one that held before goes on counting.</summary>
    /// <param name="discounts">What is asked for.</param>
    /// <param name="before">The discounts that held until now.</param>
    /// <param name="from">When the new terms begin.</param>
    public static List<Discount> Begin(IReadOnlyList<Discount> discounts, IReadOnlyList<Discount> before, DateTimeOffset from)
    {
        ArgumentNullException.ThrowIfNull(discounts);
        return
        [
            .. discounts.Select(discount =>
                before.FirstOrDefault(other => other with { Since = default } == discount with { Since = default }) ?? discount with { Since = from }),
        ];
    }

    /// <summary>What it is, in words: "10 % discount", "$5.00 discount".</summary>
    public string Words(Currency currency, CultureInfo culture) => Percent is { } percent
        ? $"{UnitName.Format(percent, null, culture)} % discount"
        : $"{Money.FormatExact(Amount!.Value, currency, culture)} discount";

    private void Check(string path, Currency currency, FieldErrors errors)
    {
        if ((Percent is null) == (Amount is null))
        {
            errors.Add(path, "Give either \"percent\" or \"amount\", such as {\"percent\":\"10\",\"periods\":3}.");
        }

        if (Percent is <= 0 or > 100)
        {
            errors.Add(FieldErrors.Path(path, "percent"), "A discount is above 0 and at most 100 percent.");
        }

        if (Amount is { } amount && (amount <= 0 || Money.Round(amount, currency).Amount != amount))
        {
            errors.Add(FieldErrors.Path(path, "amount"), $"The amount is above 0 and has at most {currency.Digits} digits after the point, as {currency.Code} has.");
        }

        if (Periods is < 1 or > PeriodsMax)
        {
            errors.Add(FieldErrors.Path(path, "periods"), $"The number of periods is from 1 to {PeriodsMax}; leave it out for all.");
        }
    }
}
