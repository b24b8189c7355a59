using System.Text;
using System.Text.Json;
using Portal.Domain.Catalog;

namespace Portal.Domain.Tests.Metering;

public sealed class MeterMatchTests
{
    [Fact]
    public void A_value_is_missing_only_where_no_meter_of_the_type_could_take_the_event()
    {
        var intake = new Intake(null, null, Intake.Tokens("in", "in"), Intake.Tokens("out", "out"));
        Assert.Equal("missing_value", intake.Code(Intake.Event(properties: """{"tokens":1}""")));
        Assert.Equal("out", Assert.Single(intake.Read(Intake.Event(properties: """{"out":1}""")).Readings).Group.Meter.Meter.Key);
        Assert.Equal("invalid_value", intake.Code(Intake.Event(properties: """{"in":1,"out":"much"}""")));
    }

    [Fact]
    public void An_event_that_passes_no_filter_is_stored_and_counts_nowhere()
    {
        var intake = new Intake(null, null, Intake.Tokens(filter: new() { ["region"] = ["eu", "1.5", "true"] }));
        var elsewhere = intake.Read(Intake.Event(properties: """{"region":"us"}"""));
        Assert.Equal(1, elsewhere.Checked);
        Assert.Empty(elsewhere.Readings);
        Assert.Equal(1, intake.Read(Intake.Event(properties: """{"tokens":"none"}""")).Checked);

        Assert.Equal("missing_value", intake.Code(Intake.Event(properties: """{"region":"eu"}""")));
        Assert.Single(intake.Read(Intake.Event(properties: """{"region":1.50,"tokens":1}""")).Readings);
        Assert.Single(intake.Read(Intake.Event(properties: """{"region":true,"tokens":1}""")).Readings);
    }

    [Fact]
    public void Group_values_are_canonical_text_and_absent_ones_are_empty()
    {
        var intake = new Intake(null, null, Intake.Tokens(groupBy: ["model", "size", "fast", "gone"]));
        var values = intake.Read(Intake.Event(properties: """{"tokens":1,"model":"a\u00e9","size":1.50,"fast":true}""")).Readings[0].Group.Values;
        Assert.Equal(["aé", "1.5", "true", ""], values);
    }

    [Fact]
    public void Groups_with_shifted_values_are_not_the_same()
    {
        var intake = new Intake(null, null, Intake.Tokens(groupBy: ["a", "b"]));
        var batch = intake.Read($$"""[{{Intake.Event(properties: """{"tokens":1,"a":"xy"}""")}},{{Intake.Event(properties: """{"tokens":1,"a":"x","b":"y"}""")}},{{Intake.Event(properties: """{"b":"","a":"xy","tokens":1}""")}}]""");
        Assert.NotSame(batch.Readings[0].Group, batch.Readings[1].Group);
        Assert.Same(batch.Readings[0].Group, batch.Readings[2].Group);
    }

    [Fact]
    public void Distinct_values_need_not_be_decimals()
    {
        var intake = new Intake(null, null, Intake.Tokens("users", "user", Aggregation.Unique));
        Assert.Equal(1, Assert.Single(intake.Read(Intake.Event(properties: """{"user":"u1"}""")).Readings).Value);
        Assert.Equal("missing_value", intake.Code(Intake.Event(properties: "{}")));
    }

    [Theory]
    [InlineData("""{"tokens":1,"x":"y"}""", true)]
    [InlineData("""{"x":"y","tokens":1}""", true)]
    [InlineData("""{"tokens":1.0,"x":"y"}""", true)]
    [InlineData("""{"tokens":1.000,"x":"\u0079"}""", true)]
    [InlineData("""{ "tokens" : 1 , "x" : "y" }""", true)]
    [InlineData("""{"tokens":"1","x":"y"}""", false)]
    [InlineData("""{"tokens":2,"x":"y"}""", false)]
    [InlineData("""{"tokens":1,"x":"z"}""", false)]
    [InlineData("""{"tokens":1,"xx":"y"}""", false)]
    [InlineData("""{"tokens":1,"x":"y","z":""}""", false)]
    [InlineData("""{"tokens":1}""", false)]
    public void Content_is_the_properties_by_value(string properties, bool isSame)
    {
        var first = Hash(Intake.Event(properties: """{"tokens":1,"x":"y"}"""));
        Assert.Equal(isSame, first == Hash(Intake.Event(properties: properties)));
    }

    [Fact]
    public void Content_is_the_type_and_the_time_if_one_was_given_as_an_instant()
    {
        var given = Hash(Intake.Event(time: "\"2026-02-05T10:00:00Z\""));
        Assert.Equal(given, Hash(Intake.Event(time: "\"2026-02-05T11:00:00.000+01:00\"")));
        Assert.NotEqual(given, Hash(Intake.Event(time: "\"2026-02-05T10:00:00.001Z\"")));

        // Received at just that instant, but none was given: other content.
        Assert.NotEqual(given, Hash(Intake.Event()));

        var twoTypes = new Intake(null, null, Intake.Tokens(), Other());
        Assert.NotEqual(Hash(Intake.Event(), twoTypes), Hash(Intake.Event(type: "\"other\""), twoTypes));
    }

    [Theory]
    [InlineData("""{"tokens":1,"note":0.12345678901234567}""", "invalid_event")]
    [InlineData("""{"tokens":1,"note":null}""", "invalid_event")]
    [InlineData("""{"tokens":1,"note":[]}""", "invalid_event")]
    [InlineData("""[1]""", "invalid_event")]
    [InlineData("\"text\"", "invalid_event")]
    [InlineData("""{"tokens":1,"note":"a"}""", null)]
    public void Properties_are_flat_and_hold_text_numbers_and_booleans(string properties, string? code) =>
        Assert.Equal(code, new Intake().Code(Intake.Event(properties: properties)));

    [Fact]
    public void Properties_are_bounded_in_characters()
    {
        var intake = new Intake();
        string With(string name, string value) => Intake.Event(properties: JsonSerializer.Serialize(new Dictionary<string, object> { ["tokens"] = 1, [name] = value }));
        string Emoji(int count) => new StringBuilder().Insert(0, "😀", count).ToString();

        Assert.Null(intake.Code(With(new string('n', 64), Emoji(1_000))));
        Assert.Equal("invalid_event", intake.Code(With(new string('n', 65), "")));
        Assert.Equal("invalid_event", intake.Code(With("n", new string('x', 1_001))));
        Assert.Equal("invalid_event", intake.Code(With("n", new string('x', 10_000))));
        Assert.Null(intake.Code(Many(50)));
        Assert.Equal("invalid_event", intake.Code(Many(51)));

        static string Many(int count) => Intake.Event(properties: JsonSerializer.Serialize(Enumerable.Range(0, count).ToDictionary(i => i == 0 ? "tokens" : $"p{i}", i => i)));
    }

    private static Meter Other()
    {
        var other = Intake.Tokens("other");
        other.EventType = "other";
        return other;
    }

    private static long Hash(string json, Intake? intake = null) => Assert.Single((intake ?? new Intake()).Read(json).Events).ContentHash;
}
