using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using static Portal.Api.Tests.Metering.MeteringApi;

namespace Portal.Api.Tests.Metering;

/// <summary>T-41 to T-43: what times, quantities and texts an event may have, and the documented answer to all others. What is refused has no effect, and nothing is a 500.</summary>
public sealed partial class EventInputTests(MeteringApi metering) : IClassFixture<MeteringApi>
{
    private const string Invalid = "invalid_event";
    private const string Late = "too_old";
    private const string Early = "in_future";
    private const string NoValue = "invalid_value";

    /// <summary>As JSON. $(-1.00:00:00) is so long from now, without an offset; $D is yesterday's date. What is stored is given where it is not the same instant.</summary>
    public static TheoryData<string, string, string?, string?> Times => new()
    {
        { "in UTC", "\"$(-01:00:00)Z\"", null, "$(-01:00:00)Z" },
        { "with small letters", "\"$Dt10:00:00z\"", null, "$DT10:00:00Z" },
        { "with an offset of quarter-hours", "\"$DT10:00:00+05:45\"", null, "$DT04:15:00Z" },
        { "with an offset across midnight", "\"$DT00:30:00+01:00\"", null, null },
        { "with the unknown offset of RFC 3339", "\"$DT10:00:00-00:00\"", null, "$DT10:00:00Z" },
        { "finer than a microsecond", "\"$DT10:00:00.1234569Z\"", null, "$DT10:00:00.123456Z" },
        { "with more digits than an instant has", "\"$DT10:00:00.12345678901234567890Z\"", null, "$DT10:00:00.123456Z" },
        { "a leap second", "\"$DT23:59:60Z\"", null, "$DT23:59:59.999999Z" },
        { "a leap second elsewhere", "\"$DT18:59:60.5-05:00\"", null, "$DT23:59:59.999999Z" },
        { "a second 60 that is no leap second", "\"$DT10:00:60Z\"", Invalid, null },
        { "a second 61", "\"$DT23:59:61Z\"", Invalid, null },
        { "none", "null", null, null },
        { "missing offset", "\"$(-01:00:00)\"", Invalid, null },
        { "missing offset, with a fraction", "\"$DT10:00:00.5\"", Invalid, null },
        { "a date alone", "\"$D\"", Invalid, null },
        { "no seconds", "\"$DT10:00Z\"", Invalid, null },
        { "a blank in place of the T", "\"$D 10:00:00Z\"", Invalid, null },
        { "an offset without a colon", "\"$DT10:00:00+0100\"", Invalid, null },
        { "an offset of a day", "\"$DT10:00:00+24:00\"", Invalid, null },
        { "an offset of sixty minutes", "\"$DT10:00:00+01:60\"", Invalid, null },
        { "a fraction behind a comma", "\"$DT10:00:00,5Z\"", Invalid, null },
        { "a blank at the end", "\"$DT10:00:00Z \"", Invalid, null },
        { "24 o'clock", "\"$DT24:00:00Z\"", Invalid, null },
        { "a day that its month lacks", "\"2026-02-30T10:00:00Z\"", Invalid, null },
        { "29 February of a common year", "\"2025-02-29T10:00:00Z\"", Invalid, null },
        { "the date of a mail", "\"Thu, 05 Feb 2026 10:00:00 GMT\"", Invalid, null },
        { "digits of another script", "\"٢٠٢٦-٠٢-٠٥T١٠:٠٠:٠٠Z\"", Invalid, null },
        { "a word", "\"now\"", Invalid, null },
        { "empty", "\"\"", Invalid, null },
        { "true", "true", Invalid, null },
        { "an object", "{}", Invalid, null },
        { "epoch seconds", "1770285600", Invalid, null },
        { "epoch milliseconds", "1770285600000", Invalid, null },
        { "epoch seconds as text", "\"1770285600\"", Invalid, null },
        { "epoch milliseconds as text", "\"1770285600000\"", Invalid, null },
        { "year 0000", "\"0000-01-01T00:00:00Z\"", Invalid, null },
        { "year 0001", "\"0001-01-01T00:00:00Z\"", Late, null },
        { "before year 0001 in UTC", "\"0001-01-01T00:00:00+14:00\"", Late, null },
        { "year 9999", "\"9999-12-31T23:59:59Z\"", Early, null },
        { "after year 9999 in UTC", "\"9999-12-31T23:59:59-14:00\"", Early, null },
        { "year 12026", "\"+12026-01-01T00:00:00Z\"", Invalid, null },
        { "36 days old", "\"$(-36.00:00:00)Z\"", Late, null },
        { "just within the window", "\"$(-34.23:55:00)Z\"", null, "$(-34.23:55:00)Z" },
        { "just before the window", "\"$(-35.00:01:00)Z\"", Late, null },
        { "4 minutes ahead", "\"$(00:04:00)Z\"", null, "$(00:04:00)Z" },
        { "6 minutes ahead", "\"$(00:06:00)Z\"", Early, null },
        { "now, by a clock that takes its zone for UTC", "\"$(02:00:00)Z\"", Early, null },
    };

