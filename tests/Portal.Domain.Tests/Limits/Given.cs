using Portal.Domain.Accounts;
using Portal.Domain.Catalog;
using Portal.Domain.Invoicing;
using Portal.Domain.Limits;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Tests.Limits;

/// <summary>What decisions about limits are made of, for tests without a database: March 2026 in Berlin, in dollars.</summary>
internal static class Given
{
    public static readonly DateTimeOffset Now = new(2026, 3, 12, 9, 30, 0, TimeSpan.Zero);

    /// <summary>From midnight to midnight in Berlin; the clocks go forward in it.</summary>
    public static readonly Period March = new(new(2026, 2, 28, 23, 0, 0, TimeSpan.Zero), new(2026, 3, 31, 22, 0, 0, TimeSpan.Zero));

    public static readonly Currency Dollar = Currency.Of("USD");

    public static Customer Customer() => new()
    {
        Key = "acme",
        Name = "Acme Robotics",
        Email = "billing@acme.example",
        Currency = "USD",
        TimeZone = "Europe/Berlin",
        CreatedAt = Now,
    };

    public static Subscription Subscription() => new()
    {
        CustomerId = 0,
        StartsAt = March.Start,
        AnchorDay = 1,
        Interval = BillingInterval.Month,
        BilledUntil = March.Start,
    };

    public static CustomerEntry Entry(SpendingLimit? limit = null) => new(Customer(), Subscription(), limit, []);

    public static SpendingLimit Cap(decimal amount, LimitKind kind = LimitKind.Hard, decimal softPercent = 10, bool enforced = true, params int[] alerts) => new()
    {
        CustomerId = 0,
        Amount = amount,
        Kind = kind,
        SoftPercent = softPercent,
        Alerts = alerts.Length == 0 ? [80, 100] : alerts,
        Enforced = enforced,
    };

    public static Pause Paused(PauseCause cause) => new() { CustomerId = 0, Cause = cause, PausedAt = Now, Actor = "test" };

    public static Money Dollars(decimal amount) => Money.Round(amount, Dollar);

    public static LimitStand Stand(decimal used, decimal cap, params int[] alerts) => new(Cap(cap, alerts: alerts), Dollars(used));

    public static Spend Spend(LimitStand stand) => new(
        March, Dollar, [], new Agreement([], [], LimitStand.NotBilled(stand.Limit, stand.Used, 0), Money.Zero(Dollar)), stand, new Dictionary<string, decimal>(), Now);
}
