using Portal.Domain.Invoicing;
using Portal.Domain.Values;

namespace Portal.Catalog;

/// <summary>A customer's running period under two states of a card, price by price.</summary>
/// <param name="Lines">The prices of the card as it stands on the sheet, then those that are gone.</param>
/// <param name="Was">What the period comes to now.</param>
/// <param name="WouldBe">What it would come to; null while a price makes no sense.</param>
public sealed record CardComparison(IReadOnlyList<ComparedPrice> Lines, Money Was, Money? WouldBe)
{
    /// <summary>By how much it would be more, in percent; null where there is nothing to compare with.</summary>
    public decimal? Percent => WouldBe is { } wouldBe && Was.Minor > 0 ? (wouldBe.Amount - Was.Amount) / Was.Amount * 100 : null;

    /// <summary>Compares two readings of the same period.</summary>
    /// <param name="was">As it is.</param>
    /// <param name="wouldBe">As it would be under the sheet.</param>
    /// <param name="reading">The sheet: what makes no sense on it is not compared.</param>
    public static CardComparison Of(Spend was, Spend wouldBe, SheetReading reading)
    {
        ArgumentNullException.ThrowIfNull(was);
        ArgumentNullException.ThrowIfNull(wouldBe);
        ArgumentNullException.ThrowIfNull(reading);
        var prices = reading.Content.Prices;
        var lines = prices.Select((price, index) => new ComparedPrice(
            price.Key,
            price.Name.Length > 0 ? price.Name : "Unnamed price",
            AmountOf(was, price.Key),
            reading.Errors.AnyUnder(RateCardSheet.PathOf(index)) ? null : AmountOf(wouldBe, price.Key) ?? Money.Zero(was.Currency)));
        var gone = was.Charges.Select(charge => charge.Price).DistinctBy(price => price.Key)
            .Where(price => prices.All(kept => kept.Key != price.Key) && AmountOf(wouldBe, price.Key) is null)
            .Select(price => new ComparedPrice(price.Key, price.Name, AmountOf(was, price.Key), Money.Zero(was.Currency), IsGone: true));
        return new CardComparison([.. lines, .. gone], was.Net, reading.Errors.Any ? null : wouldBe.Net);
    }

    private static Money? AmountOf(Spend spend, string key)
    {
        var charges = spend.Charges.Where(charge => charge.Price.Key == key).Select(charge => charge.Amount).ToList();
        return charges.Count == 0 ? null : Money.Sum(charges, spend.Currency);
    }
}

/// <summary>A price in a comparison.</summary>
/// <param name="Key">The price's key.</param>
/// <param name="Name">Its name.</param>
/// <param name="Was">What it charges now; null where the card has no such price yet.</param>
/// <param name="WouldBe">What it would charge; null while it makes no sense.</param>
/// <param name="IsGone">Whether the sheet has taken it off.</param>
public sealed record ComparedPrice(string Key, string Name, Money? Was, Money? WouldBe, bool IsGone = false);
