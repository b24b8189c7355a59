using Portal.Domain.Rating;
using static Portal.Domain.Tests.Rating.Prices;

namespace Portal.Domain.Tests.Rating;

public sealed class PercentageTests
{
    [Theory]
    [InlineData("'percent':'2.9'", "", "0")]
    [InlineData("'percent':'2.9'", "100", "2.9")]
    [InlineData("'percent':'2.9'", "100 50 0.01", "4.35029")]
    [InlineData("'percent':'0'", "100", "0")]
    [InlineData("'percent':'150'", "100", "150")]
    [InlineData("'percent':'2.9','fixed':'0.30'", "100", "3.2")]
    [InlineData("'percent':'2.9','fixed':'0.30'", "100 50", "4.95")]
    [InlineData("'percent':'2.9','fixed':'0.30'", "0", "0.3")]              // an event without value still has its fee
    [InlineData("'percent':'2.9','fixed':'0.30'", "0 0 0", "0.9")]
    [InlineData("'percent':'2.9','fixed':'0.30'", "100 -40", "2.34")]
    [InlineData("'percent':'2.9','fixed':'0.30'", "-40 -1", "0")]           // a negative total is rated as none
    [InlineData("'percent':'0.000000000001'", "50", "0.000000000001")]
    [InlineData("'percent':'0.000000000001'", "49", "0")]
    public void Each_event_pays_a_share_and_a_fee(string rate, string values, string amount) => Costs(rate, values, amount);

    [Theory]
    [InlineData("'minPerEvent':'1'", "5", "1")]
    [InlineData("'minPerEvent':'1'", "10", "1")]
    [InlineData("'minPerEvent':'1'", "11", "1.1")]
    [InlineData("'minPerEvent':'1'", "5 5 20", "4")]
    [InlineData("'maxPerEvent':'5'", "49", "4.9")]
    [InlineData("'maxPerEvent':'5'", "50", "5")]
    [InlineData("'maxPerEvent':'5'", "51 1000000", "10")]
    [InlineData("'minPerEvent':'1','maxPerEvent':'5'", "1 30 1000", "9")]
    [InlineData("'fixed':'0.5','minPerEvent':'1','maxPerEvent':'5'", "4 5 45 46", "12")]      // bounds hold for share and fee together
    [InlineData("'minPerEvent':'2','maxPerEvent':'2'", "1 30 1000", "6")]
    [InlineData("'minPerEvent':'1'", "", "0")]
    [InlineData("'minPerEvent':'1'", "0", "1")]
    [InlineData("'maxPerEvent':'1'", "100 -90", "0")]       // 1 − 9: refunds never make the whole negative
    public void Each_event_stays_within_its_bounds(string rate, string values, string amount) => Costs($"'percent':'10',{rate}", values, amount);

    [Theory]
    [InlineData("'freeEvents':2", "100 100", "0")]
    [InlineData("'freeEvents':2", "100 100 100", "11")]
    [InlineData("'freeEvents':2", "1 2 300 4", "32.4")]
    [InlineData("'freeEvents':0", "100", "11")]
    [InlineData("'freeEvents':2", "-5 100 100", "11")]                      // a refund uses up an event too
    [InlineData("'freeAmount':'250'", "100 100", "0")]
    [InlineData("'freeAmount':'250'", "100 150", "0")]
    [InlineData("'freeAmount':'250'", "100 150 1", "1.1")]
    [InlineData("'freeAmount':'250'", "100 151", "1.1")]                    // the one that straddles pays on its rest, and the fee
    [InlineData("'freeAmount':'250'", "100 250 10", "13")]
    [InlineData("'freeAmount':'250'", "1000", "76")]
    [InlineData("'freeAmount':'250'", "250", "0")]
    [InlineData("'freeAmount':'0'", "100", "11")]
    [InlineData("'freeAmount':'100'", "90 0 0 20", "2")]                    // events without value are free while the allowance lasts
    [InlineData("'freeAmount':'100'", "90 10 0 20", "4")]
    [InlineData("'freeAmount':'100'", "60 -20 50 20", "2")]                 // a refund gives its value back
    [InlineData("'freeEvents':3,'freeAmount':'250'", "10 10 10 10", "2")]   // whichever is used up first
    [InlineData("'freeEvents':3,'freeAmount':'250'", "200 200 10 10", "20")]
    [InlineData("'freeEvents':1,'freeAmount':'250'", "200 40", "5")]
    [InlineData("'freeEvents':1,'freeAmount':'250'", "300 40", "11")]
    [InlineData("'freeEvents':2,'freeAmount':'250'", "200 300 40", "31")]
    [InlineData("'freeEvents':0,'freeAmount':'250'", "100", "11")]
    [InlineData("'freeEvents':1000000,'freeAmount':'250'", "100 200", "6")]
    public void The_free_allowance_goes_first(string rate, string values, string amount) =>
        Costs($"'percent':'10','fixed':'1',{rate}", values, amount);

