using Portal.Domain.Accounts;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Invoicing;

/// <summary>Which hours are made good, to whom, and how much of them.</summary>
/// <param name="Key">The operator's own identifier.</param>
/// <param name="Name">What customers read.</param>
/// <param name="Start">When the outage began.</param>
/// <param name="End">When it was over, not part of it.</param>
/// <param name="Percent">The share of what was used that is given back.</param>
/// <param name="All">Whether every customer is meant. It has to be said: no choice is never all.</param>
/// <param name="Customers">The keys of those who are meant otherwise.</param>
public sealed record OutageTerms(string Key, string Name, DateTimeOffset Start, DateTimeOffset End, decimal Percent, bool All, IReadOnlyList<string> Customers)
{
    private const int NameMax = 100;

    /// <summary>The longest outage: what lasts longer is a matter of the contract.</summary>
    public static readonly TimeSpan LengthMax = TimeSpan.FromDays(31);

    /// <summary>The hours.</summary>
    public Period Hours => new(Start, End);

    /// <summary>Checks the terms and finds who is meant, in the order of their keys.</summary>
    /// <exception cref="InvalidInputException">Where a field makes no sense.</exception>
    /// <exception cref="Refusal">Forbidden.</exception>
    internal IReadOnlyList<CustomerEntry> Chosen(Actor actor, RegisterState state, DateTimeOffset now)
    {
        actor.Require(Permission.ManageInvoices);
        var errors = new FieldErrors();
        Identifier.Check(Key, "key", errors);
        PlainText.Check(Name, "name", NameMax, errors);
        if (End <= Start || End - Start > LengthMax)
        {
            errors.Add("to", $"Give an instant after the start, at most {LengthMax.Days} days later.");
        }
        else if (End > now)
        {
            errors.Add("to", "It has not come yet: wait until the outage is over, so that all of its usage is known.");
        }

        if (Percent is <= 0 or > 100)
        {
            errors.Add("percent", "Give a share above 0 and at most 100 percent.");
        }

        if (All == Customers.Count > 0)
        {
            errors.Add("customers", All ? "Name customers or say that all are meant, not both." : "Name at least one customer by its key, or say that all are meant.");
        }

        for (var i = 0; i < Customers.Count; i++)
        {
            if (!state.ByKey.ContainsKey(Customers[i]))
            {
                errors.Add(FormattableString.Invariant($"customers[{i}]"), $"There is no customer '{Customers[i]}'.");
            }
        }

        errors.ThrowIfAny();
        var chosen = All ? state.ByKey.Values : Customers.Distinct(StringComparer.Ordinal).Select(key => state.ByKey[key]);
        return [.. chosen.Where(entry => actor.Sees(entry.Customer.Id)).OrderBy(entry => entry.Customer.Key, StringComparer.Ordinal)];
    }
}

/// <summary>What a customer used of a meter in the hours of an outage.</summary>
/// <param name="Meter">The meter.</param>
/// <param name="Quantity">How much, in the meter's unit.</param>
/// <param name="Cost">What it costs, exact, in major units.</param>
public sealed record OutageUsage(Catalog.Meter Meter, decimal Quantity, decimal Cost);

/// <summary>What one customer would be given for an outage.</summary>
/// <param name="Customer">The customer.</param>
/// <param name="Used">What it used, meter by meter.</param>
/// <param name="LeftOut">Meters of its card that cannot be cut into hours: nothing is given for them.</param>
/// <param name="Amount">What it would be given; zero for nothing.</param>
/// <param name="Given">The key of an outage with hours in common for which it was given credits already; null for none.</param>
public sealed record OutageShare(Customer Customer, IReadOnlyList<OutageUsage> Used, IReadOnlyList<Catalog.Meter> LeftOut, Money Amount, string? Given)
{
    /// <summary>What its usage costs, exact, in major units: at list prices, before discounts, the cap, credits and tax.</summary>
    public decimal Cost => Used.Sum(used => used.Cost);

    /// <summary>What is given in all, currency by currency, in the order of their codes.</summary>
    public static IReadOnlyList<Money> Totals(IEnumerable<OutageShare> shares) =>
    [
        .. shares.GroupBy(share => share.Amount.Currency).OrderBy(group => group.Key.Code, StringComparer.Ordinal)
            .Select(group => Money.Sum(group.Select(share => share.Amount), group.Key)),
    ];
}
