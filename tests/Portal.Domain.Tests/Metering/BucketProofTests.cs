using Portal.Domain.Accounts;
using Portal.Domain.Metering;
using static Portal.Domain.Tests.Metering.MeteringSystem;

namespace Portal.Domain.Tests.Metering;

/// <summary>The sample that is proved each night: what was tampered with is found and said, and never mended in silence.</summary>
public sealed class BucketProofTests : IAsyncLifetime
{
    private readonly MeteringSystem _system = new();

    private BucketProofRun Proof => new(_system.Database.Source, _system.Register, _system.Rebuild, _system.Alarms);

    public Task InitializeAsync() => _system.InitializeAsync();

    public Task DisposeAsync() => _system.DisposeAsync();

    [Theory]
    [InlineData("UPDATE usage_buckets SET sum = sum + 0.000000000001 WHERE customer_id = $1 AND meter_id = 1")]
    [InlineData("UPDATE usage_buckets SET events = events - 1 WHERE customer_id = $1 AND meter_id = 2")]
    [InlineData("UPDATE usage_buckets SET sum = 'NaN' WHERE customer_id = $1 AND meter_id = 1")]
    [InlineData("DELETE FROM usage_buckets WHERE customer_id = $1 AND meter_id = 3")]
    [InlineData("UPDATE usage_buckets SET start = start - interval '15 minutes' WHERE customer_id = $1 AND meter_id = 4")]
    [InlineData("UPDATE usage_buckets SET last_value = 77 WHERE customer_id = $1 AND meter_id = 6")]
    [InlineData("DELETE FROM events WHERE customer_id = $1 AND id = 'a'")]
    public async Task A_bucket_that_was_tampered_with_is_found_said_and_left_as_it_is(string tampering)
    {
        var (customer, other) = (await _system.Customer(), await _system.Customer());
        await _system.Send(Event(customer, "a", 3, "2026-02-05T09:00:00Z"), Event(customer, "b", 5, "2026-02-05T09:01:00Z"), Event(other, "c", 5));
        await _system.Execute(tampering, customer.Id);
        var before = await Buckets(customer);

        var outcome = await Proof.Run(new Random(1), CancellationToken.None);

        Assert.NotEmpty(outcome.Failures);
        Assert.All(outcome.Failures, failure => Assert.StartsWith(customer.Name, failure, StringComparison.Ordinal));
        Assert.Equal(1, await _system.Scalar<long>("SELECT count(*) FROM alarms WHERE key = $1 AND customer_id = $2 AND cleared_at IS NULL", $"usage.mismatch:{customer.Key}", customer.Id));
        Assert.Equal(1, await _system.Scalar<long>("SELECT count(*) FROM alarms"));
        Assert.Equal(before, await Buckets(customer));
    }

    [Fact]
    public async Task What_is_right_is_proved_while_events_come_in_and_raises_nothing()
    {
        var customer = await _system.Customer();
        var sending = Parallel.ForAsync(0, 60, new ParallelOptions { MaxDegreeOfParallelism = 2 }, async (i, _) =>
            await _system.Send([.. Enumerable.Range(0, 20).Select(n => Event(customer, $"e{i}.{n}", n))]));
        var proved = 0;
        do
        {
            var outcome = await Proof.Run(new Random(proved), CancellationToken.None);
            Assert.Empty(outcome.Failures);
            proved += outcome.Done;
        }
        while (!sending.IsCompleted);

        await sending;
        Assert.NotEqual(0, proved);
        Assert.Equal(0, await _system.Scalar<long>("SELECT count(*) FROM alarms"));
    }

    private Task<string> Buckets(Customer customer) =>
        _system.Scalar<string>("SELECT string_agg(b::text, ';' ORDER BY b::text) FROM usage_buckets b WHERE customer_id = $1", customer.Id);
}
