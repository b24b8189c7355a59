using System.Buffers;
using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;
using Portal.Domain.Values;

namespace Portal.Domain.Tests.Values;

public sealed class DecimalTextTests
{
    private static readonly JsonSerializerOptions s_json = new() { Converters = { new DecimalJson() } };

    [Theory]
    [InlineData("0", "0")]
    [InlineData("-0", "0")]
    [InlineData("-0.00", "0")]
    [InlineData("1", "1")]
    [InlineData("007", "7")]
    [InlineData("-1.5", "-1.5")]
    [InlineData("96.791325", "96.791325")]
    [InlineData("0.10", "0.1")]
    [InlineData("1.0", "1")]
    [InlineData("100", "100")]
    [InlineData("0.000000000001", "0.000000000001")]
    [InlineData("-0.000000000001", "-0.000000000001")]
    [InlineData("123456789012345", "123456789012345")]
    [InlineData("123456789012345.123456789012", "123456789012345.123456789012")]
    [InlineData("999999999999999.999999999999", "999999999999999.999999999999")]
    [InlineData("-999999999999999.999999999999", "-999999999999999.999999999999")]
    public void Reads_what_the_grammar_allows_and_writes_it_canonically(string text, string canonical)
    {
        Assert.True(DecimalText.TryParse(text, out var value));
        Assert.True(DecimalText.TryParse(Encoding.UTF8.GetBytes(text), out var fromUtf8));
        Assert.Equal(decimal.Parse(text, CultureInfo.InvariantCulture), value);
        Assert.Equal(value, fromUtf8);
        Assert.Equal((canonical, canonical), (DecimalText.Format(value), Utf8(value)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("-")]
    [InlineData("+1")]
    [InlineData(" 1")]
    [InlineData("1 ")]
    [InlineData("1\n")]
    [InlineData("1,5")]
    [InlineData("1,000")]
    [InlineData("1e5")]
    [InlineData("1E5")]
    [InlineData("NaN")]
    [InlineData("Infinity")]
    [InlineData("0x10")]
    [InlineData(".5")]
    [InlineData("-.5")]
    [InlineData("5.")]
    [InlineData("1..5")]
    [InlineData("1.5.5")]
    [InlineData("--1")]
    [InlineData("1-")]
    [InlineData("1_000")]
    [InlineData("$1")]
    [InlineData("(1)")]
    [InlineData("1000000000000000")]
    [InlineData("0000000000000001")]
    [InlineData("0.0000000000001")]
    [InlineData("1.1234567890123")]
    [InlineData("123456789012345.1234567890123")]
    [InlineData("1234567890123456.123456789012")]
    [InlineData("1111111111111111111111111111111111111111")]
    [InlineData("\u0661")]
    [InlineData("１")]
    [InlineData("\u2212" + "1")]
    [InlineData("\u0131")]
    public void Refuses_everything_else(string text)
    {
        Assert.False(DecimalText.TryParse(text, out var value));
        Assert.Equal(0m, value);
        Assert.False(DecimalText.TryParse(Encoding.UTF8.GetBytes(text), out _));
    }

    [Fact]
    public void Reads_any_valid_text_as_the_framework_does()
    {
        for (var seed = 1; seed <= 5_000; seed++)
        {
            var random = new Random(seed);
            var text = (random.Next(2) == 0 ? "-" : "") + Digits(random, random.Next(1, 16)) + (random.Next(3) == 0 ? "" : "." + Digits(random, random.Next(1, 13)));

            Assert.True(DecimalText.TryParse(text, out var value), $"seed {seed}: {text} was refused");
            var expected = decimal.Parse(text, CultureInfo.InvariantCulture);
            Assert.True(expected == value && expected.Scale == value.Scale, $"seed {seed}: {text} was read as {value}");
            Assert.True(DecimalText.TryParse(DecimalText.Format(value), out var again) && again == value, $"seed {seed}: {text} did not come back");
            Assert.Equal(DecimalText.Format(value), Utf8(value));
        }
    }

    [Theory]
    [InlineData("-0", "0")]
    [InlineData("-0.00", "0")]
    [InlineData("-79228162514264337593543950335", "-79228162514264337593543950335")]
    [InlineData("-0.0000000000000000000000000001", "-0.0000000000000000000000000001")]
    public void Writes_every_decimal_there_is(string text, string canonical)
    {
        var value = decimal.Parse(text, CultureInfo.InvariantCulture);
        Assert.Equal((canonical, canonical), (DecimalText.Format(value), Utf8(value)));
    }

    private static string Utf8(decimal value)
    {
        Span<byte> text = stackalloc byte[DecimalText.LengthMax];
        return Encoding.UTF8.GetString(text[..DecimalText.Format(value, text)]);
    }

    [Fact]
    public void Keeps_the_digits_that_were_entered()
    {
        Assert.True(DecimalText.TryParse("0.10", out var value));
        Assert.Equal("0.10", DecimalText.FormatAsEntered(value));
    }

    [Theory]
    [InlineData("12.3456", 12, "12.345600000000")]
    [InlineData("12.345", 2, "12.35")]
    [InlineData("-12.345", 2, "-12.35")]
    [InlineData("12.5", 0, "13")]
    [InlineData("0", 12, "0.000000000000")]
    [InlineData("-0.001", 2, "0.00")]
    [InlineData("999999999999999.999999999999", 12, "999999999999999.999999999999")]
    public void Writes_a_fixed_number_of_places(string value, int places, string text) =>
        Assert.Equal(text, DecimalText.FormatFixed(decimal.Parse(value, CultureInfo.InvariantCulture), places));

    [Theory]
    [InlineData("\"0.10\"", "0.10")]
    [InlineData("0.10", "0.10")]
    [InlineData("-5", "-5")]
    [InlineData("\"-5\"", "-5")]
    [InlineData("\"\\u0031.5\"", "1.5")]
    public void Json_gives_a_decimal_as_a_string_or_a_number(string json, string value) =>
        Assert.Equal(value, JsonSerializer.Deserialize<decimal>(json, s_json).ToString(CultureInfo.InvariantCulture));

    [Theory]
    [InlineData("1e5")]
    [InlineData("\"1e5\"")]
    [InlineData("\"1,5\"")]
    [InlineData("\"NaN\"")]
    [InlineData("\"\"")]
    [InlineData("0.0000000000001")]
    [InlineData("12345678901234567890")]
    [InlineData("true")]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("[1]")]
    public void Json_that_is_no_decimal_is_refused_with_the_rule(string json)
    {
        var error = Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<decimal>(json, s_json));
        Assert.Contains(json == "null" ? "" : DecimalText.Rule, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Json_in_pieces_is_read_the_same()
    {
        var reader = new Utf8JsonReader(OneBytePieces("[123456.789,\"-0.5\"]"));
        Assert.Equal([123456.789m, -0.5m], JsonSerializer.Deserialize<List<decimal>>(ref reader, s_json) ?? []);
    }

    [Fact]
    public void Json_is_written_as_a_canonical_string() => Assert.Equal("[\"0.1\",\"-1.5\",\"0\"]", JsonSerializer.Serialize(new[] { 0.10m, -1.50m, 0.00m }, s_json));

    [Theory]
    [InlineData("0.0000000000005", "0.000000000001")]
    [InlineData("0.00000000000049999", "0")]
    [InlineData("-0.0000000000005", "-0.000000000001")]
    [InlineData("1000000000000000", "999999999999999.999999999999")]
    [InlineData("-79228162514264337593543950335", "-999999999999999.999999999999")]
    public void Exact_keeps_twelve_places_half_away_from_zero_and_a_bound(string value, string kept) =>
        Assert.Equal(decimal.Parse(kept, CultureInfo.InvariantCulture), Exact.To12(decimal.Parse(value, CultureInfo.InvariantCulture)));

    [Fact]
    public void Exact_rounds_a_fraction_as_it_rounds_a_decimal()
    {
        Assert.Equal(0.333333333333m, Exact.To12(1, 3));
        Assert.Equal(-0.666666666667m, Exact.To12(-2, 3));
        Assert.Equal(Exact.Max, Exact.To12(BigInteger.Pow(10, 60), 7));
        Assert.Equal(-Exact.Max, Exact.To12(-BigInteger.Pow(10, 60), 7));
        for (var seed = 1; seed <= 2_000; seed++)
        {
            var numerator = new Random(seed).NextInt64(-1_000_000_000_000_000, 1_000_000_000_000_000);
            Assert.Equal(Exact.To12(numerator / 100_000_000_000_000m), Exact.To12(numerator, 100_000_000_000_000));
        }
    }

    private static string Digits(Random random, int count) => string.Concat(Enumerable.Range(0, count).Select(_ => random.Next(10)));

    private static ReadOnlySequence<byte> OneBytePieces(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var first = new Piece(bytes.AsMemory(0, 1), 0);
        var last = bytes.Skip(1).Aggregate(first, (piece, next) => piece.Then([next]));
        return new ReadOnlySequence<byte>(first, 0, last, 1);
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(ReadOnlyMemory<byte> memory, long index)
        {
            Memory = memory;
            RunningIndex = index;
        }

        public Piece Then(byte[] bytes)
        {
            var next = new Piece(bytes, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }
}