    /// <summary>As JSON, and what the meter's sum is then: exactly that, or refused by a code; "400" is no JSON at all.</summary>
    public static TheoryData<string, string> Quantities => new()
    {
        { "0", "0" }, { "-0", "0" }, { "-3", "-3" }, { "-0.5", "-0.5" }, { "1.50", "1.5" }, { "\"12.5\"", "12.5" }, { "\"-12.5\"", "-12.5" }, { "\"007\"", "7" },
        { "0.000000000001", "0.000000000001" }, { "-0.000000000001", "-0.000000000001" }, { "0.1000000000000", NoValue }, { "0.0000000000001", NoValue },
        { "999999999999999.999999999999", "999999999999999.999999999999" }, { "-999999999999999.999999999999", "-999999999999999.999999999999" },
        { "1000000000000000", NoValue }, { "1000000000000000000", NoValue }, { "1e18", NoValue }, { "1E5", NoValue }, { "1e-12", NoValue }, { "1e400", NoValue },
        { "1234567890123456789012345678901234567890", NoValue }, { "0.1234567890123456789012345678901234567890", NoValue }, { "\"1234567890123456789012345678901234567890\"", NoValue },
        { "\"NaN\"", NoValue }, { "\"Infinity\"", NoValue }, { "\"1,5\"", NoValue }, { "\"1 000\"", NoValue }, { "\"1_000\"", NoValue }, { "\"1e5\"", NoValue }, { "\"0x10\"", NoValue },
        { "\" 1\"", NoValue }, { "\"1 \"", NoValue }, { "\"+1\"", NoValue }, { "\"--1\"", NoValue }, { "\"-\"", NoValue }, { "\"1.\"", NoValue }, { "\".5\"", NoValue }, { "\"1.2.3\"", NoValue },
        { "\"１２\"", NoValue }, { "\"\"", NoValue }, { "true", NoValue }, { "null", Invalid }, { "[1]", Invalid }, { "{\"value\":1}", Invalid },
        { "NaN", "400" }, { "Infinity", "400" }, { "01", "400" }, { ".5", "400" }, { "1.", "400" }, { "+1", "400" }, { "1,5", "400" }, { "0x10", "400" }, { "-", "400" },
    };

    /// <summary>A part of an event, and what takes its place: kept as it was sent, or refused by a code. × repeats.</summary>
    public static TheoryData<string, string, string, string?> Texts => new()
    {
        { "an id composed", "$ID", "caf\u00e9", null },
        { "an id decomposed", "$ID", "cafe\u0301", null },
        { "an id that turns the writing round", "$ID", "\u202egnp.exe", null },
        { "an id with a mark of byte order", "$ID", "\ufeffa", null },
        { "an id of joined emoji", "$ID", "👩\u200d👩\u200d👧", null },
        { "an id of 252 bytes of emoji", "$ID", "😀×63", null },
        { "an id of 256 bytes of emoji", "$ID", "😀×64", Invalid },
        { "an id of 255 bytes", "$ID", "x×255", null },
        { "an id of 10,000", "$ID", "x×10000", Invalid },
        { "an id with blanks around", "$ID", " a ", null },
        { "an id with an escaped quote and a backslash", "$ID", "a\\\"b\\\\c", null },
        { "an id with 0x00", "$ID", "a\\u0000b", Invalid },
        { "an id with CRLF", "$ID", "a\\r\\nb", Invalid },
        { "an id with a tabulator", "$ID", "a\\tb", Invalid },
        { "an id with DEL", "$ID", "a\u007fb", Invalid },
        { "an id with a control of Latin 1", "$ID", "a\u0085b", Invalid },
        { "an id with half a surrogate pair", "$ID", "\\ud800", Invalid },
        { "a type with 0x00", "$TYPE", "llm\\u0000", Invalid },
        { "a type with CRLF", "$TYPE", "llm\\r\\n", Invalid },
        { "a type of 10,000", "$TYPE", "x×10000", Invalid },
        { "a type in capitals", "$TYPE", "LLM", "unknown_type" },
        { "a type of look-alike letters", "$TYPE", "\uff4cl\uff4d", "unknown_type" },
        { "a customer with 0x00", "$CUSTOMER", "acme\\u0000", "unknown_customer" },
        { "a customer with CRLF", "$CUSTOMER", "acme\\r\\n", "unknown_customer" },
        { "a customer of 10,000", "$CUSTOMER", "x×10000", "unknown_customer" },
        { "a customer of look-alike letters", "$CUSTOMER", "\u0430cme", "unknown_customer" },
        { "a customer with half a surrogate pair", "$CUSTOMER", "\\udc00", Invalid },
        { "a value composed", "$VALUE", "caf\u00e9", null },
        { "a value decomposed", "$VALUE", "cafe\u0301", null },
        { "a value with CRLF and a direction", "$VALUE", "\\r\\n\u202e", null },
        { "a value of 1,000 emoji", "$VALUE", "😀×1000", null },
        { "a value of 10,000", "$VALUE", "x×10000", Invalid },
        { "a value with 0x00", "$VALUE", "a\\u0000b", Invalid },
        { "a value with half a surrogate pair", "$VALUE", "\\udc00", Invalid },
        { "a name of 64 emoji", "$NAME", "😀×64", null },
        { "a name of 65", "$NAME", "n×65", Invalid },
        { "a name of 10,000", "$NAME", "n×10000", Invalid },
        { "a name with 0x00", "$NAME", "no\\u0000te", Invalid },
        { "a name with half a surrogate pair", "$NAME", "\\ud800", Invalid },
        { "an empty name", "$NAME", "", null },
    };

