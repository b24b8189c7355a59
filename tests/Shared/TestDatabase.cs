using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using Portal.Domain.Storage;

namespace Portal.Tests.Shared;

/// <summary>A database of its own for a test class (<c>IClassFixture&lt;TestDatabase&gt;</c>): a fresh copy of the migrated schema, dropped afterwards.</summary>
/// <remarks>Where a class of the domain asks for a factory of contexts, the test hands it this.</remarks>
public sealed class TestDatabase : IAsyncLifetime, IDbContextFactory<PortalDb>
{
    private static int s_made;

    private readonly string _name = string.Create(CultureInfo.InvariantCulture, $"test_{Environment.ProcessId}_{Interlocked.Increment(ref s_made)}");
    private NpgsqlDataSource? _source;

    /// <summary>The connection string of the copy, as its owner.</summary>
    public string ConnectionString => Source.ConnectionString;

    /// <summary>Connections to the copy.</summary>
    public NpgsqlDataSource Source => _source ?? throw new InvalidOperationException("The database is made by InitializeAsync, which xunit calls for a fixture.");

    /// <summary>A new context on the copy.</summary>
    public PortalDb CreateDbContext() => new(new DbContextOptionsBuilder<PortalDb>().UseNpgsql(Source).Options);

    public async Task InitializeAsync()
    {
        var template = await TestTemplate.Name;
        await TestTemplate.Administer($"CREATE DATABASE {_name} TEMPLATE {template}");
        _source = NpgsqlDataSource.Create(await TestCluster.ConnectionTo(_name));
    }

    public async Task DisposeAsync()
    {
        if (_source is not null)
        {
            await _source.DisposeAsync();
        }

        await TestTemplate.Administer($"DROP DATABASE IF EXISTS {_name} WITH (FORCE)");
    }
}
