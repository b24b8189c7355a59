using System.Globalization;
using System.Text.RegularExpressions;
using Bunit;
using Portal.Shared;

namespace Portal.Tests.Shared;

public partial class ChartTests : BunitContext
{
    private static readonly string[] s_days = ["1 Feb", "2 Feb", "3 Feb", "4 Feb"];

    [Theory]
    [InlineData("0", "1", "1")]
    [InlineData("400", "400", "100")]
    [InlineData("538", "600", "200")]
    [InlineData("0.0072", "0.008", "0.002")]
    [InlineData("1", "1", "0.5")]
    public void The_axis_ends_on_a_round_number_above_everything(string highest, string max, string step)
    {
        var scale = ChartScale.For(Number(highest));

        Assert.Equal(Number(max), scale.Max);
        Assert.InRange(scale.Lines.Count(), 2, 5);
        Assert.Equal(0, Number(max) % Number(step));
        Assert.Equal(0, Number(max) % scale.Step);
    }

    [Theory]
    [InlineData("en-US")]
    [InlineData("de-DE")]
    [InlineData("ar-SA")]
    public void A_line_chart_draws_the_same_in_every_culture(string culture)
    {
        using var _ = new InCulture(culture);
        var paths = Line().FindAll(".plot path").Select(path => path.GetAttribute("d")!).ToList();

        Assert.NotEmpty(paths);
        Assert.All(paths, path => Assert.Matches(SvgPath(), path));
    }

    [Fact]
    public void A_chart_says_what_it_shows_and_has_its_figures_as_a_table()
    {
        var chart = Line();

        Assert.Equal("Spend was $30 on 2 February.", chart.Find("svg[role=img]").GetAttribute("aria-label"));
        Assert.Equal(["Day", "actual", "estimate", "likely range"], chart.FindAll("thead th").Select(cell => cell.TextContent));
        Assert.Equal(["30.00", "30.00", "–"], chart.FindAll("tbody tr")[1].QuerySelectorAll("td").Select(cell => cell.TextContent));
        Assert.Equal(["–", "60.00", "50.00 – 70.00"], chart.FindAll("tbody tr")[3].QuerySelectorAll("td").Select(cell => cell.TextContent));
    }

    [Fact]
    public void A_line_stops_where_there_is_no_value()
    {
        var actual = Line().FindAll(".plot path[stroke-linejoin]")[0].GetAttribute("d")!;

        Assert.Equal(2, actual.Count(letter => letter is 'M' or 'L'));
    }

    [Fact]
    public void A_column_has_its_parts_one_upon_the_other()
    {
        var chart = Render<ColumnChart>(parameters => parameters
            .Add(column => column.Summary, "At most 80 on 1 February.")
            .Add(column => column.Caption, "Usage by day")
            .Add(column => column.Labels, ["1 Feb", "2 Feb"])
            .Add(column => column.Series, [new ChartSeries("tokens", [60, null]), new ChartSeries("images", [20, 10])])
            .Add(column => column.Format, Plain)
            .Add(column => column.Tick, Plain));
        var first = chart.FindAll("g")[0];

        Assert.Equal("1 Feb: 80.00", first.QuerySelector("title")!.TextContent);
        Assert.Equal(["25", "0"], first.QuerySelectorAll("rect").Select(part => part.GetAttribute("y")));
        Assert.Equal(["75", "25"], first.QuerySelectorAll("rect").Select(part => part.GetAttribute("height")));
        Assert.Single(chart.FindAll("g")[1].QuerySelectorAll("rect"));
    }

    [Fact]
    public void An_empty_chart_is_drawn_without_a_fault()
    {
        var chart = Render<LineChart>(parameters => parameters
            .Add(line => line.Summary, "No usage yet.").Add(line => line.Caption, "Spend by day")
            .Add(line => line.Labels, []).Add(line => line.Series, [new ChartSeries("actual", [])])
            .Add(line => line.Format, Plain).Add(line => line.Tick, Plain));

        Assert.Empty(chart.FindAll("tbody tr"));
    }

    private static string Plain(decimal value) => value.ToString("0.00", CultureInfo.InvariantCulture);

    private static decimal Number(string text) => decimal.Parse(text, CultureInfo.InvariantCulture);

    private IRenderedComponent<LineChart> Line() => Render<LineChart>(parameters => parameters
        .Add(line => line.Summary, "Spend was $30 on 2 February.")
        .Add(line => line.Caption, "Spend by day")
        .Add(line => line.Labels, s_days)
        .Add(line => line.Now, 1)
        .Add(line => line.Series, [new ChartSeries("actual", [10.5m, 30, null, null]), new ChartSeries("estimate", [null, 30, 45, 60], IsEstimate: true)])
        .Add(line => line.Range, new ChartRange("likely range", [null, null, 40, 50], [null, null, 50, 70]))
        .Add(line => line.Levels, [new ChartLevel("cap $65", 65)])
        .Add(line => line.Format, Plain)
        .Add(line => line.Tick, Plain));

    [GeneratedRegex("^[MLhvzZ0-9 .-]+$")]
    private static partial Regex SvgPath();
}
