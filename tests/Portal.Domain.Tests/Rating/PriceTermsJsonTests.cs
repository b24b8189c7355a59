using System.Buffers;
using System.Text;
using System.Text.Json;
using Portal.Domain.Rating;
using Portal.Domain.Values;
using static Portal.Domain.Tests.Rating.Prices;

namespace Portal.Domain.Tests.Rating;

public sealed class PriceTermsJsonTests
{
    [Theory]
    [InlineData("{'rate':{'model':'flat','amount':'49.90'},'included':'0'}")]
    [InlineData("{'rate':{'model':'per_unit','amount':'0.10'},'included':'1000','minimum':'5.00','maximum':'99.990'}")]
    [InlineData("{'rate':{'model':'per_unit','amount':'2.50','per':'1000000'},'included':'0'}")]
    [InlineData("{'rate':{'model':'graduated','tiers':[{'upTo':'100','amount':'0.10'},{'upTo':'1000.50','amount':'0.050','per':'10','flat':'2.00'},{'upTo':null,'amount':'0'}]},'included':'0'}")]
    [InlineData("{'rate':{'model':'volume','tiers':[{'upTo':null,'amount':'0.000000000001','flat':'1'}]},'included':'0'}")]
    [InlineData("{'rate':{'model':'stairstep','tiers':[{'upTo':'10','flat':'0.00'},{'upTo':null,'flat':'9.99'}]},'included':'0'}")]
    [InlineData("{'rate':{'model':'package','size':'1000','amount':'2.50'},'included':'0'}")]
    [InlineData("{'rate':{'model':'percentage','percent':'2.90'},'included':'0'}")]
    [InlineData("{'rate':{'model':'percentage','percent':'2.90','fixed':'0.30','freeEvents':'10','freeAmount':'500.0','minPerEvent':'0.50','maxPerEvent':'12'},'included':'0'}")]
    [InlineData("{'rate':{'model':'graduated_percentage','tiers':[{'upTo':'10000','percent':'2.9'},{'upTo':null,'percent':'1','flat':'20'}]},'included':'0'}")]
    public void Terms_come_back_as_they_were_written(string json)
    {
        Assert.Equal(json.Replace('\'', '"'), JsonSerializer.Serialize(Terms(json)));
        Assert.Equal(json.Replace('\'', '"'), JsonSerializer.Serialize(JsonSerializer.Deserialize<PriceTerms>(json.Replace('\'', '"'))));

        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("key", "p");
            PriceTermsJson.WriteFields(writer, Terms(json));
            writer.WriteEndObject();
        }

