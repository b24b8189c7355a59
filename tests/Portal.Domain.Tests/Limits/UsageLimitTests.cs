using Portal.Domain.Accounts;
using Portal.Domain.Limits;
using Portal.Domain.Metering;
using Portal.Domain.Tests.Metering;
using Portal.Domain.Values;
using Xunit.Abstractions;

namespace Portal.Domain.Tests.Limits;

/// <summary>Limits on parts of usage: what they count, refuse and keep off the bill. A token costs a dollar, and the meter "tokens" groups by "model".</summary>
public sealed class UsageLimitTests(LimitsSystem system, ITestOutputHelper output) : IClassFixture<LimitsSystem>
{
    private static int s_sent;

    [Fact]
    public async Task A_limit_on_a_group_refuses_that_group_alone_and_keeps_what_is_above_off_the_bill()
    {
        var customer = await system.Customer();
        await Set(customer, "large", new UsageLimitTerms("tokens", null, Match("large"), 20, null));
        await Use(customer, 30, "large");
        await Use(customer, 7, "small");

        var spend = await system.Spend(customer);
        await system.BringUpToDate(customer);
        var stand = Assert.Single(spend.Parts);
        Assert.Equal((30m, 10m, true), (stand.Used, stand.NotBilled, stand.IsReached));
        Assert.Equal((37m, 10m), (spend.Usage.Amount, spend.NotBilled.Amount));
        var refused = Answer(customer, null, "tokens", "large");
        Assert.Equal((AccessReason.LimitReached, "large", 20m, 30m), (refused.Reason, refused.LimitKey, refused.Limit, refused.Used));
        Assert.True(Answer(customer, null, "tokens", "small").Allowed);
        Assert.True(system.Answer(customer).Allowed);
    }

    [Fact]
    public async Task A_limit_in_units_counts_units_and_its_feature_alone_is_refused()
    {
        var customer = await system.Customer();
        await Set(customer, "few-calls", new UsageLimitTerms(null, "api", Match(null), null, 2));
        await Use(customer, 1, "m");
        await system.BringUpToDate(customer);
        Assert.True(system.Answer(customer, "api").Allowed);

        await Use(customer, 1, "m");
        await system.BringUpToDate(customer);

        // The plan's 500 calls are far; the customer's own 2 are used up.
        var answer = system.Answer(customer, "api");
        Assert.Equal((AccessReason.LimitReached, "few-calls", 2m, 2m, 0m), (answer.Reason, answer.LimitKey, answer.Limit, answer.Used, answer.Remaining));
        Assert.True(system.Answer(customer, "chat").Allowed);
        Assert.True(system.Answer(customer).Allowed);
    }

    [Fact]
    public async Task A_soft_limit_ends_at_its_bound_and_bills_up_to_it()
    {
        var customer = await system.Customer();
        await Set(customer, "soft", new UsageLimitTerms("tokens", null, Match(null), 10, null, LimitKind.Soft, 50));
        await Use(customer, 14, "m");
        await system.BringUpToDate(customer);
        Assert.True(Answer(customer, null, "tokens", null).Allowed);

        await Use(customer, 4, "m");
        await system.BringUpToDate(customer);
        Assert.Equal(AccessReason.LimitReached, Answer(customer, null, "tokens", null).Reason);
        Assert.Equal(3, (await system.Spend(customer)).NotBilled.Amount);
    }

    [Fact]
    public async Task A_wider_limit_counts_what_a_narrower_one_has_left_and_the_cap_covers_both()
    {
        var customer = await system.Customer();
        await Set(customer, "large", new UsageLimitTerms("tokens", null, Match("large"), 20, null));
        await Set(customer, "all", new UsageLimitTerms("tokens", null, Match(null), 40, null));
        await Use(customer, 50, "large");
        await Use(customer, 25, "small");

        // Large is billed 20 of its 50; with 25 small that is 45, and 5 more are above the wider limit.
        Assert.Equal(35, (await system.Spend(customer)).NotBilled.Amount);
        await system.Cap(customer, new LimitTerms(30));
        Assert.Equal(45, (await system.Spend(customer)).NotBilled.Amount);
    }

    [Fact]
    public async Task What_was_unbilled_stays_so_when_a_limit_is_raised_or_removed_and_what_follows_is_billed()
    {
        var customer = await system.Customer();
        await Set(customer, "large", new UsageLimitTerms("tokens", null, Match("large"), 20, null));
        await Use(customer, 30, "large");
        await Set(customer, "large", new UsageLimitTerms("tokens", null, Match("large"), 100, null));
        await Use(customer, 15, "large");
        Assert.Equal(10, (await system.Spend(customer)).NotBilled.Amount);

        await Writer().Remove(Actor.System, customer.Key, "large", CancellationToken.None);
        var spend = await system.Spend(customer);
        Assert.Empty(spend.Parts);
        Assert.Equal((45m, 10m), (spend.Usage.Amount, spend.NotBilled.Amount));
    }

