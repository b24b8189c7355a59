using Portal.Domain.Rating;
using static Portal.Domain.Tests.Rating.Prices;

namespace Portal.Domain.Tests.Rating;

/// <summary>The table of API.md, model by model: a rate, quantities with the amount that each costs.</summary>
public sealed class ModelTests
{
    private const string Graduated = "{'rate':{'model':'graduated','tiers':[{'upTo':100,'amount':'0.10'},{'upTo':1000,'amount':'0.05','flat':'2'},{'upTo':null,'amount':'0.01','flat':'5'}]}}";
    private const string GraduatedWithFirstFlat = "{'rate':{'model':'graduated','tiers':[{'upTo':10,'amount':'1','flat':'7'},{'upTo':null,'amount':'0.5','flat':'3'}]}}";
    private const string GraduatedFree = "{'rate':{'model':'graduated','tiers':[{'upTo':1000,'amount':'0'},{'upTo':null,'amount':'0.01'}]}}";
    private const string GraduatedPer = "{'rate':{'model':'graduated','tiers':[{'upTo':10,'amount':'1','per':3},{'upTo':null,'amount':'1','per':7}]}}";
    private const string Volume = "{'rate':{'model':'volume','tiers':[{'upTo':100,'amount':'0.10','flat':'1'},{'upTo':1000,'amount':'0.05','flat':'2'},{'upTo':null,'amount':'0.01'}]}}";
    private const string Stairstep = "{'rate':{'model':'stairstep','tiers':[{'upTo':100,'flat':'10'},{'upTo':1000,'flat':'50'},{'upTo':null,'flat':'200'}]}}";
    private const string Package = "{'rate':{'model':'package','size':'1000','amount':'2.50'}}";
    private const string GraduatedPercentage = "{'rate':{'model':'graduated_percentage','tiers':[{'upTo':'10000','percent':'2.9'},{'upTo':'100000','percent':'2.5','flat':'20'},{'upTo':null,'percent':'1'}]}}";

    [Theory]
    [InlineData("0", "49.99")]
    [InlineData("1", "49.99")]
    [InlineData("999999999999999", "49.99")]
    public void Flat_is_one_amount(string quantity, string amount) => Costs("{'rate':{'model':'flat','amount':'49.99'}}", quantity, amount);

    [Theory]
    [InlineData("0.10", null, "0", "0")]
    [InlineData("0.10", null, "1", "0.10")]
    [InlineData("0.10", null, "123.456", "12.3456")]
    [InlineData("0.10", null, "0.000000000001", "0")]                              // 1e-13: below half of the last place
    [InlineData("0.50", null, "0.000000000001", "0.000000000001")]                 // 5e-13: half of it, away from zero
    [InlineData("0.499999999999", null, "0.000000000001", "0")]
    [InlineData("0.000000000001", null, "1", "0.000000000001")]
    [InlineData("0.000000000001", null, "999999999999999", "999.999999999999")]
    [InlineData("2.50", "1000000", "22361870", "55.904675")]                       // the conversations of a real hour of an LLM service
    [InlineData("10.00", "1000000", "4088665", "40.88665")]
    [InlineData("2.50", "1000000", "18059974", "45.149935")]
    [InlineData("10.00", "1000000", "245896", "2.45896")]
    [InlineData("1", "3", "1", "0.333333333333")]
    [InlineData("1", "3", "2", "0.666666666667")]
    [InlineData("1", "3", "3", "1")]
    [InlineData("1", "7", "1", "0.142857142857")]
    [InlineData("1", "0.5", "1", "2")]
    [InlineData("0.0000018", null, "812", "0.0014616")]
    [InlineData("123456789012345.123456789012", "999999999999999.999999999999", "1", "0.123456789012")]
    public void Per_unit_is_quantity_times_amount(string unit, string? per, string quantity, string amount) => Costs(
        per is null ? $"{{'rate':{{'model':'per_unit','amount':'{unit}'}}}}" : $"{{'rate':{{'model':'per_unit','amount':'{unit}','per':'{per}'}}}}", quantity, amount);

