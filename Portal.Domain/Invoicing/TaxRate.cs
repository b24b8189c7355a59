using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Portal.Domain.Invoicing;

/// <summary>The tax that the operator charges customers of a country.</summary>
public sealed class TaxRate
{
    /// <summary>ISO 3166-1 alpha-2 code.</summary>
    public required string Country { get; init; }

    /// <summary>What the tax is called on invoices: "VAT", "Sales tax".</summary>
    public required string Name { get; init; }

    /// <summary>In percent: 19 is 19 %.</summary>
    public required decimal Percent { get; init; }
}

internal sealed class TaxRatesTable : IEntityTypeConfiguration<TaxRate>
{
    public void Configure(EntityTypeBuilder<TaxRate> table) =>
        table.ToTable("tax_rates", rules => rules.HasCheckConstraint("ck_tax_rates_percent", "percent >= 0 AND percent <= 100")).HasKey(rate => rate.Country);
}