    [Fact]
    public async Task Its_thresholds_mail_once_each_and_a_raised_limit_arms_them_again()
    {
        var customer = await system.Customer();
        await Set(customer, "large", new UsageLimitTerms("tokens", null, Match("large"), 20, null));
        await Use(customer, 17, "large");
        await system.BringUpToDate(customer);
        await system.BringUpToDate(customer);
        await Use(customer, 5, "large");
        await system.BringUpToDate(customer);
        await Set(customer, "large", new UsageLimitTerms("tokens", null, Match("large"), 25, null));
        await system.BringUpToDate(customer);
        await system.BringUpToDate(customer);

        var rows = await system.Metering.Scalar<string[]>(
            "SELECT array_agg(threshold || ' of ' || trim_scale(\"limit\") || CASE WHEN message_id IS NULL THEN '' ELSE ', mailed' END ORDER BY id) FROM alerts WHERE customer_id = $1 AND scope = 'limit:large'", customer.Id);
        Assert.Equal(["80 of 20, mailed", "100 of 20, mailed", "80 of 25, mailed"], rows);
        Assert.Equal(3, await system.Metering.Scalar<long>("SELECT count(*) FROM outbox_mails WHERE customer_id = $1 AND alert_kind = 'limit'", customer.Id));
    }

    /// <summary>However limits and usage lie, no part is billed above its bound, and nothing is billed less than its parts allow.</summary>
    [Fact]
    public async Task No_part_is_ever_billed_above_its_limit()
    {
        for (var seed = 1; seed <= 12; seed++)
        {
            var random = new Random(seed);
            var customer = await system.Customer();
            string[] models = ["a", "b", "c"];
            var limits = models.Where(_ => random.Next(3) > 0).Select(model => (Model: (string?)model, Amount: (decimal)random.Next(1, 60))).ToList();
            if (random.Next(2) == 0)
            {
                limits.Add((null, random.Next(1, 120)));
            }

            foreach (var (model, amount) in limits)
            {
                await Set(customer, model ?? "all", new UsageLimitTerms("tokens", null, Match(model), amount, null));
            }

            var used = models.ToDictionary(model => model, _ => (decimal)random.Next(0, 80));
            foreach (var (model, tokens) in used)
            {
                await Use(customer, tokens, model);
            }

            // Each group alone, then all together: the narrow ones first.
            var billed = used.Sum(group => Math.Min(group.Value, limits.Where(limit => limit.Model == group.Key).Select(limit => limit.Amount).FirstOrDefault(decimal.MaxValue)));
            billed = Math.Min(billed, limits.Where(limit => limit.Model is null).Select(limit => limit.Amount).FirstOrDefault(decimal.MaxValue));
            var spend = await system.Spend(customer);
            output.WriteLine($"seed {seed}: {string.Join(", ", used)} under {string.Join(", ", limits)}: billed {spend.Usage - spend.NotBilled}");
            Assert.Equal(billed, (spend.Usage - spend.NotBilled).Amount);
        }
    }

    [Theory]
    [InlineData("tokens", null, null, null, null, "amount")]
    [InlineData("tokens", null, null, 1, 1, "amount")]
    [InlineData(null, null, null, 1, null, "meter")]
    [InlineData("nothing", null, null, 1, null, "meter")]
    [InlineData(null, "chat", null, 1, null, "feature")]
    [InlineData("tokens", "api", null, 1, null, "feature")]
    [InlineData("calls", null, "large", 1, null, "match.model")]
    [InlineData(null, null, "large", null, 5, "meter")]
    public async Task What_makes_no_sense_is_refused_at_its_field(string? meter, string? feature, string? model, int? amount, int? quantity, string path)
    {
        var customer = await system.Customer();

        var refused = await Assert.ThrowsAsync<InvalidInputException>(() => Set(customer, "odd", new UsageLimitTerms(meter, feature, Match(model), amount, quantity)));

        Assert.Equal([path], refused.Errors.Items.Select(error => error.Path));
    }

    private UsageLimitWriter Writer() => new(system.Register, system.Database, system.Spends, system.Clock);

    private Task<(UsageLimit Limit, bool IsNew)> Set(Customer customer, string key, UsageLimitTerms terms) => Writer().Set(Actor.System, customer.Key, key, terms, CancellationToken.None);

    private Task<EventBatch> Use(Customer customer, decimal dollars, string model) => system.Metering.Send(
        MeteringSystem.Event(customer, $"p{Interlocked.Increment(ref s_sent)}", dollars, model: model));

    private AccessAnswer Answer(Customer customer, string? feature, string? meter, string? model) =>
        system.Access.Answer(system.Register.Now.ById[customer.Id], new AccessQuestion(feature, meter, Match(model)));

    private static Dictionary<string, string> Match(string? model) => model is null ? [] : new() { ["model"] = model };
}
