using System.Text.Json;
using Portal.Domain.Rating;
using Portal.Domain.Values;
using static Portal.Domain.Tests.Rating.Prices;

namespace Portal.Domain.Tests.Rating;

public sealed class RatingPreviewTests
{
    private const string UnitPrice = "'price':{'rate':{'model':'per_unit','amount':'0.10'}}";

    [Fact]
    public void Answers_as_the_API_says() => Assert.Equal(
        "{'currency':'USD','amount':'11.172500000000','rounded':'11.17','steps':[{'kind':'tier','from':'0','to':'100','quantity':'100','unitAmount':'0.10','flat':'0','amount':'10'},{'kind':'tier','from':'100','to':null,'quantity':'23.45','unitAmount':'0.05','flat':'0','amount':'1.1725'}]}".Replace('\'', '"'),
        JsonSerializer.Serialize(
            Preview("{'currency':'USD','price':{'rate':{'model':'graduated','tiers':[{'upTo':'100','amount':'0.10'},{'upTo':null,'amount':'0.05'}]}},'quantity':'123.45'}"),
            JsonSerializerOptions.Web));

    [Theory]
    [InlineData("USD", "123.456", "12.345600000000", "12.35")]
    [InlineData("USD", "123.45", "12.345000000000", "12.35")]
    [InlineData("JPY", "123.45", "12.345000000000", "12")]
    [InlineData("JPY", "125", "12.500000000000", "13")]
    [InlineData("KWD", "123.456", "12.345600000000", "12.346")]
    [InlineData("EUR", "0", "0.000000000000", "0.00")]
    public void Amounts_have_twelve_places_and_the_currencys_digits(string currency, string quantity, string amount, string rounded)
    {
        var preview = Preview($"{{'currency':'{currency}',{UnitPrice},'quantity':'{quantity}'}}");
        Assert.Equal((amount, rounded), (preview.Amount, preview.Rounded));
        Assert.Null(preview.Segments);
    }

    [Fact]
    public void Values_are_events_in_order_of_time() => Assert.Equal(
        "2.000000000000",
        Preview("{'currency':'USD','price':{'rate':{'model':'percentage','percent':'10','freeEvents':2}},'values':['5',7.5,'20']}").Amount);

    [Fact]
    public void A_price_can_be_pasted_from_a_card() => Assert.Equal(
        "0.500000000000",
        Preview("{'currency':'USD','price':{'key':'in','name':'Input','meter':'tokens','match':{'model':'x'},'recurring':null,'included':'5','rate':{'model':'per_unit','amount':'0.10'}},'quantity':10}").Amount);

    [Fact]
    public void Segments_add_up_to_the_whole()
    {
        var preview = Preview("{'currency':'USD','price':{'rate':{'model':'per_unit','amount':'0.005'}},'segments':[{'quantity':'1'},{'quantity':'1'},{'quantity':'1','price':{'rate':{'model':'per_unit','amount':'0.10'}}}]}");
        Assert.Equal(("0.110000000000", "0.11"), (preview.Amount, preview.Rounded));
        Assert.Equal([("0.005000000000", "0.01"), ("0.005000000000", "0.00"), ("0.100000000000", "0.10")], preview.Segments!.Select(segment => (segment.Amount, segment.Rounded)));
        Assert.Equal(0.11m, preview.Steps.Sum(step => step.Amount));
    }

    [Theory]
    [InlineData("[{'quantity':'0'},{'quantity':'0','price':{'rate':{'model':'flat','amount':'20'}}}]", "10.00 0.00")]
    [InlineData("[{'quantity':'0','share':'0.5'},{'quantity':'0','share':'0.5','price':{'rate':{'model':'flat','amount':'20'}}}]", "5.00 10.00")]
    [InlineData("[{'quantity':'0','share':'0.25'}]", "2.50")]
    [InlineData("[{'values':['5','6']},{'quantity':'0'}]", "10.00 0.00")]
    public void Segments_may_have_shares_of_the_period(string segments, string rounded) => Assert.Equal(
        rounded.Split(' '),
        Preview($"{{'currency':'USD','price':{{'rate':{{'model':'flat','amount':'10'}}}},'segments':{segments}}}").Segments!.Select(segment => segment.Rounded));

