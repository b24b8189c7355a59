using System.Numerics;
using Portal.Domain.Catalog;
using Portal.Domain.Invoicing;
using Portal.Domain.Rating;
using Portal.Domain.Values;

namespace Portal.Domain.Tests.Invoicing;

/// <summary>Discounts, commitments and the cap over the charges of a period, in cents.</summary>
public sealed class AgreementTests
{
    private const int Seeds = 10_000;

    private static readonly Currency s_usd = Currency.Of("USD");
    private static readonly DateTimeOffset s_start = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly Period s_march = new(s_start, s_start.AddMonths(1));

    private static readonly Meter s_meter = new()
    {
        Key = "tokens", Name = "Tokens", EventType = "llm", Aggregation = Aggregation.Sum, ValueProperty = "tokens", GroupBy = [], Filter = [], Unit = "token", CreatedAt = s_start,
    };

    [Theory]
    [InlineData(150_000, 0, 0, 5_000)] // 500 above 1,000, 10 % off
    [InlineData(100_000, 0, 0, 0)]
    [InlineData(100_001, 0, 0, 0)] // a tenth of a cent rounds to nothing
    [InlineData(100_005, 0, 0, 1)] // half a cent rounds away from zero
    [InlineData(40_000, 0, 60_000, 0)]
    [InlineData(0, 0, 100_000, 0)]
    [InlineData(50_000, 20_000, 30_000, 0)] // a fee is spent as well
    [InlineData(10_000, 120_000, 0, 1_000)] // only usage gets cheaper
    public void A_commitment_tops_up_what_is_less_and_lowers_usage_above_it(long usage, long fee, long topUp, long off)
    {
        var agreement = Reckon([Segment(s_march, commitment: new Commitment(1_000, BillingInterval.Month, 10))], [Used(usage), Fee(fee)]);

        Assert.Equal((topUp, off), (agreement.TopUp.Minor, agreement.Discounts.Sum(discount => discount.Amount.Minor)));
    }

    [Fact]
    public void What_is_given_back_is_not_asked_for_again()
    {
        Assert.Equal(0, Reckon([Segment(s_march)], [Fee(-5_500)]).TopUp.Minor);
        Assert.Equal(10_000, Reckon([Segment(s_march, commitment: new Commitment(100, BillingInterval.Month, 10))], [Fee(-5_500)]).TopUp.Minor);
    }

    [Fact]
    public void A_commitment_is_shared_by_seconds_and_not_asked_for_in_a_trial()
    {
        var commitment = new Commitment(310, BillingInterval.Month, 0);
        var (first, then) = (new Period(s_start, s_start.AddDays(10)), new Period(s_start.AddDays(10), s_march.End));

        Assert.Equal(21_000, Reckon([Segment(then, commitment: commitment)], [Used(0)]).TopUp.Minor);
        Assert.Equal(21_000, Reckon([Segment(first, commitment: commitment) with { Charged = false }, Segment(then, commitment: commitment)], [Used(0, 1)]).TopUp.Minor);
        Assert.Equal(31_000, Reckon([Segment(first, commitment: commitment), Segment(then, commitment: commitment)], [Used(0, 1)]).TopUp.Minor);
        Assert.Equal(10_000, Reckon([Segment(first, commitment: commitment), Segment(then)], [Used(0, 1)]).TopUp.Minor);
    }

    [Fact]
    public void Discounts_are_taken_off_one_after_the_other_and_never_more_than_there_is()
    {
        var (tenth, five, rest) = (new Discount(10, null, null), new Discount(null, 5, null), new Discount(null, 1_000, null));

        Assert.Equal([("10 % discount", 1_000L), ("$5.00 discount", 500L)], Words(Reckon([Segment(s_march, [tenth, five])], [Used(10_000)])));
        Assert.Equal([("$5.00 discount", 500L), ("10 % discount", 950L)], Words(Reckon([Segment(s_march, [five, tenth])], [Used(10_000)])));
        Assert.Equal([("$1,000.00 discount", 10_000L)], Words(Reckon([Segment(s_march, [rest, tenth])], [Used(10_000)])));
    }

