using Portal.Domain.Catalog;
using Portal.Domain.Credits;
using Portal.Domain.Invoicing;
using Portal.Domain.Values;
using static Portal.Domain.Tests.Invoicing.BillingSystem;

namespace Portal.Domain.Tests.Credits;

/// <summary>When credits run out: what expires on the way counts, in the order of use, and so does the tax that prepaid ones pay.</summary>
public sealed class CreditOutlookTests
{
    private static readonly Period s_march = new(Instant("2026-03-01T00:00:00Z"), Instant("2026-04-01T00:00:00Z"));
    private static readonly DateTimeOffset s_now = Instant("2026-03-11T00:00:00Z");

    [Fact]
    public void At_one_pace_a_balance_lasts_as_long_as_it_covers_the_days()
    {
        var outlook = Of(0, Grant(50));
        Assert.Equal((Instant("2026-03-16T00:00:00Z"), 0m), (outlook.ZeroAt, outlook.Lost));
    }

    [Fact]
    public void Tax_is_burned_with_prepaid_credits_and_not_with_promotional_ones()
    {
        Assert.Equal(Instant("2026-03-15T00:00:00Z"), Of(25, Grant(50)).ZeroAt);
        Assert.Equal(Instant("2026-03-16T00:00:00Z"), Of(25, Grant(50, CreditKind.Promotional)).ZeroAt);
        Assert.Equal(Instant("2026-03-20T00:00:00Z"), Of(25, Grant(50, CreditKind.Promotional), Grant(50)).ZeroAt);
    }

    [Fact]
    public void What_expires_on_the_way_is_used_first_and_its_rest_is_lost()
    {
        var outlook = Of(0, Grant(30, expires: "2026-03-13T00:00:00Z"), Grant(50));
        Assert.Equal((Instant("2026-03-18T00:00:00Z"), 10m), (outlook.ZeroAt, outlook.Lost));
        var all = Of(0, Grant(50, expires: "2026-03-12T12:00:00Z"));
        Assert.Equal((Instant("2026-03-12T12:00:00Z"), 35m), (all.ZeroAt, all.Lost));
    }

    [Fact]
    public void More_than_a_year_has_no_day()
    {
        Assert.Null(Of(0, Grant(100_000)).ZeroAt);
    }

    [Fact]
    public void The_days_of_the_chart_follow_the_forecast_with_tax_and_expiry()
    {
        ForecastDay[] path =
        [
            new(Instant("2026-03-29T00:00:00Z"), 100, null, null, null), new(Instant("2026-03-30T00:00:00Z"), 120, 120, null, null), new(Instant("2026-03-31T00:00:00Z"), null, 140, null, null),
        ];
        var balance = Balance(25, [Grant(100), Grant(50, CreditKind.Promotional, "2026-03-30T12:00:00Z")]) with { Plan = new CreditPlan([], null, 0, [new CreditUse(Grant(150), 15_000)]) };
        var outlook = CreditOutlook.Of(balance, [], path, Spend(120), Instant("2026-03-30T06:00:00Z"));
        Assert.Equal([(175m, null), (150m, 150m), ((decimal?)null, (decimal?)78.57m)], outlook.Days.Select(day => (day.Actual, day.Expected is { } left ? decimal.Round(left, 2) : (decimal?)null)));
    }

    private static CreditOutlook Of(decimal tax, params CreditGrant[] grants) => CreditOutlook.Of(Balance(tax, grants), [], [], Spend(100), s_now);

    private static CreditBalance Balance(decimal tax, IReadOnlyList<CreditGrant> grants) =>
        new(new Money(grants.Sum(grant => grant.Left), Currency.Of("USD")), Money.Zero(Currency.Of("USD")), Money.Zero(Currency.Of("USD")), null)
        {
            Free = [.. Burndown.InOrder(grants).Select(grant => new CreditUse(grant, grant.Left))], TaxOnTop = tax,
        };

    private static Spend Spend(long used)
    {
        var (currency, amount) = (Currency.Of("USD"), new Money(used * 100, Currency.Of("USD")));
        var meter = new Meter
        {
            Key = "tokens", Name = "Tokens", EventType = "llm", Aggregation = Aggregation.Sum, ValueProperty = "tokens", GroupBy = [], Filter = [], Unit = "token", CreatedAt = s_march.Start,
        };
        return new Spend(
            s_march, currency, [new Charge(PerToken("1"), meter, s_march, used, 0, used, amount, [])],
            new Agreement([], [Money.Zero(currency)], Money.Zero(currency), Money.Zero(currency)), null, new Dictionary<string, decimal>(), s_now);
    }

    private static CreditGrant Grant(decimal amount, CreditKind kind = CreditKind.Prepaid, string? expires = null) => new()
    {
        CustomerId = 1, Kind = kind, Currency = "USD", Amount = (long)(amount * 100), Left = (long)(amount * 100), Priority = 50,
        ExpiresAt = expires is null ? null : Instant(expires), AppliesTo = [], GrantedAt = s_march.Start, GrantedBy = "test",
    };
}
