using System.Globalization;
using System.Text;
using Portal.Domain.Invoicing;
using Portal.Domain.Values;

namespace Portal.Catalog;

/// <summary>A simulation as a file for a spreadsheet: a row for each customer, also for those that were not rated.</summary>
public static class SimulationCsv
{
    /// <summary>Writes it: amounts with the digits of the currency, a point and no separators.</summary>
    public static string Of(Simulation simulation)
    {
        ArgumentNullException.ThrowIfNull(simulation);
        var text = new StringBuilder(CsvText.Row(
            "customer", "name", "currency", "was", "would_be", "delta", "percent", "closed_was", "closed_would_be", "running_was", "running_would_be", "note"));
        foreach (var one in simulation.Customers)
        {
            var closed = one.Periods.Where(period => !period.IsRunning).ToList();
            var running = one.Periods.Where(period => period.IsRunning).ToList();
            text.Append(CsvText.Row(
                one.Customer.Key, CsvText.Text(one.Customer.Name), one.Customer.Currency, one.Was.ToDigits(), one.WouldBe.ToDigits(), one.Delta.ToDigits(),
                one.Percent is { } percent ? Math.Round(percent, 2, MidpointRounding.AwayFromZero).ToString(CultureInfo.InvariantCulture) : "",
                Sum(closed, period => period.Was), Sum(closed, period => period.WouldBe), Sum(running, period => period.Was), Sum(running, period => period.WouldBe), ""));

            string Sum(List<SimulatedPeriod> periods, Func<SimulatedPeriod, Money> amount) => Money.Sum(periods.Select(amount), one.Was.Currency).ToDigits();
        }

        foreach (var skipped in simulation.Skipped)
        {
            text.Append(CsvText.Row(
                skipped.Customer.Key, CsvText.Text(skipped.Customer.Name), skipped.Customer.Currency, "", "", "", "", "", "", "", "", CsvText.Text(skipped.Reason)));
        }

        return text.ToString();
    }
}
