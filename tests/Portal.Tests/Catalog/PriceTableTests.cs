using System.Globalization;
using System.Text;
using System.Text.Json;
using Portal.Catalog;
using Portal.Domain.Catalog;
using Portal.Domain.Rating;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Tests.Catalog;

/// <summary>Prices come as a table, and go as one.</summary>
public sealed class PriceTableTests
{
    private static readonly Meter[] s_meters =
    [
        Meter("tokens", "model", "type"),
        Meter("input-tokens", "model"),
        Meter("output-tokens", "model"),
        Meter("calls"),
    ];

    [Fact]
    public void A_card_written_as_a_table_is_the_same_card_read_back()
    {
        string[] rates =
        [
            """{"model":"flat","amount":"20.00"}""",
            """{"model":"per_unit","amount":"2.75","per":"1000000"}""",
            """{"model":"graduated","tiers":[{"upTo":"1000","amount":"0.01","flat":"5"},{"upTo":null,"amount":"0.008","per":"10"}]}""",
            """{"model":"volume","tiers":[{"upTo":"100","amount":"0.1"},{"upTo":"1000","amount":"0.08"},{"upTo":null,"amount":"0.05"}]}""",
            """{"model":"stairstep","tiers":[{"upTo":"100","flat":"10"},{"upTo":null,"flat":"30"}]}""",
            """{"model":"package","size":"1000","amount":"5"}""",
            """{"model":"percentage","percent":"2.9","fixed":"0.30"}""",
            """{"model":"graduated_percentage","tiers":[{"upTo":"1000","percent":"3"},{"upTo":null,"percent":"2","flat":"1"}]}""",
        ];
        var prices = rates.Select((rate, n) => new Price(
            $"p{n}", $"=Price, \"{n}\"", "tokens", new Dictionary<string, string> { ["model"] = $"m{n}", ["type"] = "in" }, null, null,
            Terms($$"""{"rate":{{rate}},"included":"50","minimum":"1.50","maximum":"900"}"""))).ToList();
        prices.Add(new Price("seat", "Seat", null, new Dictionary<string, string>(), Price.Advance, BillingInterval.Year, new PriceTerms(new FlatRate(20m))));
        var card = Card(prices) with { Features = [new Feature("api", 50m, "calls")], TrialDays = 3, SelfService = true, Billing = new BillingTerms(50m, BillingTerms.Send, 30) };

        var written = PriceTable.Write(RateCardSheet.Of(card).Rows);
        var import = Import(RateCardSheet.Of(card with { Prices = [] }), written);

        Assert.True(import.IsSound, string.Join(" ", import.Errors));
        Assert.Equal(Json(card), Json(import.Reading.Content));
    }

    [Fact]
    public void A_price_list_of_fifty_models_with_three_columns_is_a_hundred_and_fifty_prices_on_one_meter()
    {
        var list = new StringBuilder("Model\tInput\tOutput\tCached input\n");
        for (var n = 1; n <= 50; n++)
        {
            list.Append(CultureInfo.InvariantCulture, $"model-{n}\t${n}.50\t$ {n * 4}.00\t{(n % 10 == 0 ? "–" : $"0.{n:00}")}\n");
        }

        var matrix = PriceMatrix.Of(CsvText.Read(list.ToString()), [s_meters[0]]);
        var import = PriceImport.Try(RateCardSheet.Of(Card([])), matrix.Read(), replacesAll: false, Find);

        Assert.True(import.IsSound, string.Join(" ", import.Errors.Take(3)));
        Assert.True(import.Reading.Publishes);
        Assert.Equal(145, import.Prices);
        var price = import.Reading.Content.Prices.Single(one => one.Key == "model-7-output");
        Assert.Equal(("model-7, Output", "tokens", new PerUnitRate(28.00m, 1_000_000m)), (price.Name, price.Meter, (PerUnitRate)price.Terms.Rate));
        Assert.Equal(new Dictionary<string, string> { ["model"] = "model-7", ["type"] = "output" }, price.Match);
    }

    [Fact]
    public void A_column_finds_the_meter_that_is_called_like_it()
    {
        var matrix = PriceMatrix.Of(CsvText.Read("model,Input tokens,Output tokens,Notes\nlarge,1,2,new"), [.. s_meters.Skip(1)]);

        Assert.Equal(["input-tokens", "output-tokens", ""], matrix.Columns.Select(column => column.Meter));
        Assert.Equal(["large-input-tokens", "large-output-tokens"], matrix.Read().Rows.Select(price => price.Row["key"]));
    }

