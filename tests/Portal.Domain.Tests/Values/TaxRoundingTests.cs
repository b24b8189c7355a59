using System.Globalization;
using Npgsql;
using Portal.Domain.Values;
using Portal.Tests.Shared;

namespace Portal.Domain.Tests.Values;

/// <summary>T-48: every cent from 0.00 to 10.00 at the rates that tax really has is rounded by us as by PostgreSQL and by whole numbers alone.</summary>
public sealed class TaxRoundingTests
{
    private static readonly (string Text, long Thousandths)[] s_rates = [("0.19", 190), ("0.2", 200), ("0.055", 55), ("0.081", 81)];

    [Fact]
    public async Task Ours_the_databases_and_the_oracles_rounding_agree()
    {
        var database = new TestDatabase();
        await database.InitializeAsync();
        await using var source = NpgsqlDataSource.Create(database.ConnectionString);
        var usd = Currency.Of("USD");
        foreach (var (text, thousandths) in s_rates)
        {
            await using var select = source.CreateCommand("SELECT cents, round(cents / 100.0 * $1, 2) FROM generate_series(0, 1000) cents");
            select.Parameters.Add(new() { Value = decimal.Parse(text, CultureInfo.InvariantCulture) });
            await using var rows = await select.ExecuteReaderAsync();
            var read = 0;
            for (; await rows.ReadAsync(); read++)
            {
                var cents = rows.GetInt32(0);
                var ours = Money.Round(cents / 100m * decimal.Parse(text, CultureInfo.InvariantCulture), usd).Minor;
                Assert.Equal(((cents * thousandths) + 500) / 1_000, ours);
                Assert.Equal(rows.GetDecimal(1) * 100, ours);

                // What is split by the rate and the rest of it adds up again.
                var parts = Money.Split(new Money(cents, usd), [thousandths, 1_000 - thousandths]);
                Assert.Equal(cents, parts[0].Minor + parts[1].Minor);
            }

            Assert.Equal(1_001, read);
        }

        await database.DisposeAsync();
    }
}
