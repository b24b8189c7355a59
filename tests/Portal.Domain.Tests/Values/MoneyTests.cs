using System.Globalization;
using Portal.Domain.Values;

namespace Portal.Domain.Tests.Values;

public sealed class MoneyTests
{
    [Theory]
    [InlineData("USD", "12.345", 1235)]
    [InlineData("USD", "12.344999999999", 1234)]
    [InlineData("USD", "-12.345", -1235)]
    [InlineData("USD", "0.005", 1)]
    [InlineData("USD", "0.004999999999", 0)]
    [InlineData("USD", "-0.005", -1)]
    [InlineData("USD", "96.791325", 9679)]
    [InlineData("JPY", "0.5", 1)]
    [InlineData("JPY", "2.5", 3)]     // to even would be 2
    [InlineData("JPY", "-0.5", -1)]
    [InlineData("JPY", "1234.49", 1234)]
    [InlineData("KWD", "1.0005", 1001)]
    [InlineData("KWD", "1.000499999999", 1000)]
    [InlineData("USD", "999999999999999.999999999999", 100_000_000_000_000_000)]
    [InlineData("KWD", "999999999999999.999", 999_999_999_999_999_999)]
    public void Rounds_to_the_minor_unit_half_away_from_zero(string currency, string exact, long minor) =>
        Assert.Equal(minor, Money.Round(Number(exact), Currency.Of(currency)).Minor);

    [Fact]
    public void Rounds_every_cent_as_whole_numbers_do()
    {
        // The oracle works in thousandths and whole numbers alone.
        for (var thousandths = -20_000; thousandths <= 20_000; thousandths++)
        {
            var cents = Math.Sign(thousandths) * ((Math.Abs(thousandths) + 5) / 10);
            Assert.Equal(cents, Money.Round(thousandths / 1_000m, Currency.Of("USD")).Minor);
        }
    }

    [Theory]
    [InlineData("USD", 4217, "en-US", "$42.17")]
    [InlineData("USD", -300, "en-US", "-$3.00")]
    [InlineData("EUR", 4217, "de-DE", "42,17 €")]
    [InlineData("EUR", -4217, "de-DE", "-42,17 €")]
    [InlineData("USD", 4217, "de-DE", "42,17 $")]      // the culture's separators, never its currency
    [InlineData("EUR", 123456, "en-US", "€1,234.56")]
    [InlineData("JPY", 1234, "en-US", "¥1,234")]
    [InlineData("KWD", 1234, "en-US", "KWD 1.234")]
    [InlineData("CHF", -1234, "en-US", "-CHF 12.34")]
    [InlineData("CHF", 1234, "de-DE", "12,34 CHF")]
    [InlineData("USD", 5, "", "$0.05")]
    [InlineData("USD", -5, "", "-$0.05")]
    public void Is_shown_with_its_own_symbol_and_digits(string currency, long minor, string culture, string shown) =>
        Assert.Equal(shown, new Money(minor, Currency.Of(currency)).Format(CultureInfo.GetCultureInfo(culture)).Replace('\u00A0', ' '));

    [Theory]
    [InlineData("USD", 4217, "42.17 USD")]
    [InlineData("JPY", 4217, "4217 JPY")]
    [InlineData("BHD", -5, "-0.005 BHD")]
    public void Is_written_the_same_in_every_culture(string currency, long minor, string text) =>
        Assert.Equal(text, new Money(minor, Currency.Of(currency)).ToString());

    [Fact]
    public void Adds_subtracts_negates_and_compares_within_a_currency()
    {
        var three = new Money(300, Currency.Of("USD"));
        var five = new Money(500, Currency.Of("USD"));
        Assert.Equal(new Money(800, Currency.Of("USD")), three + five);
        Assert.Equal(new Money(-200, Currency.Of("USD")), three - five);
        Assert.Equal(new Money(-300, Currency.Of("USD")), -three);
        Assert.True(three < five && five > three && three <= five && five >= three);
        Assert.Equal(3m, three.Amount);
        Assert.Equal(new Money(1100, Currency.Of("USD")), Money.Sum([three, three, five], Currency.Of("USD")));
        Assert.Equal(Money.Zero(Currency.Of("USD")), Money.Sum([], Currency.Of("USD")));
    }

