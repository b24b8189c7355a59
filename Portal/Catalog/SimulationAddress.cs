using Portal.Domain.Invoicing;

namespace Portal.Catalog;

/// <summary>A simulation as it stands in an address, so that it can be sent to somebody else and downloaded.</summary>
public static class SimulationAddress
{
    /// <summary>How many months are looked back where nothing is said.</summary>
    public const int MonthsByDefault = 3;

    /// <summary>Everyone, where customers could be named.</summary>
    public const string All = "all";

    /// <summary>The question that an address asks.</summary>
    /// <param name="card">The card's key.</param>
    /// <param name="months">How many months.</param>
    /// <param name="customers">Keys with commas between, <see cref="All"/>, or nothing for those on the card.</param>
    /// <param name="running">Whether the running period is in it; yes where nothing is said.</param>
    public static SimulationQuestion Read(string card, int? months, string? customers, bool? running) => new(card, months ?? MonthsByDefault)
    {
        Everyone = customers == All,
        Customers = string.IsNullOrEmpty(customers) || customers == All
            ? null
            : customers.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
        WithRunning = running ?? true,
    };

    /// <summary>The page that asks it.</summary>
    public static string Page(SimulationQuestion question) => Of(question, "simulate");

    /// <summary>The same as a file.</summary>
    public static string File(SimulationQuestion question) => Of(question, "simulation.csv");

    private static string Of(SimulationQuestion question, string what)
    {
        ArgumentNullException.ThrowIfNull(question);
        var whom = question.Everyone ? All : question.Customers is { } keys ? string.Join(',', keys) : "";
        return string.Create(System.Globalization.CultureInfo.InvariantCulture,
            $"admin/rate-cards/{question.RateCard}/{what}?months={question.Months}{(whom.Length == 0 ? "" : $"&customers={Uri.EscapeDataString(whom)}")}{(question.WithRunning ? "" : "&running=false")}");
    }
}
