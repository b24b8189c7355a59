using System.Data;
using System.Globalization;
using Npgsql;
using Portal.Domain.Accounts;
using Portal.Domain.Alerts;
using Portal.Domain.Storage;

namespace Portal.Domain.Metering;

/// <summary>Proves a sample: random days of random customers, and a month of one, are counted again from their events and must equal their buckets.</summary>
/// <remarks>It changes nothing. A difference is an alarm, because bills rest on the buckets and somebody has to find out what wrote them.</remarks>
public sealed class BucketProofRun(NpgsqlDataSource database, Register register, BucketRebuild rebuild, AlarmWriter alarms)
{
    private const int CustomersPerRun = 50;
    private const int DaysPerCustomer = 4;

    private static readonly TimeSpan s_month = TimeSpan.FromDays(31);

    private const string BoundsSql = "SELECT min(time), max(time) FROM events WHERE customer_id = $1";

    private const string IsCountedAnewSql = "SELECT EXISTS (SELECT FROM recounts WHERE customer_id = $1 AND ended_at IS NULL)";

    /// <summary>Proves a sample.</summary>
    /// <param name="random">Draws it.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>How many stretches of time it proved, and those that differ.</returns>
    public async Task<JobOutcome> Run(Random random, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(random);
        var customers = register.Now.ById.Values.Select(entry => entry.Customer).ToArray();
        random.Shuffle(customers);
        var (proved, failures) = (0, new List<string>());
        for (var i = 0; i < customers.Length && i < CustomersPerRun; i++)
        {
            foreach (var (start, end) in await Sample(customers[i].Id, random, withMonth: i == 0, cancellation))
            {
                proved++;
                if (await Differences(customers[i].Id, start, end, cancellation) > 0 && await Confirm(customers[i], start, end, cancellation) is { } words)
                {
                    failures.Add(words);
                }
            }
        }

        return new JobOutcome(proved - failures.Count, failures);
    }

    /// <summary>Days that a customer's events reach over, each beginning at midnight UTC; the newest is always among them.</summary>
    private async Task<List<(DateTime Start, DateTime End)>> Sample(int customerId, Random random, bool withMonth, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var kept = await EventArchive.KeptFrom(connection, cancellation);
        await using var select = new NpgsqlCommand(BoundsSql, connection) { Parameters = { new() { Value = customerId } } };
        await using var rows = await select.ExecuteReaderAsync(cancellation);
        await rows.ReadAsync(cancellation);
        if (rows.IsDBNull(0))
        {
            return [];
        }

        var (first, last) = (rows.GetDateTime(0).Date, rows.GetDateTime(1).Date);
        first = kept is { } from && first < from.UtcDateTime ? from.UtcDateTime : first;
        var days = new SortedSet<DateTime> { last };
        for (var i = 1; i < DaysPerCustomer; i++)
        {
            days.Add(first.AddDays(random.Next((last - first).Days + 1)));
        }

        List<(DateTime, DateTime)> stretches = [.. days.Where(day => day >= first).Select(day => (day, day.AddDays(1)))];
        if (withMonth)
        {
            stretches.Add((last - s_month < first ? first : last - s_month, last.AddDays(1)));
        }

        return stretches;
    }

    private async Task<int> Differences(int customerId, DateTime start, DateTime end, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);

        // Events and buckets of one moment: what is committed meanwhile is in neither.
        await using var moment = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellation);
        await using (var ask = new NpgsqlCommand(IsCountedAnewSql, connection) { Parameters = { new() { Value = customerId } } })
        {
            if ((bool)(await ask.ExecuteScalarAsync(cancellation))!)
            {
                return 0;
            }
        }

        var from = DateTime.SpecifyKind(start, DateTimeKind.Utc);
        var to = DateTime.SpecifyKind(end, DateTimeKind.Utc);
        var (buckets, detail) = await rebuild.Tally(connection, customerId, from, to, null, cancellation);
        return await BucketComparison.Count(connection, customerId, from, to, null, buckets.Sorted(), cancellation)
            + await DetailComparison.Count(connection, customerId, from, to, null, detail, cancellation);
    }

    /// <summary>Looks again with the meters of now, since one may have been changed by another node in between; then raises the alarm.</summary>
    private async Task<string?> Confirm(Customer customer, DateTime start, DateTime end, CancellationToken cancellation)
    {
        await register.Apply(RegisterChange.Catalog, cancellation);
        if (await Differences(customer.Id, start, end, cancellation) is not (> 0 and var differences))
        {
            return null;
        }

        var when = string.Create(CultureInfo.InvariantCulture, $"{start:yyyy-MM-dd} to {end.AddDays(-1):yyyy-MM-dd}");
        await alarms.Raise($"usage.mismatch:{customer.Key}", $"Usage of {customer.Name} differs from its events.",
            $"Of {when} (UTC), {differences} {(differences == 1 ? "quarter-hour figure is" : "quarter-hour figures are")} not what the events add up to. Charges rest on them, and nothing was changed. "
            + "Find out what wrote to usage_buckets beside the Portal, then count the customer's usage anew on its page.", customer.Id);
        return $"{customer.Name}, {when}: {differences} buckets differ from the events.";
    }
}
