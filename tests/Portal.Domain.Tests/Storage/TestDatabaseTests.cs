using Microsoft.EntityFrameworkCore;
using Npgsql;
using Portal.Tests.Shared;

namespace Portal.Domain.Tests.Storage;

public sealed class TestDatabaseTests(TestDatabase database) : IClassFixture<TestDatabase>
{
    [Fact]
    public async Task A_test_database_has_the_whole_schema_and_no_rows()
    {
        await using var db = database.CreateDbContext();
        Assert.Empty(await db.Database.GetPendingMigrationsAsync());
        Assert.False(await db.Customers.AnyAsync());
    }

    [Fact]
    public async Task A_second_one_is_another_database_and_is_gone_afterwards()
    {
        var second = new TestDatabase();
        await second.InitializeAsync();
        Assert.Equal(1, await CountOf(second.Source.CreateConnection().Database));
        Assert.NotEqual(database.Source.CreateConnection().Database, second.Source.CreateConnection().Database);

        var name = second.Source.CreateConnection().Database;
        await second.DisposeAsync();
        Assert.Equal(0, await CountOf(name));
    }

    private async Task<long> CountOf(string name)
    {
        await using var command = database.Source.CreateCommand("SELECT count(*) FROM pg_database WHERE datname = $1");
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = name });
        return (long)(await command.ExecuteScalarAsync())!;
    }
}
