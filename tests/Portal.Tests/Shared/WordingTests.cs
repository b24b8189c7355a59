using System.Globalization;
using Portal.Domain.Values;
using Portal.Shared;

namespace Portal.Tests.Shared;

public class WordingTests
{
    [Theory]
    [InlineData("en-US", "0", "0 %")]
    [InlineData("en-US", "0.2", "< 1 %")]
    [InlineData("en-US", "99.99", "99 %")]
    [InlineData("en-US", "1250", "1,250 %")]
    public void A_percentage_is_never_rounded_up_to_100(string culture, string percent, string words)
    {
        using var _ = new InCulture(culture);
        Assert.Equal(words, Plain(Wording.Percent(decimal.Parse(percent, CultureInfo.InvariantCulture))));
    }

    [Theory]
    [InlineData("en-US", "12.5", "12.5 %", "12.5 %")]
    [InlineData("en-US", "54.9906", "54.9906 %", "55 %")]
    [InlineData("de-DE", "1250.25", "1.250,25 %", "1.250,3 %")]
    [InlineData("en-US", "-0.04", "-0.04 %", "0 %")]
    public void What_was_agreed_keeps_its_digits_and_a_part_of_a_whole_has_one(string culture, string percent, string rate, string share)
    {
        using var _ = new InCulture(culture);
        var value = decimal.Parse(percent, CultureInfo.InvariantCulture);
        Assert.Equal((rate, share), (Plain(Wording.Rate(value)), Plain(Wording.Share(value))));
    }

    [Theory]
    [InlineData("en-US", "92400000", "token", "92,400,000 tokens")]
    [InlineData("de-DE", "92400000.5", "token", "92.400.000,5 tokens")]
    [InlineData("en-IN", "12345678", "call", "1,23,45,678 calls")]
    [InlineData("en-US", "1", "token", "1 token")]
    [InlineData("en-US", "0.000000000001", "GB", "0.000000000001 GB")]
    [InlineData("en-US", "41", "GB", "41 GB")]
    public void A_quantity_is_exact_and_reads_as_in_the_viewers_culture(string culture, string value, string unit, string words)
    {
        using var _ = new InCulture(culture);
        Assert.Equal(words, Plain(Wording.Quantity(decimal.Parse(value, CultureInfo.InvariantCulture), unit)));
    }

    [Theory]
    [InlineData("2026-10-31T23:00:00Z", "2026-11-30T23:00:00Z", "Europe/Berlin", "1 – 30 November 2026")]
    [InlineData("2026-01-30T23:00:00Z", "2026-02-27T23:00:00Z", "Europe/Berlin", "31 January – 27 February 2026")]
    [InlineData("2026-12-15T00:00:00Z", "2027-01-15T00:00:00Z", "UTC", "15 December 2026 – 14 January 2027")]
    [InlineData("2026-03-01T10:00:00Z", "2026-03-01T10:00:00Z", "UTC", "1 March 2026")]
    public void A_period_reads_from_its_first_to_its_last_day_in_the_customers_zone(string start, string end, string zone, string words)
    {
        using var _ = new InCulture("ar-SA");
        Assert.Equal(words, Wording.Days(new Period(At(start), At(end)), zone));
    }

    [Fact]
    public void A_time_is_that_of_the_zone_also_when_the_clocks_change()
    {
        Assert.Equal("29 Mar 2026, 01:59", Wording.Minute(At("2026-03-29T00:59:00Z"), "Europe/Berlin"));
        Assert.Equal("29 Mar 2026, 03:00", Wording.Minute(At("2026-03-29T01:00:00Z"), "Europe/Berlin"));
    }

    [Theory]
    [InlineData("de-DE")]
    [InlineData("ar-SA")]
    public void A_number_for_a_style_is_the_same_in_every_culture(string culture)
    {
        using var _ = new InCulture(culture);
        Assert.Equal("-72.727", Wording.Css(-72.72727m));
    }

    private static DateTimeOffset At(string instant) => DateTimeOffset.Parse(instant, CultureInfo.InvariantCulture);

    private static string Plain(string words) => words.Replace('\u00a0', ' ');
}
