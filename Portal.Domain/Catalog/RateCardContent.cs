using System.Globalization;
using Portal.Domain.Rating;
using Portal.Domain.Values;

namespace Portal.Domain.Catalog;

/// <summary>What a rate card says: the same shape as the body of <c>PUT /v1/rate-cards/{key}</c>.</summary>
/// <param name="Name">As customers read it.</param>
/// <param name="Currency">ISO 4217 code of every amount on the card.</param>
/// <param name="Interval">The length of a billing period: month, quarter, year or week.</param>
/// <param name="Prices">In the order in which they stand on the invoice.</param>
/// <param name="Features">What the card includes, with limits.</param>
/// <param name="TrialDays">Days without charges from the start of a subscription.</param>
/// <param name="Billing">How a customer on this card is billed.</param>
public sealed record RateCardContent(
    string Name,
    string Currency,
    BillingInterval Interval,
    IReadOnlyList<Price> Prices,
    IReadOnlyList<Feature> Features,
    int TrialDays,
    BillingTerms Billing)
{
    private const int TrialDaysMax = 730;

    /// <summary>Whether a customer may choose this card by itself, and leave it for another such card.</summary>
    public bool SelfService { get; init; }

    private const int PricesMax = 500;

    /// <summary>Notes what makes no sense. Ties between prices are left to the publication: a draft may be half done.</summary>
    public void Check(Func<string, Meter?> meters, FieldErrors errors)
    {
        ArgumentNullException.ThrowIfNull(errors);
        PlainText.Check(Name, "name", PlainText.NameMax, errors);
        if (Values.Currency.Find(Currency) is null)
        {
            errors.Add("currency", "Give the currency by its ISO 4217 code in capital letters, such as \"USD\" or \"EUR\".");
        }

        if (TrialDays is < 0 or > TrialDaysMax)
        {
            errors.Add("trialDays", $"Trial days are a whole number from 0 to {TrialDaysMax}.");
        }

        if (Prices.Count > PricesMax)
        {
            errors.Add("prices", $"A card has at most {PricesMax} prices.");
        }

        Billing.Check("billing", errors);
        PriceCheck.Each(PricesWithPaths(), Interval, meters, errors);
        for (var i = 0; i < Features.Count; i++)
        {
            Features[i].Check(string.Create(CultureInfo.InvariantCulture, $"features[{i}]"), meters, errors);
            if (Features.Take(i).Any(other => other.Key == Features[i].Key))
            {
                errors.Add(string.Create(CultureInfo.InvariantCulture, $"features[{i}].key"), $"Another feature has the key '{Features[i].Key}': each needs its own.");
            }
        }
    }

    /// <summary>The prices, each with its path in the body of a card.</summary>
    public IReadOnlyList<(Price Price, string Path)> PricesWithPaths() =>
        [.. Prices.Select((price, i) => (price, string.Create(CultureInfo.InvariantCulture, $"prices[{i}]")))];
}

/// <summary>One price of a card: usage of a meter's groups, or a recurring fee, rated by its terms.</summary>
/// <param name="Key">Identifies the price within the card and on invoice lines.</param>
/// <param name="Name">As customers read it.</param>
/// <param name="Meter">The meter's key; null for a recurring fee.</param>
/// <param name="Match">Picks groups of the meter by keys of its <c>groupBy</c>; empty takes what no other price of the meter took.</param>
/// <param name="Recurring"><c>advance</c> or <c>arrears</c> for a recurring fee; null for usage.</param>
/// <param name="Interval">A recurring fee's own interval; null for the card's.</param>
/// <param name="Terms">The rate with included units, minimum and maximum.</param>
public sealed record Price(
    string Key,
    string Name,
    string? Meter,
    IReadOnlyDictionary<string, string> Match,
    string? Recurring,
    BillingInterval? Interval,
    PriceTerms Terms)
{
    /// <summary>A fee that is charged at the start of its interval.</summary>
    public const string Advance = "advance";

    /// <summary>A fee that is charged at the end of its interval.</summary>
    public const string Arrears = "arrears";
}

/// <summary>Something that a subscription includes, with a limit where it has one.</summary>
/// <param name="Key">Identifies the feature in access checks.</param>
/// <param name="Limit">The most units of <paramref name="Meter"/> in a period; null for no limit.</param>
/// <param name="Meter">The meter that counts against the limit; null for a feature that is merely there.</param>
public sealed record Feature(string Key, decimal? Limit, string? Meter)
{
    internal void Check(string path, Func<string, Meter?> meters, FieldErrors errors)
    {
        Identifier.Check(Key, FieldErrors.Path(path, "key"), errors);
        if (Limit is not null && Meter is null)
        {
            errors.Add(FieldErrors.Path(path, "meter"), "A limit needs the meter that counts against it: name it, or remove the limit.");
        }

        if (Meter is not null && meters(Meter) is null)
        {
            errors.Add(FieldErrors.Path(path, "meter"), $"There is no meter '{Meter}': create it first with PUT /v1/meters/{Meter}.");
        }
    }
}

/// <summary>How a customer is billed.</summary>
/// <param name="Threshold">Unbilled usage at which an interim invoice is made, in the card's currency; null for never.</param>
/// <param name="Collection"><c>charge</c> the saved payment method, or <c>send</c> the invoice.</param>
/// <param name="NetDays">Days from issue to due date where invoices are sent.</param>
public sealed record BillingTerms(decimal? Threshold, string Collection, int NetDays)
{
    /// <summary>Whether access ends when the customer's credits are used up.</summary>
    public bool PrepaidOnly { get; init; }

    /// <summary>Whether prices say what is paid, tax included. Else tax comes on top.</summary>
    public bool TaxIncluded { get; init; }

    /// <summary>Charges the saved payment method.</summary>
    public const string Charge = "charge";

    /// <summary>Sends the invoice, to be paid within the net days.</summary>
    public const string Send = "send";

    private const int NetDaysMax = 365;

    /// <summary>What holds where a card says nothing: no threshold, the saved method is charged, 14 days where an invoice is sent.</summary>
    public static BillingTerms Default { get; } = new(null, Charge, 14);

    /// <summary>Notes what makes no sense.</summary>
    public void Check(string path, FieldErrors errors)
    {
        ArgumentNullException.ThrowIfNull(errors);
        if (Threshold <= 0)
        {
            errors.Add(FieldErrors.Path(path, "threshold"), "A threshold is above 0; leave it out for none.");
        }

        if (Collection is not (Charge or Send))
        {
            errors.Add(FieldErrors.Path(path, "collection"), "Say \"charge\" for the saved payment method or \"send\" for an invoice by mail.");
        }

        if (NetDays is < 0 or > NetDaysMax)
        {
            errors.Add(FieldErrors.Path(path, "netDays"), $"Net days are a whole number from 0 to {NetDaysMax}.");
        }
    }
}
