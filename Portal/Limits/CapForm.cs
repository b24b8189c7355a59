using System.Globalization;
using Portal.Domain.Limits;
using Portal.Domain.Values;

namespace Portal.Limits;

/// <summary>The fields of a cap as a person fills them in.</summary>
internal sealed class CapForm
{
    /// <summary>The cap in the customer's currency; null while the field is empty.</summary>
    public decimal? Amount { get; set; }

    /// <summary>Hard or soft.</summary>
    public LimitKind Kind { get; set; }

    /// <summary>The soft band in percent.</summary>
    public decimal? SoftPercent { get; set; }

    /// <summary>Percentages at which a mail goes out, with commas between them.</summary>
    public string Alerts { get; set; } = "";

    /// <summary>Whether a mail goes out when the forecast comes to lie above the cap.</summary>
    public bool ForecastAlert { get; set; }

    /// <summary>Takes the cap as it stands, ready to be changed; the defaults where there is none.</summary>
    /// <remarks>In place: a form whose model is another object is drawn anew, and what it has just said is gone.</remarks>
    public void Take(SpendingLimit? limit)
    {
        Amount = Plain(limit?.Amount);
        Kind = limit?.Kind ?? LimitKind.Hard;
        SoftPercent = Plain(limit?.SoftPercent) ?? SpendingLimit.SoftPercentDefault;
        Alerts = string.Join(", ", limit?.Alerts ?? LimitTerms.AlertsDefault);
        ForecastAlert = limit?.ForecastAlert ?? false;
    }

    // A field shows a decimal as it was entered, and the database gives all of its twelve places.
    private static decimal? Plain(decimal? stored) =>
        stored is { } value && DecimalText.TryParse(DecimalText.Format(value), out var plain) ? plain : null;

    /// <summary>What the fields ask for, or what is wrong with them.</summary>
    /// <param name="currency">The customer's.</param>
    /// <param name="errors">What is wrong, by field; empty where the terms can be set.</param>
    public LimitTerms? Read(Currency currency, out FieldErrors errors)
    {
        errors = new FieldErrors();
        var alerts = Percentages(Alerts, errors);
        if (Amount is not { } amount || errors.Any)
        {
            return null;
        }

        var terms = new LimitTerms(amount, Kind, SoftPercent ?? SpendingLimit.SoftPercentDefault, alerts, null, ForecastAlert);
        errors = terms.Check(currency);
        return errors.Any ? null : terms;
    }

    /// <summary>Percentages with commas between them.</summary>
    internal static List<int> Percentages(string text, FieldErrors errors)
    {
        var alerts = new List<int>();
        foreach (var part in text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (int.TryParse(part.TrimEnd('%', ' '), NumberStyles.None, CultureInfo.InvariantCulture, out var percent))
            {
                alerts.Add(percent);
            }
            else
            {
                errors.Add("alerts", $"'{part}' is no whole percentage. Write numbers with commas between them, such as 80, 100.");
            }
        }

        return alerts;
    }
}
