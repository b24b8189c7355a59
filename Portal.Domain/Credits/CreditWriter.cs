using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Ledger;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Credits;

/// <summary>Grants credits.</summary>
public sealed class CreditWriter(IDbContextFactory<PortalDb> databases, Register register, BusinessClock clock)
{
    private const int NameMax = 100;
    private const int PricesMax = 100;
    private const int RolloverDaysMax = 3_660;

    /// <summary>Grants credits to a customer. Prepaid ones were paid for in another way than here: the books take the money as received.</summary>
    /// <exception cref="InvalidInputException">Where a field makes no sense.</exception>
    /// <exception cref="Refusal">NotFound; Forbidden.</exception>
    public async Task<CreditGrant> Grant(Actor actor, string customerKey, CreditTerms terms, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(terms);
        var customer = register.Now.Customer(actor, Permission.ManageInvoices, customerKey).Customer;
        var (now, currency) = (clock.GetUtcNow(), Currency.Of(customer.Currency));
        Check(terms, currency, now);
        var grant = new CreditGrant
        {
            CustomerId = customer.Id,
            Kind = terms.Kind,
            Name = terms.Name,
            Currency = currency.Code,
            Amount = Money.Round(terms.Amount, currency).Minor,
            Left = Money.Round(terms.Amount, currency).Minor,
            Priority = terms.Priority,
            ExpiresAt = terms.ExpiresAt,
            AppliesTo = terms.AppliesTo,
            RolloverPercent = terms.RolloverPercent,
            RolloverDays = terms.RolloverDays ?? CreditTerms.RolloverDaysDefault,
            GrantedAt = now,
            GrantedBy = actor.Name,
        };
        await using var db = await databases.CreateDbContextAsync(cancellation);
        Add(db, actor, grant, customer.Key);

        // Access that ended with the last credit opens at once.
        await register.Save(db, () => RegisterChange.Of(customer), cancellation);
        return grant;
    }

    /// <summary>Writes a grant down with its move, its entry in the books and in the audit. The caller saves.</summary>
    internal static void Add(PortalDb db, Actor actor, CreditGrant grant, string customerKey)
    {
        var move = new CreditMove { GrantId = grant.Id, CustomerId = grant.CustomerId, Kind = CreditMoveKind.Granted, Amount = grant.Amount, At = grant.GrantedAt };
        db.CreditGrants.Add(grant);
        db.CreditMoves.Add(move);
        Journal.Moved(db, grant, move);
        db.AuditEntries.Add(AuditEntry.Of(
            actor, grant.GrantedAt, grant.CustomerId, "credits.granted", customerKey, $"{new Money(grant.Amount, Currency.Of(grant.Currency))} {grant.Kind} {grant.Name}".Trim()));
    }

    private static void Check(CreditTerms terms, Currency currency, DateTimeOffset now)
    {
        var errors = new FieldErrors();
        if (terms.Amount <= 0)
        {
            errors.Add("amount", "Give an amount above 0.");
        }
        else if (Money.Round(terms.Amount, currency).Amount != terms.Amount)
        {
            errors.Add("amount", $"{currency.Code} has {currency.Digits} digits after the point: give no finer amount.");
        }

        if (terms.ExpiresAt <= now)
        {
            errors.Add("expiresAt", "It has passed already: give an instant that is ahead, or leave it out for credits that stay.");
        }

        if (terms.AppliesTo.Count > PricesMax || terms.AppliesTo.Any(key => !Identifier.IsValid(key)))
        {
            errors.Add("appliesTo", $"Give the keys of at most {PricesMax} prices, or leave it out for all.");
        }

        if (terms.RolloverPercent is <= 0 or > 100)
        {
            errors.Add("rolloverPercent", "Give a share above 0 and at most 100 percent, or leave it out for none.");
        }
        else if (terms.RolloverPercent is not null && terms.ExpiresAt is null)
        {
            errors.Add("rolloverPercent", "What never expires has no rest to roll over: give an expiresAt, or leave this out.");
        }

        if (terms.RolloverDays is < 1 or > RolloverDaysMax)
        {
            errors.Add("rolloverDays", $"Give a whole number of days from 1 to {RolloverDaysMax}, or leave it out for {CreditTerms.RolloverDaysDefault}.");
        }

        PlainText.CheckOptional(terms.Name, "name", NameMax, errors);
        errors.ThrowIfAny();
    }
}

/// <summary>What is granted.</summary>
/// <param name="Amount">In major units of the customer's currency.</param>
/// <param name="Kind">Prepaid or promotional.</param>
/// <param name="Priority">Lower ones are used first.</param>
/// <param name="ExpiresAt">When what is left is lost; null for never.</param>
/// <param name="AppliesTo">Keys of the prices that they pay for; empty for all.</param>
/// <param name="Name">What the customer reads; null for nothing.</param>
public sealed record CreditTerms(decimal Amount, CreditKind Kind, int Priority, DateTimeOffset? ExpiresAt, IReadOnlyList<string> AppliesTo, string? Name)
{
    /// <summary>How many days a rest lasts where nothing is said.</summary>
    public const int RolloverDaysDefault = 30;

    /// <summary>At most this share of the amount, in percent, moves into a new grant at expiry; null for nothing.</summary>
    public decimal? RolloverPercent { get; init; }

    /// <summary>How many days the new grant lasts; null for <see cref="RolloverDaysDefault"/>.</summary>
    public int? RolloverDays { get; init; }
}
