using System.Globalization;
using Portal.Domain.Rating;
using Portal.Domain.Values;

namespace Portal.Domain.Catalog;

/// <summary>What a price asks, in a sentence: "$2.75 per 1,000,000 tokens, the first 1,000,000 tokens free".</summary>
public static class PriceWords
{
    /// <summary>A price in words.</summary>
    /// <param name="price">The price.</param>
    /// <param name="unit">Its meter's unit in the singular; null for a recurring fee.</param>
    /// <param name="interval">The card's billing interval.</param>
    /// <param name="currency">The card's currency.</param>
    /// <param name="culture">Whose separators and signs.</param>
    public static string Of(Price price, string? unit, BillingInterval interval, Currency currency, CultureInfo culture)
    {
        ArgumentNullException.ThrowIfNull(price);
        var words = new Words(unit, Word(price.Interval ?? interval), currency, culture);
        return string.Join(", ", words.Parts(price));
    }

    /// <summary>An interval in a word, as it follows "a": month.</summary>
    public static string Word(BillingInterval interval) => interval switch
    {
        BillingInterval.Week => "week",
        BillingInterval.Month => "month",
        BillingInterval.Quarter => "quarter",
        BillingInterval.Year => "year",
    };

    private readonly record struct Words(string? Unit, string Interval, Currency Currency, CultureInfo Culture)
    {
        public IEnumerable<string> Parts(Price price)
        {
            yield return Rate(price.Terms.Rate);
            if (price.Recurring is { } recurring)
            {
                yield return recurring == Price.Advance ? "in advance" : "in arrears";
            }

            if (price.Terms.Included > 0)
            {
                yield return $"the first {Quantity(price.Terms.Included)} free";
            }

            if (price.Terms.Minimum is { } minimum)
            {
                yield return $"at least {Money(minimum)} a {Interval}";
            }

            if (price.Terms.Maximum is { } maximum)
            {
                yield return $"at most {Money(maximum)} a {Interval}";
            }
        }

        private string Rate(Rate rate) => rate switch
        {
            FlatRate flat => $"{Money(flat.Amount)} a {Interval}",
            PerUnitRate unit => Per(unit.Amount, unit.Per),
            PackageRate package => $"{Money(package.Amount)} for every {Quantity(package.Size)} begun",
            GraduatedRate graduated => $"each part at its own price: {Tiers(graduated.Tiers, tier => tier.UpTo, UnitTier)}",
            VolumeRate volume => $"all at the price of one tier: {Tiers(volume.Tiers, tier => tier.UpTo, UnitTier)}",
            StairstepRate stairstep => $"one amount for the tier: {Tiers(stairstep.Tiers, tier => tier.UpTo, FlatTier)}",
            PercentageRate percentage => string.Join(", ", Percentage(percentage)),
            GraduatedPercentageRate graduated => $"each part at its own share: {Tiers(graduated.Tiers, tier => tier.UpTo, PercentTier)}",
            _ => throw new InvalidOperationException($"The pricing model {rate.Model} has no words."),
        };

        private IEnumerable<string> Percentage(PercentageRate rate)
        {
            yield return $"{Number(rate.Percent)} % of the value" + (rate.Fixed == 0 ? "" : $" + {Money(rate.Fixed)} an event");
            if (rate.FreeEvents is { } events)
            {
                yield return $"the first {UnitName.Format(events, "event", Culture)} free";
            }

            if (rate.FreeAmount is { } value)
            {
                yield return $"the first {Number(value)} of value free";
            }

            if (rate.MinPerEvent is { } least)
            {
                yield return $"at least {Money(least)} an event";
            }

            if (rate.MaxPerEvent is { } most)
            {
                yield return $"at most {Money(most)} an event";
            }
        }

        private string Tiers<T>(IReadOnlyList<T> tiers, Func<T, decimal?> upTo, Func<T, string> price)
        {
            var words = this;
            return string.Join("; ", tiers.Select((tier, index) => upTo(tier) is { } end
                ? $"up to {words.Quantity(end)} {price(tier)}"
                : index == 0 ? price(tier) : $"above that {price(tier)}"));
        }

        private string UnitTier(Tier tier) => Per(tier.Amount, tier.Per) + Flat(tier.Flat);

        private string FlatTier(FlatTier tier) => Money(tier.Flat);

        private string PercentTier(PercentTier tier) => $"{Number(tier.Percent)} % of the value" + Flat(tier.Flat);

        private string Flat(decimal flat) => flat == 0 ? "" : $" + {Money(flat)}";

        private string Per(decimal amount, decimal per) => (per, Unit) switch
        {
            (1, null) => Money(amount),
            (1, { } unit) => $"{Money(amount)} per {unit}",
            _ => $"{Money(amount)} per {Quantity(per)}",
        };

        private string Money(decimal amount) => Values.Money.FormatExact(amount, Currency, Culture);

        private string Quantity(decimal quantity) => UnitName.Format(quantity, Unit, Culture);

        private string Number(decimal number) => UnitName.Format(number, null, Culture);
    }
}
