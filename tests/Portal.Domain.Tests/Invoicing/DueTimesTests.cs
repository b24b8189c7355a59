using Microsoft.EntityFrameworkCore;
using Npgsql;
using Portal.Domain.Accounts;
using Portal.Domain.Catalog;
using Portal.Domain.Credits;
using Portal.Domain.Invoicing;
using Portal.Domain.Payments;
using Portal.Domain.Storage;
using static Portal.Domain.Tests.Invoicing.BillingSystem;

namespace Portal.Domain.Tests.Invoicing;

/// <summary>The clock asks all work in one question when something is due next. Here all work is run instead, whether it says that it is due or not.</summary>
public sealed class DueTimesTests
{
    private const string Start = "2026-01-05T09:30:00Z";
    private static readonly TimeSpan s_before = TimeSpan.FromMilliseconds(1);
    private static readonly DateTimeOffset s_end = Instant("2026-02-24T12:00:00Z");
    private static readonly string[] s_zones = ["America/New_York", "Asia/Kathmandu"];
    private static readonly string?[] s_cards = ["4242424242424242", "4000000000009995", "4000000000000341", null];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Nothing_is_done_before_it_is_said_to_be_due_and_a_walk_does_what_running_everything_does(int seed)
    {
        await using var walked = await BillingSystem.Start(Start);
        await using var tried = await BillingSystem.Start(Start);
        var expected = await History(tried, seed, instant => RunEverything(tried, instant));
        var actual = await History(walked, seed, instant => walked.Get<ClockWalk>().To(Actor.System, instant, CancellationToken.None));

        Assert.Equal(expected, actual);
        Assert.Contains(actual, entry => entry.Contains("invoice.overdue", StringComparison.Ordinal));
        Assert.Contains(actual, entry => entry.Contains("Threshold", StringComparison.Ordinal));
        Assert.Contains(actual, entry => entry.Contains("Failed", StringComparison.Ordinal));
        Assert.Contains(actual, entry => entry.Contains("Expired", StringComparison.Ordinal));
        await StandingRules.Hold(walked);
    }

    /// <summary>Seven weeks of customers of all kinds, who use something now and then.</summary>
    /// <returns>All that was done, and when. Customers of one instant come in no order: drafts' ids decide.</returns>
    private static async Task<List<string>> History(BillingSystem system, int seed, Func<DateTimeOffset, Task> moveTo)
    {
        var random = new Random(seed);
        var customers = new List<Customer>();
        for (var n = 0; n < 6; n++)
        {
            var card = s_cards[n % s_cards.Length];
            var customer = await system.Subscribe(
                [Fee("10", n % 2 == 1 ? "advance" : "arrears"), PerToken("1", included: random.Next(20))],
                zone: s_zones[random.Next(s_zones.Length)], anchorDay: random.Next(1, 32),
                terms: new BillingTerms(n % 2 == 1 ? null : random.Next(30, 60), card is null ? BillingTerms.Send : BillingTerms.Charge, 14));
            if (card is not null)
            {
                await system.Get<PaymentWriter>().Save(Actor.System, customer.Key, card, MethodUse.Default, CancellationToken.None);
            }

            if (n % 2 == 0)
            {
                await system.Get<CreditWriter>().Grant(Actor.System, customer.Key, new CreditTerms(
                    n == 0 ? 2_000 : random.Next(1, 60), CreditKind.Promotional, CreditGrant.PriorityDefault, system.Clock.GetUtcNow().AddDays(random.Next(5, 40)), [], "Welcome")
                    { RolloverPercent = random.Next(2) == 0 ? null : 50 }, CancellationToken.None);
            }

            customers.Add(customer);
        }

        for (var at = system.Clock.GetUtcNow(); at < s_end; at += TimeSpan.FromMinutes(random.Next(60, 9_000)))
        {
            await moveTo(at);
            foreach (var customer in customers.Where(_ => random.Next(3) == 0))
            {
                await system.Use(customer, random.Next(1, 30));
            }
        }

        await moveTo(s_end);
        return await Done(system);
    }

