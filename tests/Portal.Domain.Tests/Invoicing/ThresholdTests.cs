using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Catalog;
using Portal.Domain.Invoicing;
using Portal.Domain.Metering;
using Portal.Domain.Payments;
using Portal.Domain.Storage;
using Portal.Domain.Tests.Rating;
using Portal.Domain.Values;
using static Portal.Domain.Tests.Invoicing.BillingSystem;
using static Portal.Domain.Tests.Invoicing.ThresholdRules;

namespace Portal.Domain.Tests.Invoicing;

/// <summary>T-23: usage is billed inside the period at a threshold; interim and final invoices are the whole period, and no event is on two.</summary>
public sealed class ThresholdTests
{
    [Fact]
    public async Task Unbilled_usage_at_the_threshold_is_invoiced_at_once_and_charged_and_the_close_bills_the_rest()
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        var customer = await Start(system, [PerToken("1"), Fee("9")]);
        await system.Use(customer, 49);
        await Look(system);
        Assert.Empty(await system.Invoices(customer));

        var jump = await system.Use(customer, 499);
        await Look(system);
        var interim = Assert.Single(await system.Invoices(customer));
        var line = Assert.Single(interim.Lines);
        Assert.Equal((InvoiceKind.Threshold, 1, 54_800L, InvoiceStatus.Finalized), (interim.Kind, interim.Cut, interim.Total, interim.Status));
        Assert.Equal(("tokens, usage to date", 548m, "INV-000001"), (line.Description, line.Quantity, interim.Number));
        await system.Get<ChargeRun>().Run(CancellationToken.None);
        await system.Use(customer, 7);
        await Look(system);
        Assert.Equal(InvoiceStatus.Paid, Assert.Single(await system.Invoices(customer)).Status);

