using System.Text.Json;
using Portal.Catalog;
using Portal.Domain.Catalog;
using Portal.Domain.Rating;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Tests.Catalog;

public sealed class RateCardSheetTests
{
    public static TheoryData<string> Rates =>
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

    [Theory]
    [MemberData(nameof(Rates))]
    public void What_is_shown_and_read_back_is_what_was_stored(string rate)
    {
        var stored = Card(Terms($$"""{"rate":{{rate}},"included":"50","minimum":"1.50","maximum":"900"}"""));

        var read = RateCardSheet.Of(stored).Read(Meter);

        Assert.False(read.Errors.Any, string.Join(" ", read.Errors.Elsewhere));
        Assert.Equal(Json(stored), Json(read.Content));
    }

    [Fact]
    public void A_fee_keeps_when_it_is_charged()
    {
        var stored = Card(Terms("""{"rate":{"model":"flat","amount":"20"}}""")) with
        {
            Prices = [new Price("seat", "Seat", null, new Dictionary<string, string>(), Price.Arrears, null, new PriceTerms(new FlatRate(20m)))],
            Features = [new Feature("api", 50_000m, "tokens"), new Feature("support", null, null)],
            TrialDays = 14,
            Billing = new BillingTerms(50m, BillingTerms.Send, 30) { PrepaidOnly = true, TaxIncluded = true },
        };

        Assert.Equal(Json(stored), Json(RateCardSheet.Of(stored).Read(Meter).Content));
    }

    [Fact]
    public void An_error_of_a_tier_stands_at_its_own_cell()
    {
        var sheet = RateCardSheet.Of(Card(Terms("""{"rate":{"model":"volume","tiers":[{"upTo":"1000","amount":"1"},{"upTo":"2000","amount":"1"},{"upTo":null,"amount":"1"}]}}""")));
        sheet.Rows[0].Tiers[1]["upTo"] = "500";

        var read = sheet.Read(Meter);

        Assert.False(read.Saves);
        Assert.Contains("above 1000", read.Errors.At("prices[0].rate.tiers[1].upTo"), StringComparison.Ordinal);
        Assert.Equal(1, read.Errors.Count);
        Assert.True(read.Errors.AnyUnder("prices[0].rate.tiers"));
        Assert.False(read.Errors.AnyUnder("prices[0].rate.t"));
    }

    [Theory]
    [InlineData("1,5")]
    [InlineData("1e5")]
    [InlineData("-1")]
    [InlineData("0.1234567890123")]
    public void What_the_API_would_refuse_is_refused_in_the_cell(string typed)
    {
        var sheet = RateCardSheet.Of(Card(Terms("""{"rate":{"model":"per_unit","amount":"1"}}""")));
        sheet.Rows[0]["rate.amount"] = typed;

        Assert.NotNull(sheet.Read(Meter).Errors.At("prices[0].rate.amount"));
    }

    [Fact]
    public void Taking_the_open_tier_away_opens_the_one_before_it()
    {
        var sheet = RateCardSheet.Of(Card(Terms("""{"rate":{"model":"stairstep","tiers":[{"upTo":"100","flat":"10"},{"upTo":null,"flat":"30"}]}}""")));
        sheet.Rows[0].Tiers.RemoveAt(1);

        var read = sheet.Read(Meter);

        Assert.False(read.Errors.Any);
        Assert.Equal(new FlatTier(null, 10m), Assert.Single(Assert.IsType<StairstepRate>(read.Content.Prices[0].Terms.Rate).Tiers));
    }

    [Fact]
    public void A_model_takes_only_what_belongs_to_it_and_finds_it_again()
    {
        var sheet = RateCardSheet.Of(Card(Terms("""{"rate":{"model":"per_unit","amount":"2","per":"10"}}""")));
        sheet.Rows[0].Model = "flat";
        Assert.Equal(new FlatRate(2m), sheet.Read(Meter).Content.Prices[0].Terms.Rate);

        sheet.Rows[0].Model = "per_unit";
        Assert.Equal(new PerUnitRate(2m, 10m), sheet.Read(Meter).Content.Prices[0].Terms.Rate);
    }