    /// <summary>Runs all work, over and over until nothing is left: just before each instant that is said to be the next, when it must do nothing, and at it.</summary>
    private static async Task RunEverything(BillingSystem system, DateTimeOffset instant)
    {
        var works = system.Get<IEnumerable<IClockWork>>().ToList();
        await using var connection = await system.Database.Source.OpenConnectionAsync();
        while (await NextDue(connection, works) is { } due && due <= instant)
        {
            if (due - s_before > system.Clock.GetUtcNow())
            {
                system.Clock.MoveTo(due - s_before);
                await NothingIsDone(works);
            }

            system.Clock.MoveTo(due);
            while (await Run(works) > 0)
            {
            }
        }

        if (instant > system.Clock.GetUtcNow())
        {
            system.Clock.MoveTo(instant);
            await NothingIsDone(works);
        }

        foreach (var follower in system.Get<IEnumerable<IClockFollower>>())
        {
            await follower.CatchUp(CancellationToken.None);
        }
    }

    // A night's forecast is not due any earlier for having become possible since: that work alone is left to its hours.
    private static async Task NothingIsDone(List<IClockWork> works)
    {
        foreach (var work in works.Where(work => work is not ForecastRun))
        {
            Assert.Equal((work.GetType().Name, 0), (work.GetType().Name, (await work.Run(CancellationToken.None)).Done));
        }
    }

    private static async Task<int> Run(List<IClockWork> works)
    {
        var done = 0;
        foreach (var work in works)
        {
            var outcome = await work.Run(CancellationToken.None);
            Assert.Empty(outcome.Failures);
            done += outcome.Done;
        }

        return done;
    }

    private static async Task<DateTimeOffset?> NextDue(NpgsqlConnection connection, List<IClockWork> works) =>
        (await DueQuestion.Ask(connection, works.ConvertAll(work => work.NextDue()), CancellationToken.None)).Min();

    private static async Task<List<string>> Done(BillingSystem system)
    {
        await using var db = system.Database.CreateDbContext();
        return
        [
            .. (await db.AuditEntries.OrderBy(entry => entry.At).ThenBy(entry => entry.CustomerId).ThenBy(entry => entry.Id).ToListAsync()).Select(entry => $"{entry.At:O} {entry.CustomerId} {entry.Action}"),
            .. (await db.Invoices.OrderBy(invoice => invoice.Number).ToListAsync()).Select(invoice =>
                $"{invoice.IssuedAt:O} {invoice.CustomerId} {invoice.Number} {invoice.Kind} {invoice.PeriodStart:O} {invoice.Total} {invoice.Paid} {invoice.Status} {invoice.OverdueNoticeAt:O}"),
            .. (await db.Outbox.OrderBy(mail => mail.CreatedAt).ThenBy(mail => mail.To).ThenBy(mail => mail.Id).ToListAsync()).Select(mail => $"{mail.CreatedAt:O} {mail.To} {mail.Subject}"),
            .. (await db.PaymentAttempts.OrderBy(attempt => attempt.StartedAt).ThenBy(attempt => attempt.CustomerId).ToListAsync())
                .Select(attempt => $"{attempt.StartedAt:O} {attempt.CustomerId} {attempt.N} {attempt.Amount} {attempt.State} {attempt.SettledAt:O}"),
            .. (await db.CreditMoves.OrderBy(move => move.At).ThenBy(move => move.CustomerId).ThenBy(move => move.Kind).ToListAsync()).Select(move => $"{move.At:O} {move.CustomerId} {move.Kind} {move.Amount}"),
            .. (await db.Customers.OrderBy(customer => customer.Id).ToListAsync()).Select(customer => $"{customer.Key} {customer.RestrictedAt:O}"),
        ];
    }
}
