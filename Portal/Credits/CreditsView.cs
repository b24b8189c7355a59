using Portal.Accounts;
using Portal.Domain.Credits;
using Portal.Domain.Payments;
using Portal.Domain.Storage;
using Portal.Domain.Values;
using Portal.Shared;

namespace Portal.Credits;

/// <summary>What the page of credits shows.</summary>
/// <param name="Caller">Who looks.</param>
/// <param name="Entry">The customer.</param>
/// <param name="Stand">Its grants, and what happened to them.</param>
/// <param name="Balance">What is left in truth.</param>
/// <param name="Outlook">How long it lasts; null while no subscription runs.</param>
/// <param name="Rule">Its rule for buying by itself; null for none.</param>
/// <param name="Methods">The saved cards.</param>
/// <param name="IsPrepaidOnly">Whether access ends with the credits.</param>
/// <param name="MayBuy">Whether the caller may buy.</param>
/// <param name="Now">When this was read, in business time.</param>
public sealed record CreditsView(
    CustomerCaller Caller, CustomerEntry Entry, CreditStand Stand, CreditBalance Balance, CreditOutlook? Outlook, AutoTopup? Rule, SavedMethods Methods,
    bool IsPrepaidOnly, bool MayBuy, DateTimeOffset Now)
{
    /// <summary>The customer's zone.</summary>
    public string Zone => Entry.Customer.TimeZone;

    /// <summary>Minor units as money.</summary>
    public Money Money(long minor) => new(minor, Stand.Currency);

    /// <summary>The credits that something happened to.</summary>
    public CreditGrant GrantOf(CreditMove move) => Stand.Grants.First(grant => grant.Id == move.GrantId);

    /// <summary>The lines of the chart.</summary>
    public IReadOnlyList<ChartSeries> Series =>
    [
        new("left", [.. Outlook!.Days.Select(day => day.Actual)]),
        new("expected", [.. Outlook.Days.Select(day => day.Expected)], IsEstimate: true),
    ];
}
