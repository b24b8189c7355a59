using Portal.Domain.Limits;
using Portal.Domain.Values;

namespace Portal.Domain.Tests.Limits;

public sealed class LimitTermsTests
{
    [Fact]
    public void A_cap_is_hard_with_a_band_of_10_percent_and_mails_at_80_and_100_where_nothing_else_is_said()
    {
        var terms = new LimitTerms(100);

        Assert.Equal((LimitKind.Hard, 10m), (terms.Kind, terms.SoftPercent));
        Assert.Equal([80, 100], terms.SortedAlerts);
        Assert.False(terms.Check(Given.Dollar).Any);
    }

    [Fact]
    public void Percentages_are_kept_in_order_and_once() =>
        Assert.Equal([50, 80, 120], new LimitTerms(100, Alerts: [120, 50, 80, 50]).SortedAlerts);

    [Fact]
    public void No_percentages_mean_no_mails_and_not_the_usual_ones() =>
        Assert.Empty(new LimitTerms(100, Alerts: []).SortedAlerts);

    public static TheoryData<LimitTerms, string, string[]> Wrong() => new()
    {
        { new LimitTerms(-0.01m), "USD", ["amount"] },
        { new LimitTerms(100.005m), "USD", ["amount"] },
        { new LimitTerms(100.5m), "JPY", ["amount"] },
        { new LimitTerms(100, SoftPercent: -1), "USD", ["softPercent"] },
        { new LimitTerms(100, SoftPercent: 100.5m), "USD", ["softPercent"] },
        { new LimitTerms(100, Alerts: [80, 0, 1_001]), "USD", ["alerts[1]", "alerts[2]"] },
        { new LimitTerms(100, Alerts: [.. Enumerable.Range(1, 11)]), "USD", ["alerts"] },
        { new LimitTerms(-1, SoftPercent: 200, Alerts: [-5]), "USD", ["amount", "softPercent", "alerts[0]"] },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void What_makes_no_sense_is_named_all_at_once(LimitTerms terms, string currency, string[] paths) =>
        Assert.Equal(paths, terms.Check(Currency.Of(currency)).Items.Select(error => error.Path));

    [Fact]
    public void A_cap_is_as_fine_as_its_currency_and_no_finer()
    {
        Assert.False(new LimitTerms(100.50m).Check(Given.Dollar).Any);
        Assert.False(new LimitTerms(100.125m).Check(Currency.Of("KWD")).Any);
        Assert.False(new LimitTerms(0).Check(Given.Dollar).Any);
    }
}