    [Theory]
    [MemberData(nameof(Times))]
    public async Task T41_a_time_is_an_instant_within_the_window_or_refused(string what, string time, string? code, string? stored)
    {
        var (customer, now) = (await metering.Api.MakeCustomer(), metering.Api.Clock.GetUtcNow());
        var answer = await metering.Post($$$"""{"id":"a","customer":"{{{customer}}}","type":"llm","time":{{{At(time, now)}}},"properties":{"tokens":1}}""");
        Assert.Equal((what, code), (what, Code(answer)));
        var events = await Events(customer);
        Assert.Equal((what, code is null ? 1 : 0), (what, events.Count));
        if (stored is not null)
        {
            Assert.Equal((what, DateTimeOffset.Parse(At(stored, now), CultureInfo.InvariantCulture)), (what, events[0].GetProperty("time").GetDateTimeOffset()));
        }
    }

    [Theory]
    [MemberData(nameof(Quantities))]
    public async Task T42_a_quantity_is_an_exact_decimal_or_refused(string json, string expected)
    {
        var customer = await metering.Api.MakeCustomer();
        var answer = await metering.Post(Event(customer, "a", json));
        if (expected == "400")
        {
            Assert.Equal((HttpStatusCode.BadRequest, "invalid_json"), (answer.Status, answer.Code));
        }
        else if (Code(answer) is { } code)
        {
            Assert.Equal((HttpStatusCode.UnprocessableEntity, expected), (answer.Status, code));
        }
        else
        {
            Assert.Equal(expected, await Tokens(customer));
            Assert.Equal(expected, (await Events(customer, "tokens"))[0].GetProperty("value").GetString());
        }
    }

    [Fact]
    public async Task T42_sums_are_of_decimals_and_may_end_below_zero()
    {
        var customer = await metering.Api.MakeCustomer();
        await metering.Post($"[{Event(customer, "a", "0.1")},{Event(customer, "b", "0.2")},{Event(customer, "c", "999999999999999")},{Event(customer, "d", "0.000000000001")}]");
        Assert.Equal("999999999999999.300000000001", await Tokens(customer));
        await metering.Post($"[{Event(customer, "e", "-999999999999999")},{Event(customer, "f", "-0.5")}]");
        Assert.Equal("-0.199999999999", await Tokens(customer));
    }

    [Theory]
    [MemberData(nameof(Texts))]
    public async Task T43_text_is_kept_to_the_byte_or_refused(string what, string place, string text, string? code)
    {
        var customer = await metering.Api.MakeCustomer();
        if (text.Split('×') is [var part, var times])
        {
            text = new StringBuilder().Insert(0, part, int.Parse(times, CultureInfo.InvariantCulture)).ToString();
        }

        string In(string name, string otherwise) => place == name ? text : otherwise;
        var json = $$$"""
            {"id":"{{{In("$ID", "a")}}}","customer":"{{{In("$CUSTOMER", customer)}}}","type":"{{{In("$TYPE", "llm")}}}","properties":{"tokens":1,"model":"{{{In("$VALUE", "m")}}}","{{{In("$NAME", "n")}}}":"x"}}
            """;
        Assert.Equal((what, code), (what, Code(await metering.Post(json))));
        if (code is null)
        {
            var stored = Assert.Single(await Events(customer));
            using var sent = JsonDocument.Parse(json);
            Assert.Equal((what, sent.RootElement.GetProperty("id").GetString()), (what, stored.GetProperty("id").GetString()));
            Assert.True(JsonElement.DeepEquals(sent.RootElement.GetProperty("properties"), stored.GetProperty("properties")), what);
        }
    }