    [Theory]
    [InlineData("[]", "")]
    [InlineData("{}", "currency price quantity")]
    [InlineData("{'currency':'usd'," + UnitPrice + ",'quantity':1}", "currency")]
    [InlineData("{'currency':'XXX'," + UnitPrice + ",'quantity':1}", "currency")]
    [InlineData("{'currency':'USD'," + UnitPrice + "}", "quantity")]
    [InlineData("{'currency':'USD'," + UnitPrice + ",'quantity':null}", "quantity")]
    [InlineData("{'currency':'USD'," + UnitPrice + ",'quantity':'-1'}", "quantity")]
    [InlineData("{'currency':'USD'," + UnitPrice + ",'quantity':'1,5'}", "quantity")]
    [InlineData("{'currency':'USD'," + UnitPrice + ",'quantity':'1e5'}", "quantity")]
    [InlineData("{'currency':'USD'," + UnitPrice + ",'quantity':1e5}", "quantity")]
    [InlineData("{'currency':'USD'," + UnitPrice + ",'quantity':'NaN'}", "quantity")]
    [InlineData("{'currency':'USD'," + UnitPrice + ",'quantity':1000000000000000}", "quantity")]
    [InlineData("{'currency':'USD'," + UnitPrice + ",'quantity':{}}", "quantity")]
    [InlineData("{'currency':'USD'," + UnitPrice + ",'quantity':1,'values':['1']}", "quantity")]
    [InlineData("{'currency':'USD'," + UnitPrice + ",'values':'1'}", "values")]
    [InlineData("{'currency':'USD'," + UnitPrice + ",'values':['1','x',null]}", "values[1] values[2]")]
    [InlineData("{'currency':'USD'," + UnitPrice + ",'quantity':1,'amount':2}", "amount")]
    [InlineData("{'currency':'USD','quantity':1}", "price")]
    [InlineData("{'currency':'USD','price':7,'quantity':1}", "price")]
    [InlineData("{'currency':'USD','price':{'rate':{'model':'graduated','tiers':[{'upTo':'1','amount':'1'}]}},'quantity':1}", "price.rate.tiers[0].upTo")]
    [InlineData("{'currency':'USD','price':{'rate':{'model':'per_unit','amount':'-1'}},'quantity':'-1'}", "price.rate.amount quantity")]
    [InlineData("{'currency':'USD','price':{'rate':{'model':'per_unit','amount':'999999999999999'}},'quantity':'2'}", "price")]
    [InlineData("{'currency':'USD'," + UnitPrice + ",'segments':[]}", "segments")]
    [InlineData("{'currency':'USD'," + UnitPrice + ",'segments':{}}", "segments")]
    [InlineData("{'currency':'USD'," + UnitPrice + ",'segments':[7]}", "segments[0]")]
    [InlineData("{'currency':'USD'," + UnitPrice + ",'segments':[{}]}", "segments[0].quantity")]
    [InlineData("{'currency':'USD'," + UnitPrice + ",'segments':[{'quantity':1,'values':[]}]}", "segments[0].quantity")]
    [InlineData("{'currency':'USD'," + UnitPrice + ",'segments':[{'quantity':'-1'}]}", "segments[0].quantity")]
    [InlineData("{'currency':'USD'," + UnitPrice + ",'segments':[{'quantity':1,'share':'0.5'},{'quantity':1}]}", "segments")]
    [InlineData("{'currency':'USD'," + UnitPrice + ",'segments':[{'quantity':1,'share':'0.5'},{'quantity':1,'share':'0.6'}]}", "segments")]
    [InlineData("{'currency':'USD','segments':[{'quantity':1}]}", "segments[0].price")]
    [InlineData("{'currency':'USD','segments':[{'quantity':1,'price':{'rate':{'model':'flat'}}}]}", "segments[0].price.rate.amount")]
    [InlineData("{'currency':'USD','price':{},'segments':[{'quantity':1}]}", "price.rate")]
    [InlineData("{'currency':'USD','price':{'rate':{'model':'per_unit','amount':'999999999999999'}},'segments':[{'quantity':'1'},{'quantity':'2'}]}", "segments")]
    public void What_makes_no_sense_is_refused_with_its_path(string request, string paths)
    {
        var refused = Assert.Throws<InvalidInputException>(() => Preview(request));
        Assert.Equal(paths.Split(' '), refused.Errors.Items.Select(error => error.Path));
        Assert.All(refused.Errors.Items, error => Assert.Matches("^.{12,}[.]$", error.Message));
    }

    private static RatingPreview Preview(string request) => RatingPreview.Of(Element(request));
}