    [Theory]
    [InlineData(Graduated, "0", "0")]
    [InlineData(Graduated, "0.5", "0.05")]
    [InlineData(Graduated, "1", "0.10")]
    [InlineData(Graduated, "99", "9.90")]
    [InlineData(Graduated, "100", "10")]                  // upTo belongs to its tier
    [InlineData(Graduated, "100.000000000001", "12")]      // the second tier is entered, and its crumb is below 12 places
    [InlineData(Graduated, "100.5", "12.025")]            // a fraction just past a boundary is priced, not lost
    [InlineData(Graduated, "101", "12.05")]
    [InlineData(Graduated, "999", "56.95")]
    [InlineData(Graduated, "1000", "57")]
    [InlineData(Graduated, "1001", "62.01")]
    [InlineData(Graduated, "11000", "162")]
    [InlineData(Graduated, "1000000000", "10000052")]
    [InlineData(GraduatedWithFirstFlat, "0", "7")]        // the first tier is entered even at zero
    [InlineData(GraduatedWithFirstFlat, "0.000000000001", "7.000000000001")]
    [InlineData(GraduatedWithFirstFlat, "9", "16")]
    [InlineData(GraduatedWithFirstFlat, "10", "17")]
    [InlineData(GraduatedWithFirstFlat, "11", "20.5")]
    [InlineData(GraduatedFree, "1000", "0")]
    [InlineData(GraduatedFree, "1000.5", "0.005")]
    [InlineData(GraduatedFree, "10001", "90.01")]
    [InlineData(GraduatedPer, "1", "0.333333333333")]
    [InlineData(GraduatedPer, "10", "3.333333333333")]
    [InlineData(GraduatedPer, "11", "3.476190476190")]
    [InlineData(GraduatedPer, "12", "3.619047619048")]    // 10/3 + 2/7: rounded once, not tier by tier
    [InlineData(GraduatedPer, "15", "4.047619047619")]
    public void Graduated_prices_each_unit_in_the_tier_it_falls_into(string price, string quantity, string amount) =>
        Costs(price, quantity, amount);

    [Theory]
    [InlineData("0", "1")]                  // zero falls in the first tier
    [InlineData("1", "1.10")]
    [InlineData("99", "10.90")]
    [InlineData("100", "11")]
    [InlineData("100.5", "7.025")]
    [InlineData("101", "7.05")]
    [InlineData("999", "51.95")]
    [InlineData("1000", "52")]
    [InlineData("1000.000000000001", "10")]
    [InlineData("1001", "10.01")]
    [InlineData("10000", "100")]
    public void Volume_prices_all_units_in_one_tier(string quantity, string amount) =>
        Costs(Volume, quantity, amount);

    [Theory]
    [InlineData("0", "10")]
    [InlineData("1", "10")]
    [InlineData("100", "10")]
    [InlineData("100.000000000001", "50")]
    [InlineData("101", "50")]
    [InlineData("1000", "50")]
    [InlineData("1001", "200")]
    [InlineData("999999999999999.999999999999", "200")]
    public void Stairstep_is_the_amount_of_the_tier(string quantity, string amount) => Costs(Stairstep, quantity, amount);

    [Theory]
    [InlineData("0", "0")]
    [InlineData("0.000000000001", "2.50")]
    [InlineData("1", "2.50")]
    [InlineData("999", "2.50")]
    [InlineData("1000", "2.50")]
    [InlineData("1000.000000000001", "5")]
    [InlineData("1001", "5")]
    [InlineData("2000", "5")]
    [InlineData("1000000", "2500")]
    [InlineData("1000000.5", "2502.50")]
    [InlineData("999999999999999.999999999999", "2500000000000")]
    public void A_package_that_is_begun_costs_as_much_as_a_full_one(string quantity, string amount) => Costs(Package, quantity, amount);

    [Theory]
    [InlineData("0.3", "0.9", "3")]
    [InlineData("0.1", "0.3", "3")]         // binary fractions would make it four
    [InlineData("0.000000000003", "0.000000000007", "3")]
    [InlineData("7", "21", "3")]
    public void A_package_can_hold_a_fraction(string size, string quantity, string amount) =>
        Costs($"{{'rate':{{'model':'package','size':'{size}','amount':'1'}}}}", quantity, amount);

    [Theory]
    [InlineData("0", "0")]
    [InlineData("100", "2.9")]
    [InlineData("9999.99", "289.99971")]
    [InlineData("10000", "290")]
    [InlineData("10000.01", "310.00025")]
    [InlineData("100000", "2560")]
    [InlineData("100001", "2560.01")]
    public void Graduated_percentage_takes_its_percent_of_the_value_in_each_tier(string quantity, string amount) => Costs(GraduatedPercentage, quantity, amount);