        Assert.Equal(json.Replace('\'', '"').Replace("{\"rate\"", "{\"key\":\"p\",\"rate\"", StringComparison.Ordinal), Encoding.UTF8.GetString(buffer.WrittenSpan));
    }

    [Theory]
    [InlineData("{'rate':{'model':'per_unit','amount':0.10,'per':1},'included':null,'minimum':null}", "{'rate':{'model':'per_unit','amount':'0.10'},'included':'0'}")]
    [InlineData("{'rate':{'model':'graduated','tiers':[{'amount':1,'flat':0}]}}", "{'rate':{'model':'graduated','tiers':[{'upTo':null,'amount':'1'}]},'included':'0'}")]
    public void Numbers_and_left_out_fields_are_taken(string json, string canonical) =>
        Assert.Equal(canonical.Replace('\'', '"'), JsonSerializer.Serialize(Terms(json)));

    [Theory]
    [InlineData("{}", "rate")]
    [InlineData("{'rate':null}", "rate")]
    [InlineData("{'rate':'flat'}", "rate")]
    [InlineData("{'rate':[]}", "rate")]
    [InlineData("{'rate':{}}", "rate.model")]
    [InlineData("{'rate':{'model':7}}", "rate.model")]
    [InlineData("{'rate':{'model':'tiered'}}", "rate.model")]
    [InlineData("{'rate':{'model':'Flat','amount':'1'}}", "rate.model")]
    [InlineData("{'rate':{'model':'flat'}}", "rate.amount")]
    [InlineData("{'rate':{'model':'flat','amount':null}}", "rate.amount")]
    [InlineData("{'rate':{'model':'flat','amount':'-1'}}", "rate.amount")]
    [InlineData("{'rate':{'model':'flat','amount':'1,5'}}", "rate.amount")]
    [InlineData("{'rate':{'model':'flat','amount':'1e5'}}", "rate.amount")]
    [InlineData("{'rate':{'model':'flat','amount':1e5}}", "rate.amount")]
    [InlineData("{'rate':{'model':'flat','amount':'NaN'}}", "rate.amount")]
    [InlineData("{'rate':{'model':'flat','amount':true}}", "rate.amount")]
    [InlineData("{'rate':{'model':'flat','amount':['1']}}", "rate.amount")]
    [InlineData("{'rate':{'model':'flat','amount':'0.0000000000001'}}", "rate.amount")]
    [InlineData("{'rate':{'model':'flat','amount':'1','per':'2'}}", "rate.per")]
    [InlineData("{'rate':{'model':'flat','amount':'1','amount':'2'}}", "rate.amount")]
    [InlineData("{'rate':{'model':'flat','amount':'1','Amount':'2'}}", "rate.Amount")]
    [InlineData("{'rate':{'model':'per_unit','amount':'1','per':'0'}}", "rate.per")]
    [InlineData("{'rate':{'model':'per_unit','amount':'1','per':'-1'}}", "rate.per")]
    [InlineData("{'rate':{'model':'per_unit','amount':'1','size':'1'}}", "rate.size")]
    [InlineData("{'rate':{'model':'per_unit','amount':'1','tiers':[]}}", "rate.tiers")]
    [InlineData("{'rate':{'model':'package','amount':'1'}}", "rate.size")]
    [InlineData("{'rate':{'model':'package','amount':'1','size':'0'}}", "rate.size")]
    [InlineData("{'rate':{'model':'package','amount':'1','size':'-1'}}", "rate.size")]
    [InlineData("{'rate':{'model':'package','amount':'-1','size':'1'}}", "rate.amount")]
    [InlineData("{'rate':{'model':'graduated'}}", "rate.tiers")]
    [InlineData("{'rate':{'model':'graduated','tiers':[]}}", "rate.tiers")]
    [InlineData("{'rate':{'model':'graduated','tiers':{}}}", "rate.tiers")]
    [InlineData("{'rate':{'model':'graduated','tiers':[7]}}", "rate.tiers[0]")]
    [InlineData("{'rate':{'model':'graduated','tiers':[{'upTo':null}]}}", "rate.tiers[0].amount")]
    [InlineData("{'rate':{'model':'graduated','tiers':[{'upTo':'10','amount':'1'}]}}", "rate.tiers[0].upTo")]
    [InlineData("{'rate':{'model':'graduated','tiers':[{'upTo':null,'amount':'1'},{'upTo':null,'amount':'1'}]}}", "rate.tiers[0].upTo")]
    [InlineData("{'rate':{'model':'graduated','tiers':[{'upTo':'10','amount':'1'},{'upTo':'10','amount':'1'},{'upTo':null,'amount':'1'}]}}", "rate.tiers[1].upTo")]
    [InlineData("{'rate':{'model':'graduated','tiers':[{'upTo':'10','amount':'1'},{'upTo':'9.99','amount':'1'},{'upTo':null,'amount':'1'}]}}", "rate.tiers[1].upTo")]
    [InlineData("{'rate':{'model':'graduated','tiers':[{'upTo':'0','amount':'1'},{'upTo':null,'amount':'1'}]}}", "rate.tiers[0].upTo")]
    [InlineData("{'rate':{'model':'graduated','tiers':[{'upTo':'-5','amount':'1'},{'upTo':null,'amount':'1'}]}}", "rate.tiers[0].upTo")]
    [InlineData("{'rate':{'model':'graduated','tiers':[{'upTo':'x','amount':'1'},{'upTo':null,'amount':'1'}]}}", "rate.tiers[0].upTo")]
    [InlineData("{'rate':{'model':'graduated','tiers':[{'from':'0','upTo':null,'amount':'1'}]}}", "rate.tiers[0].from")]
    [InlineData("{'rate':{'model':'graduated','tiers':[{'upTo':null,'amount':'-1'}]}}", "rate.tiers[0].amount")]
    [InlineData("{'rate':{'model':'graduated','tiers':[{'upTo':null,'amount':'1','per':'0'}]}}", "rate.tiers[0].per")]
    [InlineData("{'rate':{'model':'graduated','tiers':[{'upTo':null,'amount':'1','flat':'-1'}]}}", "rate.tiers[0].flat")]
    [InlineData("{'rate':{'model':'graduated','tiers':[{'upTo':null,'amount':'1','percent':'1'}]}}", "rate.tiers[0].percent")]
    [InlineData("{'rate':{'model':'volume','tiers':[{'upTo':null,'percent':'1'}]}}", "rate.tiers[0].percent rate.tiers[0].amount")]
    [InlineData("{'rate':{'model':'stairstep','tiers':[{'upTo':null,'flat':'1','amount':'1'}]}}", "rate.tiers[0].amount")]
    [InlineData("{'rate':{'model':'stairstep','tiers':[{'upTo':null}]}}", "rate.tiers[0].flat")]
    [InlineData("{'rate':{'model':'graduated_percentage','tiers':[{'upTo':null,'percent':'-1'}]}}", "rate.tiers[0].percent")]
    [InlineData("{'rate':{'model':'percentage'}}", "rate.percent")]
    [InlineData("{'rate':{'model':'percentage','percent':'-1'}}", "rate.percent")]
    [InlineData("{'rate':{'model':'percentage','percent':'1','fixed':'-1'}}", "rate.fixed")]
    [InlineData("{'rate':{'model':'percentage','percent':'1','freeEvents':'1.5'}}", "rate.freeEvents")]
    [InlineData("{'rate':{'model':'percentage','percent':'1','freeEvents':'-1'}}", "rate.freeEvents")]
    [InlineData("{'rate':{'model':'percentage','percent':'1','freeAmount':'-1'}}", "rate.freeAmount")]
    [InlineData("{'rate':{'model':'percentage','percent':'1','minPerEvent':'2','maxPerEvent':'1'}}", "rate.minPerEvent")]
    [InlineData("{'rate':{'model':'percentage','percent':'1','amount':'2'}}", "rate.amount")]
    [InlineData("{'rate':{'model':'flat','amount':'1'},'included':'-1'}", "included")]
    [InlineData("{'rate':{'model':'flat','amount':'1'},'minimum':'-1'}", "minimum")]
    [InlineData("{'rate':{'model':'flat','amount':'1'},'maximum':'-1'}", "maximum")]
    [InlineData("{'rate':{'model':'flat','amount':'1'},'minimum':'2','maximum':'1'}", "minimum")]
    [InlineData("{'rate':{'model':'flat','amount':'1'},'minimun':'2'}", "minimun")]
    [InlineData("{'rate':{'model':'\\ud800','amount':'1'}}", "rate.model")]
    [InlineData("{'rate':{'model':'flat','amount':'\\ud800'}}", "rate.amount")]
    [InlineData("{'rate':{'model':'flat','amount':'1','\\ud800':'1'}}", "rate")]
    [InlineData("[]", "")]
    [InlineData("7", "")]
    public void What_makes_no_sense_is_refused_with_its_path(string json, string paths)
    {
        var errors = new FieldErrors();
        Assert.Null(PriceTermsJson.Read(Element(json), "", errors));
        Assert.Equal(paths.Split(' '), errors.Items.Select(error => error.Path).Distinct());
        Assert.All(errors.Items, error => Assert.Matches("^.{12,}[.]$", error.Message));
    }

    [Fact]
    public void All_errors_are_told_at_once()
    {
        var errors = new FieldErrors();
        Assert.Null(PriceTermsJson.Read(
            Element("{'name':'x','rate':{'model':'graduated','tiers':[{'upTo':'10','amount':'-1'},{'upTo':'5','amount':'x'},{'upTo':'20','amount':'1'}]},'included':'?','minimum':'2','maximum':'1','color':'red'}"),
            "prices[2]", errors, "name"));
        Assert.Equal(
            [
                "prices[2].rate.tiers[0].amount", "prices[2].rate.tiers[1].amount", "prices[2].rate.tiers[1].upTo",
                "prices[2].rate.tiers[2].upTo", "prices[2].included", "prices[2].minimum", "prices[2].color",
            ],
            errors.Items.Select(error => error.Path));
    }

    [Fact]
    public void A_field_of_another_model_is_told_what_belongs_here()
    {
        var errors = new FieldErrors();
        PriceTermsJson.Read(Element("{'rate':{'model':'package','size':'1','amount':'1','per':'2'}}"), "price", errors);
        Assert.Equal([("price.rate.per", "'per' does not belong to a package rate: remove it. Its fields are model, size, amount.")], errors.Items);
    }

    [Fact]
    public void There_is_an_end_to_the_number_of_tiers()
    {
        string Price(int tiers) => $"{{'rate':{{'model':'volume','tiers':[{string.Concat(Enumerable.Range(1, tiers - 1).Select(n => $"{{'upTo':{n},'amount':1}},"))}{{'upTo':null,'amount':1}}]}}}}";
        Assert.Equal(250, ((VolumeRate)Terms(Price(250)).Rate).Tiers.Count);
        Assert.Equal("rate.tiers", Assert.Single(Assert.Throws<InvalidInputException>(() => Terms(Price(251))).Errors.Items).Path);
    }

    [Fact]
    public void Stored_terms_that_make_no_sense_are_not_read() =>
        Assert.Contains("rate.amount", Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<PriceTerms>("{\"rate\":{\"model\":\"flat\"}}")).Message, StringComparison.Ordinal);
}