    [Fact]
    public void Prices_that_take_the_same_usage_can_be_saved_but_not_published()
    {
        var card = Card(Terms("""{"rate":{"model":"per_unit","amount":"1"}}"""));
        var sheet = RateCardSheet.Of(card with { Prices = [card.Prices[0], card.Prices[0] with { Key = "again" }] });

        var read = sheet.Read(Meter);

        Assert.True(read.Saves);
        Assert.False(read.Publishes);
        Assert.NotNull(read.Errors.At("prices[1].match"));
    }

    [Fact]
    public void A_key_follows_the_name_until_it_has_one_of_its_own()
    {
        var sheet = RateCardSheet.Of(Card(Terms("""{"rate":{"model":"per_unit","amount":"1"}}""")));
        var row = sheet.Add();
        sheet.Rename(row, "Tokens");
        Assert.Equal("tokens-2", row["key"]);

        sheet.Rename(row, "Straße, größer (neu)");
        Assert.Equal("stra-e-gro-er-neu", row["key"]);

        row["key"] = "mine";
        sheet.Rename(row, "Other");
        Assert.Equal("mine", row["key"]);
    }

    [Fact]
    public void A_match_on_what_another_meter_groups_by_is_forgotten()
    {
        var sheet = RateCardSheet.Of(Card(Terms("""{"rate":{"model":"per_unit","amount":"1"}}""")));
        sheet.Rows[0]["match.model"] = "gpt-4o";
        sheet.Rows[0]["match.region"] = "eu";
        sheet.Rows[0].KeepMatch(["model"]);

        Assert.Equal(new Dictionary<string, string> { ["model"] = "gpt-4o" }, sheet.Read(Meter).Content.Prices[0].Match);
    }

    [Theory]
    [InlineData("prices[2].rate.tiers[1].upTo", "prices[2].rate.tiers[1].upTo")]
    [InlineData("prices[2].rate.tiers[1]", "prices[2].rate.tiers[1].upTo")]
    [InlineData("prices[2].rate.tiers", "prices[2].rate.tiers[0].upTo")]
    [InlineData("prices[2].rate", "prices[2].rate.model")]
    [InlineData("prices[2].recurring", "prices[2].meter")]
    [InlineData("prices[2].match.model", "prices[2].match.model")]
    [InlineData("prices[2]", "prices[2].name")]
    [InlineData("features[0].limit", "features[0].limit")]
    [InlineData("billing.netDays", "billing.netDays")]
    [InlineData("prices", null)]
    [InlineData("prices[2].colour", null)]
    public void Every_path_of_the_domain_has_a_cell_or_stands_above_the_sheet(string path, string? cell) => Assert.Equal(cell, CellErrors.CellOf(path));

    private static PriceTerms Terms(string json) => JsonSerializer.Deserialize<PriceTerms>(json)!;

    private static RateCardContent Card(PriceTerms terms) => new(
        "Pay as you go", "USD", BillingInterval.Month,
        [new Price("tokens", "Tokens", "tokens", new Dictionary<string, string> { ["model"] = "gpt-4o" }, null, null, terms)], [], 0, BillingTerms.Default);

    private static string Json(RateCardContent content) => JsonSerializer.Serialize(content, JsonColumns.Options);

    private static Meter? Meter(string key) => key != "tokens" ? null : new Meter
    {
        Key = key,
        Name = "Tokens",
        EventType = "llm",
        Aggregation = Aggregation.Sum,
        ValueProperty = "tokens",
        GroupBy = ["model"],
        Filter = [],
        Unit = "token",
        CreatedAt = DateTimeOffset.UnixEpoch,
    };
}
