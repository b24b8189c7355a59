using Portal.Domain.Accounts;
using Portal.Domain.Values;

namespace Portal.Domain.Tests.Values;

public sealed class CustomerTextTests
{
    [Theory]
    [InlineData("en-US", "1 January 2026", "1 January 2026, 09:05 (Europe/Vienna)", "January 2026", "15 March to 14 April 2026", "20 December 2025 to 19 January 2026")]
    [InlineData("de-DE", "1. Januar 2026", "1. Januar 2026, 09:05 Uhr (Europe/Vienna)", "Januar 2026", "15. März bis 14. April 2026", "20. Dezember 2025 bis 19. Januar 2026")]
    [InlineData("de-AT", "1. Jänner 2026", "1. Jänner 2026, 09:05 Uhr (Europe/Vienna)", "Jänner 2026", "15. März bis 14. April 2026", "20. Dezember 2025 bis 19. Jänner 2026")]
    [InlineData("fr-FR", "1 janvier 2026", "1 janvier 2026 à 09:05 (Europe/Vienna)", "janvier 2026", "du 15 mars au 14 avril 2026", "du 20 décembre 2025 au 19 janvier 2026")]
    [InlineData("es-ES", "1 de enero de 2026", "1 de enero de 2026, 09:05 (Europe/Vienna)", "enero de 2026", "del 15 de marzo al 14 de abril de 2026", "del 20 de diciembre de 2025 al 19 de enero de 2026")]
    [InlineData("ja-JP", "1 January 2026", "1 January 2026, 09:05 (Europe/Vienna)", "January 2026", "15 March to 14 April 2026", "20 December 2025 to 19 January 2026")]
    [InlineData("th-TH", "1 January 2026", "1 January 2026, 09:05 (Europe/Vienna)", "January 2026", "15 March to 14 April 2026", "20 December 2025 to 19 January 2026")]
    public void Days_times_and_periods_are_in_the_language_of_the_sentence(string locale, string day, string time, string month, string days, string overNewYear)
    {
        var (text, at) = (new CustomerText(locale, "Europe/Vienna"), At("2026-01-01T08:05:00Z"));

        Assert.Equal((day, time), (text.Day(at), text.Time(at)));
        Assert.Equal(month, text.Name(new Period(At("2025-12-31T23:00:00Z"), At("2026-01-31T23:00:00Z"))));
        Assert.Equal(days, text.Name(new Period(At("2026-03-14T23:00:00Z"), At("2026-04-14T22:00:00Z"))));
        Assert.Equal(overNewYear, text.Name(new Period(At("2025-12-19T23:00:00Z"), At("2026-01-19T23:00:00Z"))));
        Assert.Equal(day, text.Name(new Period(At("2025-12-31T23:00:00Z"), At("2026-01-01T23:00:00Z"))));
    }

    [Theory]
    [InlineData("en-US", "1,150.5 %", "80 %, 90 % and 100 %")]
    [InlineData("de-DE", "1.150,5\u00a0%", "80\u00a0%, 90\u00a0% und 100\u00a0%")]
    [InlineData("es-ES", "1.150,5\u00a0%", "80\u00a0%, 90\u00a0% y 100\u00a0%")]
    public void Percentages_have_the_separators_of_the_customer(string locale, string percent, string row)
    {
        var text = new CustomerText(locale, "Etc/UTC");

        Assert.Equal((percent, row), (text.Percent(1_150.5m), text.Percents([80, 90, 100])));
        Assert.Equal((text.Percent(80), ""), (text.Percents([80]), text.Percents([])));
    }

    [Fact]
    public void Words_in_English_keep_the_customers_amounts()
    {
        var text = new CustomerText("de-DE", "Europe/Berlin", Language.English);

        Assert.Equal(("Used", "1.083,10 €"), (text.Say("figure.used"), text.Amount(1_083.10m, Currency.Of("EUR")).Replace('\u00a0', ' ')));
    }

    private static DateTimeOffset At(string instant) => DateTimeOffset.Parse(instant, System.Globalization.CultureInfo.InvariantCulture);
}