    [Fact]
    public async Task T43_groups_are_told_apart_by_their_bytes()
    {
        var customer = await metering.Api.MakeCustomer();
        await metering.Post($"[{Event(customer, "a", model: "caf\u00e9")},{Event(customer, "b", model: "cafe\u0301")},{Event(customer, "c", model: "caf\\u00e9")},{Event(customer, "d", model: "CAF\u00c9")}]");
        using var client = metering.Api.Operator();
        var rows = (await client.Get($"/v1/customers/{customer}/usage?meter=tokens&groupBy=model")).Json.GetProperty("items").EnumerateArray();
        Assert.Equal(
            ["CAF\u00c9 1", "cafe\u0301 1", "caf\u00e9 2"],
            rows.Select(row => $"{row.GetProperty("group").GetProperty("model").GetString()} {row.GetProperty("quantity").GetString()}").Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("/v1/customers/{0}/usage?meter=tokens&groupBy={1}")]
    [InlineData("/v1/customers/{0}/usage?meter={1}")]
    [InlineData("/v1/customers/{0}/usage?from={1}&to={1}&window={1}")]
    [InlineData("/v1/customers/{0}/events?meter=tokens&match.model={1}")]
    [InlineData("/v1/customers/{0}/events?meter=tokens&match.{1}=x")]
    [InlineData("/v1/customers/{0}/events?after={1}")]
    [InlineData("/v1/customers/{0}/events?line={1}")]
    [InlineData("/v1/customers/{0}/access?feature={1}")]
    [InlineData("/v1/customers/{1}/usage")]
    [InlineData("/v1/meters/{1}")]
    public async Task T43_no_text_in_an_address_is_a_fault_of_ours(string address)
    {
        var customer = await metering.Api.MakeCustomer();
        using var client = metering.Api.Operator();
        // The server refuses a path with NUL by itself, and the one of the tests cannot be asked for it.
        foreach (var text in (string[])[.. address.Contains('?', StringComparison.Ordinal) ? ["\0", "a\0b"] : Array.Empty<string>(), "\r\n", "\u202e", "😀", "e\u0301", new string('x', 6_000), "'; --", "\ufffd", "%"])
        {
            var answer = await client.Get(string.Format(CultureInfo.InvariantCulture, address, customer, Uri.EscapeDataString(text)));
            Assert.True((int)answer.Status < 500, $"{address} with '{text[..Math.Min(10, text.Length)]}': {answer.Status} {answer.Text}");
        }
    }

    private static string At(string text, DateTimeOffset now) => FromNow().Replace(text, match =>
            (now + TimeSpan.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)).ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture))
        .Replace("$D", now.AddDays(-1).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), StringComparison.Ordinal);

    private static string? Code(Answer answer)
    {
        if (answer.Status == HttpStatusCode.OK)
        {
            Assert.Equal(1, answer.Json.GetProperty("accepted").GetInt32());
            return null;
        }

        Assert.Equal("all_rejected", answer.Is(HttpStatusCode.UnprocessableEntity).Code);
        return Assert.Single(answer.Json.GetProperty("rejected").EnumerateArray()).GetProperty("code").GetString();
    }

    private async Task<List<JsonElement>> Events(string customer, string? meter = null)
    {
        using var client = metering.Api.Operator();
        var now = metering.Api.Clock.GetUtcNow();
        return [.. (await client.Get($"/v1/customers/{customer}/events?from={now.AddDays(-40):yyyy-MM-dd}T00:00:00Z&to={now.AddDays(2):yyyy-MM-dd}T00:00:00Z{(meter is null ? "" : $"&meter={meter}")}")).Is(HttpStatusCode.OK).Json.GetProperty("items").EnumerateArray()];
    }

    private async Task<string?> Tokens(string customer)
    {
        using var client = metering.Api.Operator();
        return (await client.Get($"/v1/customers/{customer}/usage?meter=tokens")).Is(HttpStatusCode.OK).Json.GetProperty("items")[0].GetProperty("quantity").GetString();
    }

    [GeneratedRegex(@"\$\(([^)]+)\)")]
    private static partial Regex FromNow();
}