    [Fact]
    public void The_order_of_events_decides_which_are_free()
    {
        Costs("'percent':'10','freeEvents':1", "100 10", "1");
        Costs("'percent':'10','freeEvents':1", "10 100", "10");
    }

    [Theory]
    [InlineData("'freeAmount':'100','minPerEvent':'3'", "100 5", "3")]
    [InlineData("'freeAmount':'100','minPerEvent':'3'", "99 5", "3")]           // straddling: 0.4 is raised to 3
    [InlineData("'freeAmount':'100','maxPerEvent':'3'", "99 500 500", "6")]
    [InlineData("'freeEvents':1,'fixed':'1','minPerEvent':'3','maxPerEvent':'4'", "500 1 10 100", "10")]
    public void What_the_allowance_leaves_is_bounded(string rate, string values, string amount) => Costs($"'percent':'10',{rate}", values, amount);

    [Theory]
    [InlineData("'percent':'10','fixed':'1'", "100", "60 60 10", "5")]              // the first two are covered to 100: 20 and 10 are left
    [InlineData("'percent':'10','fixed':'1'", "100", "100 10", "2")]
    [InlineData("'percent':'10','fixed':'1'", "1000", "100 10", "0")]
    [InlineData("'percent':'10','fixed':'1','freeAmount':'50'", "100", "60 60 60 60", "11")]
    [InlineData("'percent':'10','fixed':'1','freeEvents':1", "100", "100 60 60", "7")]
    public void Included_units_are_value_and_come_off_before_the_allowance(string rate, string included, string values, string amount) =>
        Assert.Equal(Number(amount), Rater.Rate(
            Terms($"{{'rate':{{'model':'percentage',{rate}}},'included':'{included}'}}"), RatedUsage.OfValues(Numbers(values))).Amount());

    [Theory]
    [InlineData("'percent':'2.9','fixed':'0.30'")]
    [InlineData("'percent':'2.9'")]
    [InlineData("'percent':'1.333333333333','fixed':'0.000000000001'")]
    public void Without_bounds_or_allowance_the_sum_and_the_count_are_enough(string rate)
    {
        var terms = Terms($"{{'rate':{{'model':'percentage',{rate}}}}}");
        decimal[] values = [12.34m, 0.01m, 99.99m, 1000m, 0m, -3m];
        Assert.Equal(Rater.Rate(terms, RatedUsage.OfValues(values)).Amount(), Rater.Rate(terms, new RatedUsage(values.Sum(), values.Length)).Amount());
    }

    [Theory]
    [InlineData("'percent':'10','freeAmount':'250'")]
    [InlineData("'percent':'10','fixed':'1','freeEvents':25")]
    [InlineData("'percent':'10','fixed':'1','freeEvents':25,'freeAmount':'247'")]
    [InlineData("'percent':'10','fixed':'1','freeEvents':45,'freeAmount':'247','maxPerEvent':'1.7'")]
    [InlineData("'percent':'10','minPerEvent':'2'")]
    public void Equal_events_rate_the_same_summed_up_and_one_by_one(string rate)
    {
        var terms = Terms($"{{'rate':{{'model':'percentage',{rate}}}}}");
        for (var count = 0; count <= 60; count++)
        {
            Assert.Equal(
                Rater.Rate(terms, RatedUsage.OfValues(Enumerable.Repeat(8m, count))).Amount(),
                Rater.Rate(terms, new RatedUsage(8m * count, count)).Amount());
        }
    }

    [Fact]
    public void Charges_that_the_buckets_hold_are_taken_as_they_are()
    {
        var terms = Terms("{'rate':{'model':'percentage','percent':'10','maxPerEvent':'5','freeAmount':'100'}}");
        var rate = (PercentageRate)terms.Rate;
        decimal[] values = [60m, 60m, 10m, 1000m, 30m];
        var fromEvents = Rater.Rate(terms, RatedUsage.OfValues(values));

        // The bucket in which the allowance ends is read event by event, the one after it is summed up.
        var fromBuckets = Rater.Rate(terms, RatedUsage.OfRuns(
            [new ValueRun(60m), new ValueRun(60m), new ValueRun(1040m, 3, values[2..].Sum(rate.ChargeOf))]));
        Assert.Equal(11m, fromEvents.Amount());
        Assert.Equal(fromEvents.Amount(), fromBuckets.Amount());
        Assert.True(rate.HasBounds && rate.HasAllowance);
    }

    [Fact]
    public void A_quantity_whose_events_nobody_counted_is_one_event()
    {
        var terms = Terms("{'rate':{'model':'percentage','percent':'10','freeAmount':'3'}}");
        Assert.Equal(0.2m, Rater.Rate(terms, new RatedUsage(5m, 0)).Amount());
    }

    private static void Costs(string rate, string values, string amount)
    {
        var used = Numbers(values).ToList();
        var rated = Rater.Rate(Terms($"{{'rate':{{'model':'percentage',{rate}}}}}"), RatedUsage.OfValues(used));
        Assert.Equal(Number(amount), rated.Amount());
        Assert.Equal(Math.Max(0, used.Sum()), rated.Steps.Sum(step => step.Quantity));
    }
}
