namespace Portal.Domain.Forecasting;

/// <summary>How good the forecasts of a series would have been after some days of its months.</summary>
/// <param name="Day">The days that were over.</param>
/// <param name="Mape">By how much the month's total would have been missed on average, in percent.</param>
/// <param name="RunRateMape">The same for the average of the month so far.</param>
/// <param name="Coverage">The share of months whose total lay in the likely range.</param>
/// <param name="Width">How wide the range was on average, as a share of the total.</param>
/// <param name="Months">The months that were scored.</param>
public sealed record SeriesScore(int Day, decimal Mape, decimal RunRateMape, decimal Coverage, decimal Width, int Months)
{
    /// <summary>The days of a month that forecasts are scored on.</summary>
    public static IReadOnlyList<int> Days { get; } = [3, 5, 7, 10, 15, 20, 25];

    // The error of next to nothing says nothing.
    private const decimal TotalLeast = 1;

    /// <summary>Scores a series, month by month: each is forecast by what was known on its day, with a range from the months before it.</summary>
    /// <param name="series">The series.</param>
    /// <param name="months">Its whole months, in order.</param>
    /// <param name="day">The days that were over.</param>
    public static SeriesScore Of(DailySeries series, IReadOnlyList<DayPeriod> months, int day)
    {
        var past = new List<PastForecast>();
        var (error, runRateError, inside, width, scored) = (0m, 0m, 0, 0m, 0);
        foreach (var month in months)
        {
            if (Backtest.Of(series, month, day) is not { } forecast)
            {
                continue;
            }

            if (forecast.Total >= TotalLeast)
            {
                var band = ForecastBand.Of(past, PastErrors.None, month.ShareAfter(day)).Widened(Irregularity.Of(series, month.Start.AddDays(day), month.End));
                var (low, high) = (forecast.Forecast * band.Low, forecast.Forecast * band.High);
                error += forecast.Error!.Value;
                runRateError += Math.Abs(forecast.RunRate - forecast.Actual) / forecast.Total;
                inside += low <= forecast.Actual && forecast.Actual <= high ? 1 : 0;
                width += (high - low) / forecast.Total;
                scored++;
            }

            past.Add(forecast);
        }

        return scored == 0
            ? new SeriesScore(day, 0, 0, 0, 0, 0)
            : new SeriesScore(day, 100 * error / scored, 100 * runRateError / scored, (decimal)inside / scored, width / scored, scored);
    }
}