    [Fact]
    public void Does_not_mix_currencies()
    {
        var dollar = new Money(100, Currency.Of("USD"));
        var euro = new Money(100, Currency.Of("EUR"));
        Assert.Throws<InvalidOperationException>(() => dollar + euro);
        Assert.Throws<InvalidOperationException>(() => dollar - euro);
        Assert.Throws<InvalidOperationException>(() => dollar < euro);
        Assert.NotEqual(dollar, euro);
    }

    [Fact]
    public void Does_not_wrap_around()
    {
        var most = new Money(long.MaxValue, Currency.Of("USD"));
        Assert.Throws<OverflowException>(() => most + new Money(1, Currency.Of("USD")));
        Assert.Throws<ArgumentOutOfRangeException>(() => Money.Round(1_000_000_000_000_000m, Currency.Of("USD")));
    }

    [Theory]
    [InlineData(100, "1,1,1", "34,33,33")]
    [InlineData(-100, "1,1,1", "-34,-33,-33")]
    [InlineData(1, "1,1", "1,0")]
    [InlineData(100, "0,1,0", "0,100,0")]
    [InlineData(10, "0.5,0.25,0.25", "5,3,2")]
    [InlineData(7, "0.000000000001,0.000000000002", "2,5")]
    [InlineData(0, "3,4", "0,0")]
    [InlineData(9_000_000_000_000_000_000, "999999999999999,1", "8999999999999991000,9000")]
    public void Splits_by_largest_remainder(long total, string weights, string parts) =>
        Assert.Equal(
            parts.Split(',').Select(part => long.Parse(part, CultureInfo.InvariantCulture)),
            Money.Split(new Money(total, Currency.Of("USD")), [.. weights.Split(',').Select(Number)]).Select(part => part.Minor));

    [Fact]
    public void Parts_of_a_split_add_up_and_none_is_a_unit_off()
    {
        for (var seed = 1; seed <= 2_000; seed++)
        {
            var random = new Random(seed);
            var total = random.NextInt64(-1_000_000, 1_000_000);
            var weights = Enumerable.Range(0, random.Next(1, 12)).Select(_ => (decimal)random.Next(0, 1_000) / 7).Append(1m).ToList();
            var parts = Money.Split(new Money(total, Currency.Of("EUR")), weights);

            Assert.True(total == parts.Sum(part => part.Minor), $"seed {seed}: the parts do not add up to {total}");
            var sum = weights.Sum();
            Assert.All(parts.Zip(weights), pair =>
                Assert.True(Math.Abs(pair.First.Minor - (total * pair.Second / sum)) < 1.000001m, $"seed {seed}: {pair} is more than a unit off"));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("0,0")]
    [InlineData("1,-1")]
    public void A_split_needs_weights(string weights) =>
        Assert.Throws<ArgumentException>(() => Money.Split(
            new Money(1, Currency.Of("USD")),
            [.. weights.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(Number)]));

    [Theory]
    [InlineData("JPY", 0)]
    [InlineData("KRW", 0)]
    [InlineData("USD", 2)]
    [InlineData("EUR", 2)]
    [InlineData("KWD", 3)]
    [InlineData("TND", 3)]
    public void A_currency_has_its_own_digits(string code, int digits)
    {
        Assert.Equal(digits, Currency.Of(code).Digits);
        Assert.Equal((int)Math.Pow(10, digits), Currency.Of(code).MinorUnits);
    }

    [Theory]
    [InlineData("usd")]
    [InlineData("XXX")]
    [InlineData("DEM")]
    [InlineData("")]
    [InlineData(null)]
    public void An_unknown_code_is_no_currency(string? code)
    {
        Assert.Null(Currency.Find(code));
        Assert.Throws<ArgumentException>(() => Currency.Of(code!));
    }

    [Fact]
    public void Every_currency_is_complete_and_stands_once()
    {
        Assert.Equal(Currency.All.Count, Currency.All.Select(currency => currency.Code).Distinct().Count());
        Assert.All(Currency.All, currency =>
        {
            Assert.Matches("^[A-Z]{3}$", currency.Code);
            Assert.Contains(currency.Digits, new[] { 0, 2, 3 });
            Assert.NotEmpty(currency.Name);
            Assert.NotEmpty(currency.Symbol);
            Assert.Same(currency, Currency.Find(currency.Code));
        });
        Assert.Equal(Currency.All.Count, Currency.All.Select(currency => currency.Symbol).Distinct().Count());
    }

    private static decimal Number(string text) => decimal.Parse(text, CultureInfo.InvariantCulture);
}