        var spend = await system.Spend(customer);
        Assert.Equal([54_800L, 0L], (await system.Get<BilledReader>().Of(customer.Id, spend, CancellationToken.None)).Select(billed => billed.Minor));
        await system.WalkTo("2026-04-01T01:00:00Z");
        var closing = (await system.Invoices(customer))[^1];
        Assert.Equal((InvoiceKind.Period, 1_600L), (closing.Kind, closing.Total));
        Assert.Equal([(7m, 700L), (1m, 900L)], closing.Lines.Select(last => (last.Quantity, last.Amount)));
        Assert.Contains(system.Mails, mail => mail.Text.Contains("your unbilled usage has reached", StringComparison.Ordinal));
        Assert.Equal(["INV-000001"], await LinesOf(system, customer, jump));
        await MustBeTheWholePeriod(system, customer);
    }

    [Fact]
    public async Task Nothing_is_billed_inside_a_period_without_a_card_and_all_of_it_once_one_is_saved()
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        var customer = await system.Subscribe([PerToken("1")], terms: At(50));
        await system.Use(customer, 80);
        await Look(system);
        Assert.Empty(await system.Invoices(customer));

        await Save(system, customer);
        await Look(system);
        Assert.Equal(8_000, Assert.Single(await system.Invoices(customer)).Total);
    }

    [Fact]
    public async Task A_customer_may_choose_a_threshold_and_the_lower_one_holds()
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        var customer = await Start(system, [PerToken("1")]);
        var writer = system.Get<ThresholdWriter>();
        await writer.Set(Actor.System, customer.Key, 200, CancellationToken.None);
        Assert.Equal((200m, 50m, 50m), await Stand());
        await writer.Set(Actor.System, customer.Key, 20, CancellationToken.None);
        Assert.Equal((20m, 50m, 20m), await Stand());
        await system.Use(customer, 21);
        await Look(system);
        Assert.Equal(2_100, Assert.Single(await system.Invoices(customer)).Total);

        await writer.Set(Actor.System, customer.Key, null, CancellationToken.None);
        await system.Use(customer, 21);
        await Look(system);
        Assert.Single(await system.Invoices(customer));
        var refused = await Assert.ThrowsAsync<InvalidInputException>(() => writer.Set(Actor.System, customer.Key, 0, CancellationToken.None));
        Assert.Contains("above 0", refused.Message, StringComparison.Ordinal);

        async Task<(decimal?, decimal?, decimal?)> Stand() =>
            await writer.Find(Actor.System, customer.Key, CancellationToken.None) is var stand ? (stand.Own, stand.Agreed, stand.Holds) : default;
    }

    [Fact]
    public async Task Two_nodes_that_see_the_same_crossing_make_one_invoice_and_one_charge()
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        var customer = await Start(system, [PerToken("1")]);
        for (var crossing = 1; crossing <= 12; crossing++)
        {
            await system.Use(customer, 60);

            // Each has its own memory of what was billed, as two processes have.
            ThresholdRun[] nodes = [Node(system), Node(system), Node(system)];
            var entry = system.Get<Register>().Now.ById[customer.Id];
            var spend = await system.Spend(customer);
            var made = await Task.WhenAll(nodes.Select(node => Task.Run(() => node.Check(entry, spend, CancellationToken.None))));
            Assert.Single(made, isMade => isMade);
            await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Task.Run(() => system.Get<ChargeRun>().Run(CancellationToken.None))));
        }

        var invoices = await system.Invoices(customer);
        Assert.Equal(Enumerable.Range(1, 12).Select(cut => (cut, 6_000L)), invoices.Select(invoice => (invoice.Cut, invoice.Total)));
        Assert.All(invoices, invoice => Assert.Single(invoice.Payments));
        await using var db = system.Database.CreateDbContext();
        Assert.Equal(12, await db.Set<SandboxCharge>().CountAsync(charge => charge.Succeeded));
        await MustBeTheWholePeriod(system, customer);
    }

    [Fact]
    public async Task A_second_invoice_for_the_same_cut_is_refused_by_the_database()
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        var customer = await Start(system, [PerToken("1")]);
        await system.Use(customer, 60);
        await Look(system);
        await using var db = system.Database.CreateDbContext();
        var refused = await Assert.ThrowsAsync<Npgsql.PostgresException>(() => db.Database.ExecuteSqlAsync($"""
            INSERT INTO invoices SELECT (jsonb_populate_record(invoice, jsonb_build_object('id', gen_random_uuid(), 'number', 'INV-000002'))).* FROM invoices invoice
            """));
        Assert.Equal(Npgsql.PostgresErrorCodes.UniqueViolation, refused.SqlState);
        Assert.Contains("period_start", refused.ConstraintName, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Interim_invoices_stay_under_the_cap_and_what_was_forgiven_stays_off()
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        var customer = await Start(system, [PerToken("1")]);
        await SetCap(system, customer, 100);
        await system.Use(customer, 130);
        await Look(system);
        var interim = Assert.Single(await system.Invoices(customer));
        Assert.Equal([(LineKind.Usage, 13_000L), (LineKind.NotBilled, -3_000L)], interim.Lines.Select(line => (line.Kind, line.Amount)));
        Assert.Equal(10_000, interim.Total);

        await SetCap(system, customer, 1_000);
        await system.Use(customer, 60);
        await Look(system);
        Assert.Equal([10_000L, 6_000L], (await system.Invoices(customer)).Select(invoice => invoice.Total));
        await MustBeTheWholePeriod(system, customer);
    }

    [Fact]
    public async Task Minimum_flat_rate_and_commitment_wait_for_the_close_and_discounts_are_taken_from_the_start()
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        var minimum = PerToken("1") with { Terms = new Portal.Domain.Rating.PriceTerms(new Portal.Domain.Rating.PerUnitRate(1), 0, 400) };
        var flat = new Price("flat", "flat", "tokens", new Dictionary<string, string> { ["model"] = "f" }, null, null, new Portal.Domain.Rating.PriceTerms(new Portal.Domain.Rating.FlatRate(90)));
        var customer = await Start(system, [minimum, flat, Fee("70", "advance")]);
        await system.Change(customer, (_, subscription) => (subscription.Phases[0].Commitment, subscription.Phases[0].Discounts) =
            (new Commitment(1_000, BillingInterval.Month, 10), [new Discount(20, null, null)]));
        await system.WalkTo("2026-03-02T00:00:00Z");
        await system.Use(customer, 5, model: "f");
        await system.Use(customer, 60);
        await Look(system);
        Assert.Equal((InvoiceKind.OneOff, 5_600L), (Assert.Single(await system.Invoices(customer)).Kind, (await system.Invoices(customer))[0].Total));
        await system.Use(customer, 3);
        await Look(system);

        var interim = (await system.Invoices(customer))[^1];
        Assert.Equal(("tokens, usage to date", 6_300L, 1_260L), (Assert.Single(interim.Lines).Description, interim.Subtotal, interim.Discounted));
        await MustBeTheWholePeriod(system, customer);
    }

    [Fact]
    public async Task An_event_that_is_taken_back_after_it_was_billed_lowers_the_closing_invoice()
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        var customer = await Start(system, [PerToken("1"), Fee("100")]);
        var id = await system.Use(customer, 60);
        await Look(system);
        await system.Get<VoidWriter>().Void(Actor.System, customer.Key, id, "Counted twice.", CancellationToken.None);
        await system.Use(customer, 10, "2026-03-01T00:00:00Z");
        await Look(system);
        await system.WalkTo("2026-04-01T01:00:00Z");

        var closing = (await system.Invoices(customer))[^1];
        Assert.Equal([(-50m, -5_000L), (1m, 10_000L)], closing.Lines.Select(line => (line.Quantity, line.Amount)));
        await MustBeTheWholePeriod(system, customer, withVoids: true);
    }

    [Theory]
    [InlineData(1), InlineData(2), InlineData(3), InlineData(4), InlineData(5), InlineData(6), InlineData(7), InlineData(8)]
    public async Task Whatever_the_prices_interim_and_final_invoices_are_the_period_rated_once(int seed)
    {
        var random = new Random(seed);
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        var prices = Enumerable.Range(0, 3).Select(i => new Price(
            $"p{i}", $"p{i}", "tokens", new Dictionary<string, string> { ["model"] = $"m{i}" }, null, null,
            i == 0 ? Percentage(random) : RandomPrice.From(random).Terms)).Append(PerToken("0.37", "p3", 0, ("model", "m3"))).ToList();
        var customer = await Start(system, prices, threshold: random.Next(10, 40));
        for (var at = Instant("2026-03-01T00:00:00Z"); at < Instant("2026-03-30T00:00:00Z"); at += TimeSpan.FromHours(random.Next(1, 40)))
        {
            system.Clock.MoveTo(at);

            // Late ones and jumps among them.
            var time = at - TimeSpan.FromHours(random.Next(3) == 0 ? random.Next(0, 24) : 0);
            time = time < Instant("2026-03-01T00:00:00Z") ? at : time;
            await system.Use(customer, random.Next(8) == 0 ? random.Next(100, 500) : random.Next(1, 30), time.ToString("O", CultureInfo.InvariantCulture), $"m{random.Next(4)}");
            if (random.Next(3) > 0)
            {
                await Look(system);
                await system.Get<ChargeRun>().Run(CancellationToken.None);
            }
        }

        Assert.NotEmpty(await system.Invoices(customer));
        await MustBeTheWholePeriod(system, customer);
    }

    [Fact]
    public async Task Levels_that_last_are_billed_for_the_time_that_has_passed_and_the_close_bills_the_rest()
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        await using (var db = system.Database.CreateDbContext())
        {
            db.Meters.Add(new Meter
            {
                Key = "seats", Name = "Seats", EventType = "llm", Aggregation = Aggregation.WeightedSum, ValueProperty = "tokens",
                GroupBy = ["model"], Filter = [], Unit = "seat", CreatedAt = system.Clock.GetUtcNow(),
            });
            await system.Get<Register>().Save(db, () => RegisterChange.Everything, CancellationToken.None);
        }

        var seats = PerToken("10", "seats") with { Meter = "seats" };
        var customer = await Start(system, [seats]);
        await system.Use(customer, 31);
        system.MoveTo("2026-03-11T00:00:00Z");
        await system.Use(customer, 31);
        await Look(system);
        var interim = Assert.Single(await system.Invoices(customer));
        Assert.Equal((10m, 10_000L, Instant("2026-03-11T00:00:00Z")), (interim.Lines[0].Quantity, interim.Total, interim.Lines[0].PeriodEnd));
        await MustBeTheWholePeriod(system, customer);
    }

    [Fact]
    public async Task A_customer_with_too_many_invoices_in_a_day_is_parked_and_billed_once_when_it_is_released()
    {
        await using var system = await BillingSystem.Start("2026-03-01T00:00:00Z");
        var customer = await Start(system, [PerToken("1")]);
        for (var n = 0; n < 18; n++)
        {
            await system.Use(customer, 60);
            await Look(system);
        }

        Assert.Equal(15, (await system.Invoices(customer)).Count(invoice => invoice.Number is not null));
        await system.Get<BillingGuard>().Release(Actor.System, customer.Key, CancellationToken.None);
        await system.Get<FinalizeRun>().Run(CancellationToken.None);
        Assert.Equal([(16, 18_000L)], (await system.Invoices(customer)).Where(invoice => invoice.Cut > 15).Select(invoice => (invoice.Cut, invoice.Total)));
        await MustBeTheWholePeriod(system, customer);
    }
}
