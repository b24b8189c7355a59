using System.Text;
using Microsoft.AspNetCore.Components;

namespace Portal.Shared;

/// <summary>Values over time as lines. A value beside a label is where its period ends.</summary>
public sealed partial class LineChart
{
    private const int TicksMax = 5;

    private ChartScale _scale = ChartScale.For(0);
    private IReadOnlyList<(decimal At, string Label)> _ticks = [];

    /// <summary>A sentence that says what the drawing shows, with its figures.</summary>
    [Parameter, EditorRequired]
    public string Summary { get; set; } = "";

    /// <summary>The table's caption.</summary>
    [Parameter, EditorRequired]
    public string Caption { get; set; } = "";

    /// <summary>What the labels are: "Day".</summary>
    [Parameter]
    public string LabelName { get; set; } = "Day";

    /// <summary>Every place on the horizontal axis, those still to come included.</summary>
    [Parameter, EditorRequired]
    public IReadOnlyList<string> Labels { get; set; } = [];

    /// <summary>The lines, each with one value per label; the first one carries the mark of today.</summary>
    [Parameter, EditorRequired]
    public IReadOnlyList<ChartSeries> Series { get; set; } = [];

    /// <summary>The range around the estimate.</summary>
    [Parameter]
    public ChartRange? Range { get; set; }

    /// <summary>Levels to stay below.</summary>
    [Parameter]
    public IReadOnlyList<ChartLevel> Levels { get; set; } = [];

    /// <summary>The index of today's label; null where the chart has none.</summary>
    [Parameter]
    public int? Now { get; set; }

    /// <summary>A value in words, exact: for the table.</summary>
    [Parameter, EditorRequired]
    public Func<decimal, string> Format { get; set; } = null!;

    /// <summary>A value of the axis in words, short.</summary>
    [Parameter, EditorRequired]
    public Func<decimal, string> Tick { get; set; } = null!;

    /// <summary>The height of the drawing in CSS pixels.</summary>
    [Parameter]
    public int Height { get; set; } = 200;

    /// <inheritdoc />
    protected override void OnParametersSet()
    {
        var values = Series.SelectMany(series => series.Values).Concat(Range?.High ?? []).OfType<decimal>();
        _scale = ChartScale.For(values.Concat(Levels.Select(level => level.Value)).DefaultIfEmpty(0).Max());
        _ticks = [.. TickIndexes().Select(i => (Left(i), i == Now ? "today" : Labels[i]))];
    }

    // An estimate has the colour of what it continues, and dashes.
    private string Colour(int series) => series == 0 || Series[series].IsEstimate ? "var(--accent)" : $"var(--series-{series % 6 + 1})";

    private decimal Left(int index) => Labels.Count < 2 ? 0 : index * 100m / (Labels.Count - 1);

    private string X(int index) => Wording.Css(Left(index));

    private string Y(decimal value) => Wording.Css(100 - _scale.Height(value));

    private IEnumerable<int> TickIndexes()
    {
        var last = Labels.Count - 1;
        if (last < 0)
        {
            return [];
        }

        // Today stands where it is; beside it only the ends, and those only where they do not run into it.
        if (Now is { } now)
        {
            var near = Math.Max(1, Labels.Count / 6);
            return new[] { 0, now, last }.Where(i => i == now || Math.Abs(i - now) >= near).Distinct();
        }

        var count = Math.Min(TicksMax, Labels.Count);
        return count == 1 ? [0] : Enumerable.Range(0, count).Select(i => i * last / (count - 1)).Distinct();
    }

    private string Path(ChartSeries series)
    {
        var path = new StringBuilder();
        var isDrawing = false;
        for (var i = 0; i < Labels.Count; i++)
        {
            if (series.Values[i] is { } value)
            {
                path.Append(isDrawing ? 'L' : 'M').Append(X(i)).Append(' ').Append(Y(value));
                isDrawing = true;
            }
            else
            {
                isDrawing = false;
            }
        }

        return path.ToString();
    }

    private string RangePath()
    {
        var within = Enumerable.Range(0, Labels.Count).Where(i => Range!.Low[i] is not null && Range.High[i] is not null).ToList();
        if (within.Count == 0)
        {
            return "";
        }

        var there = within.Select(i => $"{X(i)} {Y(Range!.High[i]!.Value)}");
        var back = Enumerable.Reverse(within).Select(i => $"{X(i)} {Y(Range!.Low[i]!.Value)}");
        return "M" + string.Join('L', there.Concat(back)) + "Z";
    }
}
