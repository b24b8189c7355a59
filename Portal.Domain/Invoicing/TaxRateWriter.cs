using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Invoicing;

/// <summary>Says which tax is charged where. Issued invoices keep theirs; drafts and running periods follow.</summary>
public sealed class TaxRateWriter(IDbContextFactory<PortalDb> databases, Register register, BusinessClock clock)
{
    private const int NameMax = 40;
    private const int RatesMax = 300;

    /// <summary>The rates, by country.</summary>
    /// <exception cref="Refusal">Forbidden.</exception>
    public IReadOnlyList<TaxRate> All(Actor actor)
    {
        actor.Require(Permission.ReadCustomers);
        return [.. register.Now.TaxRates.Values.OrderBy(rate => rate.Country, StringComparer.Ordinal)];
    }

    /// <summary>Replaces all rates; none means that no tax is charged.</summary>
    /// <exception cref="InvalidInputException">Where a rate makes no sense.</exception>
    /// <exception cref="Refusal">Forbidden.</exception>
    public async Task Put(Actor actor, IReadOnlyList<TaxRate> rates, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(rates);
        actor.Require(Permission.ManageOperations);
        Check(rates);
        await using var db = await databases.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        await db.TaxRates.ExecuteDeleteAsync(cancellation);
        db.TaxRates.AddRange(rates);
        db.AuditEntries.Add(AuditEntry.Of(actor, clock.GetUtcNow(), null, "tax_rates.changed", $"{rates.Count}", JsonSerializer.Serialize(rates, JsonColumns.Options)));
        await register.Save(db, () => RegisterChange.Company, cancellation);
    }

    private static void Check(IReadOnlyList<TaxRate> rates)
    {
        var errors = new FieldErrors();
        if (rates.Count > RatesMax)
        {
            errors.Add("rates", $"At most {RatesMax} rates: one for each country.");
        }

        for (var i = 0; i < rates.Count; i++)
        {
            var (rate, path) = (rates[i], $"rates[{i}]");
            if (!Countries.IsCode(rate.Country))
            {
                errors.Add(FieldErrors.Path(path, "country"), CustomerDetails.CountryRule);
            }
            else if (rates.Take(i).Any(earlier => earlier.Country == rate.Country))
            {
                errors.Add(FieldErrors.Path(path, "country"), $"{rate.Country} stands twice: a country has one rate.");
            }

            PlainText.Check(rate.Name, FieldErrors.Path(path, "name"), NameMax, errors);
            if (rate.Percent is < 0 or > 100)
            {
                errors.Add(FieldErrors.Path(path, "rate"), "Give the rate in percent, from 0 to 100: \"19\" is 19 %.");
            }
        }

        errors.ThrowIfAny();
    }
}
