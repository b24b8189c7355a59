using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;

namespace Portal.Domain.Storage;

/// <summary>How the migration tool makes a context: the model alone, without a database.</summary>
internal sealed class MigrationDb : IDesignTimeDbContextFactory<PortalDb>
{
    public PortalDb CreateDbContext(string[] args) => new(new DbContextOptionsBuilder<PortalDb>().UseNpgsql().Options);
}