    [Theory]
    [InlineData("'included':'100'", "0", "0")]
    [InlineData("'included':'100'", "99.999999999999", "0")]
    [InlineData("'included':'100'", "100", "0")]
    [InlineData("'included':'100'", "100.5", "0.05")]
    [InlineData("'included':'100'", "250", "15")]
    [InlineData("'minimum':'5'", "0", "5")]
    [InlineData("'minimum':'5'", "49", "5")]
    [InlineData("'minimum':'5'", "50", "5")]
    [InlineData("'minimum':'5'", "51", "5.1")]
    [InlineData("'maximum':'20'", "199", "19.9")]
    [InlineData("'maximum':'20'", "200", "20")]
    [InlineData("'maximum':'20'", "201", "20")]
    [InlineData("'maximum':'20'", "1000000", "20")]
    [InlineData("'maximum':'0'", "1000000", "0")]
    [InlineData("'minimum':'5','maximum':'5'", "1", "5")]
    [InlineData("'minimum':'5','maximum':'5'", "100", "5")]
    [InlineData("'minimum':'5','maximum':'20','included':'10'", "10", "5")]
    [InlineData("'minimum':'5','maximum':'20','included':'10'", "110", "10")]
    [InlineData("'minimum':'5','maximum':'20','included':'10'", "210.000000000001", "20")]
    public void Included_units_come_off_first_and_bounds_come_last(string options, string quantity, string amount) =>
        Costs($"{{'rate':{{'model':'per_unit','amount':'0.10'}},{options}}}", quantity, amount);

    [Theory]
    [InlineData(Graduated, "-1", "0")]
    [InlineData(GraduatedWithFirstFlat, "-1", "7")]
    [InlineData(Volume, "-1000", "1")]
    [InlineData(Stairstep, "-5", "10")]
    [InlineData(Package, "-5", "0")]
    [InlineData(GraduatedPercentage, "-5", "0")]
    [InlineData("{'rate':{'model':'per_unit','amount':'1'},'minimum':'3'}", "-5", "3")]
    public void A_negative_quantity_is_rated_as_none(string price, string quantity, string amount) => Costs(price, quantity, amount);

    [Theory]
    [InlineData("{'rate':{'model':'flat','amount':'30'}}", "5", "0.5", "15")]
    [InlineData("{'rate':{'model':'flat','amount':'10'}}", "5", "0.333333333333333333", "3.333333333333")]
    [InlineData("{'rate':{'model':'flat','amount':'10'}}", "5", "0", "0")]
    [InlineData("{'rate':{'model':'per_unit','amount':'1'}}", "5", "0.5", "5")]
    [InlineData("{'rate':{'model':'per_unit','amount':'1'},'included':'3'}", "5", "0.5", "2")]      // included units are not prorated
    [InlineData("{'rate':{'model':'per_unit','amount':'1'},'minimum':'20'}", "5", "0.5", "10")]
    [InlineData("{'rate':{'model':'per_unit','amount':'1'},'maximum':'4'}", "5", "0.5", "2")]
    [InlineData(GraduatedWithFirstFlat, "11", "0.5", "15.5")]     // tiers are not, their flats are: 10 + 3.5 + 0.5 + 1.5
    [InlineData(Volume, "1000", "0.25", "50.5")]
    [InlineData(Stairstep, "101", "0.1", "5")]
    [InlineData(Package, "1001", "0.5", "5")]
    [InlineData("{'rate':{'model':'percentage','percent':'10','fixed':'1','minPerEvent':'4'}}", "10", "0.5", "4")]
    public void A_share_prorates_flats_minimum_and_maximum_alone(string price, string quantity, string share, string amount) =>
        Assert.Equal(Number(amount), Rater.Rate(Terms(price), Used(Number(quantity)), Number(share)).Amount());

    [Theory]
    [InlineData("-0.1")]
    [InlineData("1.1")]
    public void A_share_is_a_part_of_one(string share) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Rater.Rate(Terms(Package), RatedUsage.None, Number(share)));

    private static void Costs(string price, string quantity, string amount)
    {
        var rated = Rater.Rate(Terms(price), Used(Number(quantity)));
        Assert.Equal(Number(amount), rated.Amount());
        Assert.Equal(Math.Max(0, Number(quantity)), rated.Steps.Sum(step => step.Quantity));
        Assert.False(rated.IsCapped);
    }
}
