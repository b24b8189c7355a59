using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Limits;

/// <summary>What somebody asks a cap to be.</summary>
/// <param name="Amount">The cap, in major units of the customer's currency.</param>
/// <param name="Kind">Hard or soft.</param>
/// <param name="SoftPercent">The soft band in percent of the cap; a hard cap keeps it for the day it turns soft.</param>
/// <param name="Alerts">Percentages of the cap at which a mail goes out, in any order; none for no mail.</param>
/// <param name="Enforced">Whether the cap stops usage; null leaves that as it is. Only the operator's side may change it.</param>
/// <param name="ForecastAlert">Whether a mail goes out when the forecast comes to lie above the cap; null leaves that as it is.</param>
public sealed record LimitTerms(
    decimal Amount,
    LimitKind Kind = LimitKind.Hard,
    decimal SoftPercent = SpendingLimit.SoftPercentDefault,
    IReadOnlyList<int>? Alerts = null,
    bool? Enforced = null,
    bool? ForecastAlert = null)
{
    /// <summary>The most percentages that a cap may mail at.</summary>
    public const int AlertsMax = 10;

    private const int AlertPercentMax = 1_000;

    /// <summary>The cap, in the customer's currency, above which a person who raises it is asked for the password again.</summary>
    public const decimal PasswordAbove = 1_000;

    /// <summary>The percentages where none are given.</summary>
    public static IReadOnlyList<int> AlertsDefault { get; } = [80, 100];

    /// <summary>The percentages in order, each once.</summary>
    public int[] SortedAlerts => [.. (Alerts ?? AlertsDefault).Distinct().Order()];

    /// <summary>The cap that these terms make for a customer; whether it is enforced stays as it is where nothing is said.</summary>
    public SpendingLimit ToLimit(CustomerEntry entry) => new()
    {
        CustomerId = entry.Customer.Id,
        Amount = Amount,
        Kind = Kind,
        SoftPercent = SoftPercent,
        Alerts = SortedAlerts,
        Enforced = Enforced ?? entry.Limit?.Enforced ?? true,
        ForecastAlert = ForecastAlert ?? entry.Limit?.ForecastAlert ?? false,
    };

    /// <summary>What makes no sense, by field.</summary>
    /// <param name="currency">The customer's currency, whose minor unit a cap cannot be finer than.</param>
    public FieldErrors Check(Currency currency)
    {
        var errors = new FieldErrors();
        if (Amount < 0)
        {
            errors.Add("amount", "A limit is 0 or more. 0 refuses all usage that costs anything.");
        }
        else if (Amount * currency.MinorUnits % 1 != 0)
        {
            errors.Add("amount", $"{currency.Code} has {currency.Digits} digits after the point: give no more.");
        }

        if (SoftPercent is < 0 or > 100)
        {
            errors.Add("softPercent", "The soft band is from 0 to 100 percent of the limit.");
        }

        if (SortedAlerts.Length > AlertsMax)
        {
            errors.Add("alerts", $"A limit mails at up to {AlertsMax} percentages: remove some.");
        }

        foreach (var (percent, index) in (Alerts ?? []).Select((percent, index) => (percent, index)))
        {
            if (percent is < 1 or > AlertPercentMax)
            {
                errors.Add($"alerts[{index}]", $"An alert is a whole percentage of the limit, from 1 to {AlertPercentMax}.");
            }
        }

        return errors;
    }
}
