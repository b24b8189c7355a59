using Bunit;
using Portal.Domain.Values;
using Portal.Shared;

namespace Portal.Tests.Shared;

public class FigureTests : BunitContext
{
    [Theory]
    [InlineData("en-US", 1_234_56, "USD", "$1,234.56", "1234.56 USD")]
    [InlineData("de-DE", 1_234_56, "USD", "1.234,56 $", "1234.56 USD")]
    [InlineData("ja-JP", 1_234, "JPY", "¥1,234", "1234 JPY")]
    [InlineData("en-US", 1_234, "KWD", "KWD 1.234", "1.234 KWD")]
    [InlineData("en-US", -300, "USD", "-$3.00", "-3.00 USD")]
    public void An_amount_has_the_digits_of_its_currency_and_names_its_code(string culture, long minor, string currency, string words, string title)
    {
        using var _ = new InCulture(culture);
        var amount = Render<Amount>(parameters => parameters.Add(figure => figure.Value, new Money(minor, Currency.Of(currency)))).Find("span");

        Assert.Equal(words, amount.TextContent.Replace('\u00a0', ' '));
        Assert.Equal(title, amount.GetAttribute("title"));
    }

    [Fact]
    public void An_amount_that_is_not_rounded_shows_every_digit()
    {
        using var _ = new InCulture("en-US");
        var amount = Render<ExactAmount>(parameters => parameters.Add(figure => figure.Value, 0.0000025m).Add(figure => figure.Currency, Currency.Of("USD")));

        Assert.Equal("$0.0000025", amount.Find("span").TextContent);
    }

    [Fact]
    public void A_time_is_shown_in_the_customers_zone_and_told_in_utc()
    {
        using var _ = new InCulture("ar-SA");
        var time = Render<When>(parameters => parameters
            .Add(when => when.At, new DateTimeOffset(2026, 11, 21, 23, 30, 0, TimeSpan.Zero))
            .Add(when => when.Zone, "Europe/Berlin")).Find("time");

        Assert.Equal("22 Nov 2026, 00:30 Europe/Berlin", time.TextContent);
        Assert.Equal("2026-11-21T23:30:00Z", time.GetAttribute("datetime"));
        Assert.Equal("2026-11-21 23:30:00 UTC", time.GetAttribute("title"));
    }

    [Theory]
    [InlineData("en-US")]
    [InlineData("de-DE")]
    [InlineData("ar-SA")]
    public void A_meters_numbers_for_assistive_technology_are_the_same_in_every_culture(string culture)
    {
        using var _ = new InCulture(culture);
        var meter = Meter(new MeterReading(412.43m, 500, 500), "$412.43", "$500.00").Find("[role=meter]");

        Assert.Equal("0", meter.GetAttribute("aria-valuemin"));
        Assert.Equal("500", meter.GetAttribute("aria-valuemax"));
        Assert.Equal("412.43", meter.GetAttribute("aria-valuenow"));
        Assert.Equal("$412.43 of $500.00, 82 percent, near the limit", meter.GetAttribute("aria-valuetext"));
        Assert.Equal("width:74.987%", meter.QuerySelector(".fill")!.GetAttribute("style"));
    }

    [Fact]
    public void A_meter_over_its_limit_says_so_in_words_and_keeps_within_its_maximum()
    {
        var over = Meter(new MeterReading(112.5m, 100, 110), "$112.50", "$100.00");
        var meter = over.Find("[role=meter]");

        Assert.Equal("112.5", meter.GetAttribute("aria-valuenow"));
        Assert.Equal("112.5", meter.GetAttribute("aria-valuemax"));
        Assert.Equal("$112.50 of $100.00, 112 percent, over limit", meter.GetAttribute("aria-valuetext"));
        Assert.NotNull(meter.QuerySelector(".over"));
        Assert.Contains("over limit", over.Find(".tag").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void A_meter_that_is_fine_has_neither_a_tag_nor_a_segment_beyond()
    {
        var fine = Meter(new MeterReading(41, 500), "41", "500 GB");

        Assert.Empty(fine.FindAll(".tag"));
        Assert.Empty(fine.FindAll(".over"));
        Assert.Contains("41 of 500 GB", fine.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public void A_share_is_for_the_eye_alone_and_stays_within_its_bar()
    {
        var bar = Render<ShareBar>(parameters => parameters.Add(share => share.Share, 1.7m)).Find(".share");

        Assert.Equal("true", bar.GetAttribute("aria-hidden"));
        Assert.Equal("width:100%", bar.FirstElementChild!.GetAttribute("style"));
    }

    private IRenderedComponent<UsageMeter> Meter(MeterReading reading, string used, string limit) => Render<UsageMeter>(parameters => parameters
        .Add(meter => meter.Label, "Spend against cap")
        .Add(meter => meter.Reading, reading)
        .Add(meter => meter.UsedText, used)
        .Add(meter => meter.LimitText, limit));
}
