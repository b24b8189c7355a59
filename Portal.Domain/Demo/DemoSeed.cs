using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Catalog;
using Portal.Domain.Credits;
using Portal.Domain.Invoicing;
using Portal.Domain.Limits;
using Portal.Domain.Payments;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Demo;

/// <summary>Fills an empty system with the demo: it lives through the past months day by day, by the same code as real months.</summary>
/// <remarks>Its services run on a business clock of their own, which starts in the past (<see cref="DemoHistory"/>).</remarks>
public sealed class DemoSeed(
    IDbContextFactory<PortalDb> databases,
    Register register,
    ClockWalk walk,
    BusinessClock clock,
    CompanyWriter seller,
    MeterWriter meters,
    RateCardWriter cards,
    CustomerWriter customers,
    SubscriptionWriter subscriptions,
    LimitWriter limits,
    UsageLimitWriter usageLimits,
    SpendReader spends,
    InvoiceWriter invoices,
    PaymentWriter payments,
    CreditWriter credits,
    ThresholdWriter thresholds,
    SpendMeter meter,
    DemoSender sender,
    PortalOptions options)
{
    /// <summary>Days of history before the demo begins.</summary>
    public const int Days = 90;

    private const int Seed = 20260101;

    // Customers without a card pay this long after an invoice was issued.
    private static readonly TimeSpan s_paysAfter = TimeSpan.FromDays(9);

    // Before the end: when a card is replaced by one without money, and when the period ends that is then charged in vain.
    private static readonly TimeSpan s_cardChanges = TimeSpan.FromDays(20);
    private static readonly TimeSpan s_periodEnds = TimeSpan.FromDays(4);

    // One hash for all: their password is one too, and is printed on the console. A hash takes as long as a few days of the history.
    private readonly string _passwordHash = new PasswordHasher<PortalUser>().HashPassword(new PortalUser(), DemoCustomers.Password);

    /// <summary>Lives through the history and leaves each customer in its state.</summary>
    /// <param name="until">Where the history ends: the present.</param>
    /// <param name="lived">Told how many days are over.</param>
    /// <param name="cancellation">Gives up; the next start begins with what is missing only if nothing was created.</param>
    public async Task Run(DateTimeOffset until, Action<int> lived, CancellationToken cancellation)
    {
        await AddCatalog(cancellation);
        foreach (var customer in DemoCustomers.All)
        {
            await Add(customer, AnchorDay(customer, until), cancellation);
        }

        var start = clock.GetUtcNow();
        var turns = DemoCustomers.All.Select(customer => AnchorDay(customer, until)).Distinct().ToList();
        for (var hour = start; hour < until; hour = NextStop(hour, until, turns))
        {
            var stop = NextStop(hour, until, turns);
            await walk.To(Actor.System, stop, cancellation);
            await sender.Send(Events(start, hour, stop), cancellation);
            await PayInvoices(cancellation);
            if (hour < until - s_cardChanges && stop >= until - s_cardChanges)
            {
                await ChangeCards(cancellation);
            }

            lived((stop - start).Days);
        }

        await SetStates(until, cancellation);
    }

    // Periods end with the month, but for the one that is dunned. Every month has a 28th.
    private static int AnchorDay(DemoCustomer customer, DateTimeOffset until) =>
        customer.LastCard is null ? 1 : Math.Min(until.Subtract(s_periodEnds).Day, 28);

    // A day at a time, and an hour at a time while a period turns in one zone after the other, so that no event comes in after its period's invoice.
    private static DateTimeOffset NextStop(DateTimeOffset from, DateTimeOffset until, IReadOnlyList<int> turns)
    {
        var isTurn = turns.Contains(from.AddHours(10).Day) && (turns.Contains(from.Day) && from.Hour < 7 || from.Hour >= 14);
        var midnight = new DateTimeOffset(from.Date, TimeSpan.Zero).AddDays(1);
        var next = isTurn ? from.AddHours(1)
            : turns.Contains(midnight.Day) && from.Hour < 14 ? midnight.AddHours(-10)
            : midnight;
        return next < until ? next : until;
    }

    private static List<string> Events(DateTimeOffset start, DateTimeOffset from, DateTimeOffset to)
    {
        var events = new List<(DateTimeOffset Time, string Json)>();
        for (var day = DateOnly.FromDateTime(from.UtcDateTime); day <= DateOnly.FromDateTime(to.UtcDateTime); day = day.AddDays(1))
        {
            var age = day.DayNumber - DateOnly.FromDateTime(start.UtcDateTime).DayNumber;
            foreach (var customer in DemoCustomers.All)
            {
                events.AddRange(DemoTraffic.Day(customer.Pattern, day, age, Seed));
            }
        }

        return [.. events.Where(item => item.Time >= from && item.Time < to).OrderBy(item => item.Time).Select(item => item.Json)];
    }

    private async Task AddCatalog(CancellationToken cancellation)
    {
        await seller.Put(Actor.System, DemoCatalog.Seller, cancellation);
        foreach (var (key, details) in DemoCatalog.Meters)
        {
            await meters.Put(Actor.System, key, details, cancellation);
        }

        await cards.Put(Actor.System, DemoCatalog.CardKey, DemoCatalog.Card, cancellation);
        await cards.Publish(Actor.System, DemoCatalog.CardKey, effectiveFrom: null, cancellation);
    }

    private async Task Add(DemoCustomer demo, int anchorDay, CancellationToken cancellation)
    {
        var (customer, _) = await customers.Put(
            Actor.System, demo.Key,
            new CustomerDetails(demo.Name, demo.Email, "USD")
            {
                TimeZone = demo.TimeZone, Country = demo.Country, Locale = demo.Locale, Address = demo.Address,
                Billing = demo.Card is null ? null : BillingTerms.Default,
            },
            cancellation);
        await subscriptions.Put(Actor.System, demo.Key, new SubscriptionTerms(DemoCatalog.CardKey) { AnchorDay = anchorDay }, cancellation);
        await SaveCard(demo, demo.Card, cancellation);
        if (demo.Threshold is not null)
        {
            await thresholds.Set(Actor.System, demo.Key, demo.Threshold, cancellation);
        }

        await using var db = await databases.CreateDbContextAsync(cancellation);
        foreach (var (email, role) in new[] { (demo.Email, MemberRole.Owner), (demo.Email.Replace("owner@", "viewer@", StringComparison.Ordinal), MemberRole.Viewer) })
        {
            var user = new PortalUser
            {
                UserName = email,
                NormalizedUserName = email.ToUpperInvariant(),
                Email = email,
                NormalizedEmail = email.ToUpperInvariant(),
                EmailConfirmed = true,
                LockoutEnabled = true,
                SecurityStamp = Guid.NewGuid().ToString("N"),
            };
            user.PasswordHash = _passwordHash;
            user.Memberships.Add(new Membership { CustomerId = customer.Id, UserId = user.Id, Role = role, InvitedAt = clock.GetUtcNow() });
            db.Users.Add(user);
        }

        await db.SaveChangesAsync(cancellation);
    }

    private async Task ChangeCards(CancellationToken cancellation)
    {
        foreach (var demo in DemoCustomers.All)
        {
            await SaveCard(demo, demo.LastCard, cancellation);
        }
    }

    // Trial cards are the sandbox's: without one, the demo's customers are sent their invoices.
    private async Task SaveCard(DemoCustomer demo, string? card, CancellationToken cancellation)
    {
        if (card is not null && options.Sandbox == true)
        {
            await payments.Save(Actor.System, demo.Key, card, MethodUse.Default, cancellation);
        }
    }

    private async Task GiveCredits(string customer, DateTimeOffset now, CancellationToken cancellation)
    {
        await credits.Grant(Actor.System, customer, new CreditTerms(250, CreditKind.Prepaid, CreditGrant.PriorityDefault, null, [], "Deposit"), cancellation);
        await credits.Grant(Actor.System, customer, new CreditTerms(25, CreditKind.Promotional, CreditGrant.PriorityDefault, now.AddDays(45), [], "Welcome"), cancellation);
    }

    private async Task PayInvoices(CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var before = clock.GetUtcNow() - s_paysAfter;
        var owed = await db.Invoices.AsNoTracking()
            .Where(invoice => invoice.Status == InvoiceStatus.Finalized && invoice.IssuedAt <= before)
            .Select(invoice => new { invoice.Number, invoice.IssuedAt, invoice.Customer.Key })
            .ToListAsync(cancellation);
        foreach (var invoice in owed)
        {
            if (DemoCustomers.All.Single(customer => customer.Key == invoice.Key).Card is null)
            {
                await invoices.RecordPayment(Actor.System, invoice.Number!, new ReceivedPayment(null, $"Transfer {invoice.Number}", null), cancellation);
            }
        }
    }

    private async Task SetStates(DateTimeOffset until, CancellationToken cancellation)
    {
        foreach (var demo in DemoCustomers.All)
        {
            var spend = await spends.Current(register.Now.ByKey[demo.Key], cancellation);
            var cap = Math.Ceiling(Math.Max(spend!.Usage.Amount, 1) * 100 / demo.CapSharePercent);
            await limits.Set(Actor.System, demo.Key, new LimitTerms(cap), cancellation);
        }

        await SetLimitOfPart(DemoCustomers.Healthy.Key, cancellation);
        await GiveCredits(DemoCustomers.Healthy.Key, until, cancellation);
        var paused = DemoCustomers.Paused;
        await sender.Send(DemoTraffic.Loop(paused.Pattern, until, Seed), cancellation);

        // The kill switch sees the loop as it would any customer's.
        await meter.BringAll(cancellation);
    }

    private async Task SetLimitOfPart(string customer, CancellationToken cancellation)
    {
        var large = new UsageLimitTerms("output-tokens", null, new Dictionary<string, string> { ["model"] = "atlas-large" }, Amount: 0, Quantity: null);
        var stand = await usageLimits.Preview(Actor.System, customer, "atlas-large", large, cancellation);
        await usageLimits.Set(Actor.System, customer, "atlas-large", large with { Amount = Math.Ceiling(Math.Max(stand!.Used, 1) * 1.5m) }, cancellation);
    }
}
