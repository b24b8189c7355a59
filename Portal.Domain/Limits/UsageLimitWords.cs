using System.Globalization;
using Portal.Domain.Accounts;
using Portal.Domain.Catalog;
using Portal.Domain.Values;

namespace Portal.Domain.Limits;

/// <summary>A limit on a part of usage in words: what it counts, and its figures with their unit.</summary>
/// <param name="limit">The limit.</param>
/// <param name="meters">The meters by key.</param>
/// <param name="customer">Its customer.</param>
public sealed class UsageLimitWords(UsageLimit limit, Func<string, Meter?> meters, Customer customer)
{
    private static readonly CultureInfo s_english = CultureInfo.GetCultureInfo("en-US");

    /// <summary>What it counts: "Tokens, model gpt-4o", "api_key prod".</summary>
    public string What
    {
        get
        {
            var whose = limit.Feature ?? (limit.Meter is { } key ? meters(key)?.Name ?? key : null);
            return string.Join(", ", limit.Match.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key} {pair.Value}").Prepend(whose).OfType<string>());
        }
    }

    /// <summary>For the audit: "$20.00 hard on api_key prod, mails at 80, 100 %".</summary>
    public string Change =>
        $"{Figure(limit.Most, null, s_english)} {(limit.Kind == LimitKind.Soft ? $"soft + {DecimalText.Format(limit.SoftPercent)} %" : "hard")} on {What}, "
        + (limit.Alerts.Length == 0 ? "no mails" : $"mails at {string.Join(", ", limit.Alerts)} %");

    /// <summary>A figure of the limit, in money or in units.</summary>
    /// <param name="value">The figure.</param>
    /// <param name="meter">The meter that counts; null for that of the limit.</param>
    /// <param name="culture">How it is written.</param>
    public string Figure(decimal value, string? meter, CultureInfo culture) => limit.Amount is not null
        ? Money.Round(value, Currency.Of(customer.Currency)).Format(culture)
        : UnitName.Format(value, (meter ?? limit.Meter) is { } key ? meters(key)?.Unit : null, culture);
}