    [Fact]
    public void An_amount_is_split_over_the_charges_by_largest_remainder()
    {
        var agreement = Reckon([Segment(s_march, [new Discount(null, 1, null)])], [Used(100), Used(100), Fee(100)]);

        Assert.Equal([34L, 33L, 33L], agreement.OffCharges.Select(part => part.Minor));
    }

    [Fact]
    public void A_discount_that_begins_inside_a_period_lowers_only_what_comes_after()
    {
        var cut = s_start.AddDays(10);
        var agreement = Reckon(
            [Segment(new Period(s_start, cut)), Segment(new Period(cut, s_march.End), [new Discount(50, null, null)])], [Used(1_000), Used(3_000, 1)]);

        Assert.Equal([0L, 1_500L], agreement.OffCharges.Select(part => part.Minor));
    }

    [Fact]
    public void A_discount_that_holds_no_longer_takes_nothing_off()
    {
        var agreement = Agreement.Of([Segment(s_march, [new Discount(50, null, 1)])], [Used(1_000)], s_march.Duration, s_usd, _ => false, (_, _) => Cents(0));

        Assert.Empty(agreement.Discounts);
    }

    [Fact]
    public void The_cap_counts_usage_after_discounts()
    {
        var agreement = Agreement.Of(
            [Segment(s_march, [new Discount(10, null, null)])], [Used(12_000), Fee(5_000)], s_march.Duration, s_usd, _ => true,
            (used, _) => Cents(Math.Max(0, used.Minor - 10_000)));

        Assert.Equal(800, agreement.NotBilled.Minor);
    }

    [Fact]
    public void A_discount_lowers_the_top_up_too_and_is_rounded_once()
    {
        // 400.05 used and 599.95 topped up: 10 % of 1,000.00, not of each alone.
        var agreement = Reckon([Segment(s_march, [new Discount(10, null, null)], new Commitment(1_000, BillingInterval.Month, 0))], [Used(40_005)]);

        Assert.Equal((59_995, 10_000, 4_001), (agreement.TopUp.Minor, agreement.Discounts[0].Amount.Minor, agreement.OffCharges[0].Minor));
    }

    [Fact]
    public void What_the_cap_keeps_off_does_not_count_as_spent()
    {
        var agreement = Agreement.Of(
            [Segment(s_march, commitment: new Commitment(100, BillingInterval.Month, 0))], [Used(15_000)], s_march.Duration, s_usd, _ => true,
            (used, _) => Cents(used.Minor - 4_000));

        Assert.Equal((11_000, 6_000), (agreement.NotBilled.Minor, agreement.TopUp.Minor));
    }

