using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Portal.Domain.Storage;

namespace Portal.Domain.Accounts;

internal sealed class CustomersTable : IEntityTypeConfiguration<Customer>
{
    public void Configure(EntityTypeBuilder<Customer> table)
    {
        table.ToTable("customers").HasKey(customer => customer.Id);
        table.HasIndex(customer => customer.Key).IsUnique();
        table.Property(customer => customer.Key).HasMaxLength(64);
        table.Property(customer => customer.Currency).HasMaxLength(3);
        table.Property(customer => customer.Address).HasJsonColumn();
        table.Property(customer => customer.Billing).HasJsonColumn();
    }
}
