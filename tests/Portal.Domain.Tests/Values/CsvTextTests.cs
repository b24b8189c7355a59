using Portal.Domain.Values;

namespace Portal.Domain.Tests.Values;

public sealed class CsvTextTests
{
    [Fact]
    public void A_row_is_quoted_where_it_has_to_be() =>
        Assert.Equal("a,\"b,c\",\"say \"\"so\"\"\",\"two\nlines\",-3.50\r\n", CsvText.Row("a", "b,c", "say \"so\"", "two\nlines", "-3.50"));

    [Theory]
    [InlineData("=1+1", "'=1+1")]
    [InlineData("+49 30", "'+49 30")]
    [InlineData("-x", "'-x")]
    [InlineData("@cmd", "'@cmd")]
    [InlineData("\tx", "'\tx")]
    [InlineData("plain", "plain")]
    [InlineData("", "")]
    public void A_text_that_a_spreadsheet_would_run_is_kept_from_it_and_comes_back(string text, string written)
    {
        Assert.Equal(written, CsvText.Text(text));
        Assert.Equal(text, CsvText.Plain(written));
    }

    [Theory]
    [InlineData("a,b\r\n1,2\r\n")]
    [InlineData("a;b\n1;2")]
    [InlineData("a\tb\n1\t2\n\n")]
    [InlineData("\uFEFFa,b\n\"1\",\"2\"\n")]
    public void Rows_are_read_whatever_parts_them(string text) => Assert.Equal(["a|b", "1|2"], CsvText.Read(text).Select(row => string.Join('|', row)));

    [Fact]
    public void What_was_written_is_read_back()
    {
        string[] row = ["a", "", "b,c;d", "say \"so\"", "two\nlines", "tab\there", " x "];
        Assert.Equal(row, Assert.Single(CsvText.Read(CsvText.Row(row))));
    }

    [Fact]
    public void Nothing_is_read_of_nothing() => Assert.Empty(CsvText.Read(" \r\n\n"));
}