    [Theory]
    [InlineData("key,meter,amount\na,calls,1.5\nb,tokens,1e5", 3, "amount", "Not a number: write it like 1250.50.")]
    [InlineData("key,meter,amount\na,nope,1.5", 2, "meter", "There is no meter 'nope'")]
    [InlineData("key,meter,model,tiers\na,calls,graduated,100 = 1 | 50 = 2 | * = 3", 2, "tiers", "above 100")]
    [InlineData("key,meter,model,tiers\na,calls,graduated,100 = 1 | 200 = 2", 2, "tiers", "Write tiers like")]
    [InlineData("key,meter,model,amount\na,calls,cheap,1", 2, "model", "There is no pricing model 'cheap'")]
    [InlineData("key,meter,amount,colour\na,calls,1,red", 1, "colour", "There is no such column")]
    [InlineData("key,meter,match.region,amount\na,tokens,eu,1", 2, "match.region", "does not group by 'region'")]
    [InlineData("key,meter,amount\na,calls,1\nb,calls,2", 3, "match", "both take")]
    [InlineData("key,meter,amount\na,calls,1\na,tokens,2", 3, "key", "Another price has the key 'a'")]
    public void What_is_wrong_is_named_by_row_and_column(string table, int line, string column, string message)
    {
        var error = Assert.Single(Import(RateCardSheet.Of(Card([])), table).Errors);

        Assert.Equal((line, column), (error.Line, error.Column));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_price_with_the_same_key_is_replaced_in_its_place_and_the_others_stay_or_go()
    {
        var card = Card([PerUnit("a", "calls", 1), PerUnit("b", "input-tokens", 2)]);
        const string table = "key,meter,amount\na,calls,9\nc,output-tokens,3";

        Assert.Equal(["a 9", "b 2", "c 3"], Prices(PriceImport.Try(RateCardSheet.Of(card), PriceTable.Read(CsvText.Read(table)), false, Find)));
        Assert.Equal(["a 9", "c 3"], Prices(PriceImport.Try(RateCardSheet.Of(card), PriceTable.Read(CsvText.Read(table)), true, Find)));

        static IEnumerable<string> Prices(PriceImport import) =>
            import.Reading.Content.Prices.Select(price => string.Create(CultureInfo.InvariantCulture, $"{price.Key} {((PerUnitRate)price.Terms.Rate).Amount}"));
    }

    [Fact]
    public void A_duplicate_is_the_same_price_under_a_key_of_its_own_and_changes_alone()
    {
        var sheet = RateCardSheet.Of(Card([PerUnit("a", "calls", 1), new Price("t", "Tiers", "tokens", new Dictionary<string, string>(), null, null,
            Terms("""{"rate":{"model":"volume","tiers":[{"upTo":"100","amount":"0.1"},{"upTo":null,"amount":"0.05"}]}}"""))]));

        var copy = sheet.Duplicate(sheet.Rows[1]);
        copy.Tiers[0]["amount"] = "7";
        copy["match.model"] = "large";

        var read = sheet.Read(Find);
        Assert.True(read.Publishes, string.Join(" ", read.Errors.Elsewhere));
        Assert.Equal(["a", "t", "tiers-copy"], read.Content.Prices.Select(price => price.Key));
        Assert.Equal([0.1m, 7m], read.Content.Prices.Skip(1).Select(price => ((VolumeRate)price.Terms.Rate).Tiers[0].Amount));
    }

    private static PriceImport Import(RateCardSheet sheet, string table) => PriceImport.Try(sheet, PriceTable.Read(CsvText.Read(table)), false, Find);

    private static Price PerUnit(string key, string meter, decimal amount) =>
        new(key, key, meter, new Dictionary<string, string>(), null, null, new PriceTerms(new PerUnitRate(amount)));

    private static PriceTerms Terms(string json) => JsonSerializer.Deserialize<PriceTerms>(json)!;

    private static RateCardContent Card(IReadOnlyList<Price> prices) => new("Card", "USD", BillingInterval.Month, prices, [], 0, BillingTerms.Default);

    private static string Json(RateCardContent content) => JsonSerializer.Serialize(content, JsonColumns.Options);

    private static Meter? Find(string key) => s_meters.FirstOrDefault(meter => meter.Key == key);

    private static Meter Meter(string key, params string[] groupBy) => new()
    {
        Key = key, Name = key, EventType = "llm", Aggregation = Aggregation.Sum, ValueProperty = "tokens", GroupBy = groupBy, Filter = [], Unit = "token", CreatedAt = DateTimeOffset.UnixEpoch,
    };
}