    [Fact]
    public void Any_agreement_adds_up_and_agrees_with_a_reckoning_in_whole_numbers()
    {
        for (var seed = 1; seed <= Seeds; seed++)
        {
            var random = new Random(seed);
            var commitment = random.Next(2) == 0 ? null : new Commitment(random.Next(1, 100_000) / 100m, BillingInterval.Month, random.Next(0, 101));
            List<Discount> discounts = [.. Enumerable.Range(0, random.Next(0, 4)).Select(n => random.Next(2) == 0
                ? new Discount(random.Next(1, 10_001) / 100m, null, null)
                : new Discount(null, random.Next(1, 5_000) / 100m, null)).Distinct()];
            List<Charge> charges = [.. Enumerable.Range(0, random.Next(1, 6)).Select(n => random.Next(3) == 0 ? Fee(random.Next(0, 30_000)) : Used(random.Next(0, 60_000)))];
            var cap = random.Next(2) == 0 ? (long?)null : random.Next(0, 80_000);
            var agreement = Agreement.Of(
                [Segment(s_march, discounts, commitment)], charges, s_march.Duration, s_usd, _ => true, (used, _) => Cents(Math.Max(0, used.Minor - (cap ?? used.Minor))));

            var (usage, fees) = (charges.Where(charge => charge.Meter is not null).Sum(charge => charge.Amount.Minor), charges.Where(charge => charge.Meter is null).Sum(charge => charge.Amount.Minor));
            var committed = (long)((commitment?.Amount ?? 0) * 100);
            var overage = Rounded(Math.Clamp(usage + fees - committed, 0, usage) * (BigInteger)(commitment?.OverageDiscountPercent ?? 0), 100);
            var left = usage + fees - overage;
            var taken = overage;
            foreach (var discount in discounts)
            {
                var off = discount.Percent is { } percent ? Rounded(left * (BigInteger)(percent * 100), 10_000) : Math.Min(left, (long)(discount.Amount!.Value * 100));
                (left, taken) = (left - off, taken + off);
            }

            var offCharges = agreement.OffCharges.Sum(part => part.Minor);
            var offUsage = agreement.OffCharges.Where((_, i) => charges[i].Meter is not null).Sum(part => part.Minor);
            var notBilled = cap is { } bound ? Math.Max(0, usage - offUsage - bound) : 0;
            var topUp = Math.Max(0, committed - (usage + fees - notBilled));
            var all = agreement.Discounts.Sum(discount => discount.Amount.Minor);
            Assert.True(taken == offCharges, $"seed {seed}: {taken} was to be taken off the charges, {offCharges} was");
            Assert.True((notBilled, topUp) == (agreement.NotBilled.Minor, agreement.TopUp.Minor), $"seed {seed}: {agreement}");
            Assert.True(agreement.OffCharges.Zip(charges).All(pair => pair.First.Minor >= 0 && pair.First.Minor <= pair.Second.Amount.Minor), $"seed {seed}: a charge is lowered below nothing");
            Assert.True(all >= offCharges && all <= offCharges + topUp, $"seed {seed}: {all} is more than there is");
            Assert.True(all == offCharges || topUp > 0, $"seed {seed}: something is taken off nothing");
            Assert.True(cap is null || usage - offUsage - notBilled <= cap, $"seed {seed}: usage exceeds the cap");
        }
    }

    [Fact]
    public void Cutting_a_period_where_the_agreement_stays_the_same_changes_no_cent()
    {
        for (var seed = 1; seed <= Seeds; seed++)
        {
            var random = new Random(seed);
            var commitment = new Commitment(random.Next(1, 100_000) / 100m, BillingInterval.Month, random.Next(0, 101));
            List<Discount> discounts = [new Discount(random.Next(1, 10_001) / 100m, null, null), new Discount(null, random.Next(1, 5_000) / 100m, null)];
            var cut = s_start.AddSeconds(random.Next(1, 2_600_000));
            var (before, after) = (random.Next(0, 60_000), random.Next(0, 60_000));
            var whole = Reckon([Segment(s_march, discounts, commitment)], [Used(before + after)]);
            var parts = Reckon(
                [Segment(new Period(s_start, cut), discounts, commitment), Segment(new Period(cut, s_march.End), discounts, commitment)], [Used(before), Used(after, 1)]);

            Assert.True(whole.TopUp == parts.TopUp && Words(whole).SequenceEqual(Words(parts)), $"seed {seed}: {whole} is not {parts}");
        }
    }

    private static long Rounded(BigInteger numerator, BigInteger denominator) => (long)(((2 * numerator) + denominator) / (2 * denominator));

    private static IEnumerable<(string, long)> Words(Agreement agreement) => agreement.Discounts.Select(discount => (discount.Words(s_usd), discount.Amount.Minor));

    private static Agreement Reckon(IReadOnlyList<BillingSegment> segments, IReadOnlyList<Charge> charges) =>
        Agreement.Of(segments, charges, s_march.Duration, s_usd, _ => true, (_, _) => Cents(0));

    private static BillingSegment Segment(Period period, IReadOnlyList<Discount>? discounts = null, Commitment? commitment = null) =>
        new(period, [], Charged: true) { Discounts = discounts ?? [], Commitment = commitment };

    private static Charge Used(long cents, int segment = 0) => Charge(cents, s_meter, segment);

    private static Charge Fee(long cents) => Charge(cents, null, 0);

    private static Charge Charge(long cents, Meter? meter, int segment) => new(
        new Price("p", "P", meter?.Key, new Dictionary<string, string>(), meter is null ? Price.Arrears : null, null, new PriceTerms(new FlatRate(0))),
        meter, s_march, 1, 0, Cents(cents).Amount, Cents(cents), []) { Segment = segment };

    private static Money Cents(long cents) => new(cents, s_usd);
}
