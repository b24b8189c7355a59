using Portal.Domain.Accounts;

namespace Portal.Domain.Demo;

/// <summary>One customer of the demo.</summary>
/// <param name="Name">The company's name.</param>
/// <param name="Email">Where its mails go; its owner signs in with it.</param>
/// <param name="TimeZone">IANA name.</param>
/// <param name="Country">ISO 3166-1 alpha-2.</param>
/// <param name="Locale">BCP 47 tag.</param>
/// <param name="Address">As printed on invoices.</param>
/// <param name="Pattern">How it uses the product; its key is the customer's.</param>
/// <param name="CapSharePercent">Which percentage of its cap it has used when the demo begins.</param>
/// <param name="Card">The trial card that its invoices are charged to; null for one that is sent invoices and pays by transfer.</param>
/// <param name="LastCard">The one in its place near the end of the history; null for none.</param>
/// <param name="Threshold">The unbilled usage at which it is billed inside a period, in dollars; null for never.</param>
public sealed record DemoCustomer(
    string Name, string Email, string TimeZone, string Country, string Locale, PostalAddress Address,
    DemoPattern Pattern, int CapSharePercent, string? Card, string? LastCard = null, decimal? Threshold = null)
{
    /// <summary>The customer's key.</summary>
    public string Key => Pattern.Customer;
}

/// <summary>The demo's four customers, each in a state of its own.</summary>
public static class DemoCustomers
{
    /// <summary>The password of every sign-in of the demo; it is printed at start and works in Development only.</summary>
    public const string Password = "Portal-demo-1";

    /// <summary>Far from its cap, pays on time.</summary>
    public static DemoCustomer Healthy { get; } = new(
        "Acme GmbH", "owner@acme.example", "Europe/Berlin", "DE", "en-US",
        new PostalAddress("Lindenstr. 14", null, "10969", "Berlin", null),
        new DemoPattern("acme", 46, 0.004m, 0.35m, 13, 0.55m), 46, Card: null);

    /// <summary>Has been mailed at 80 % and is close to the stop. Is billed inside its periods, by a threshold.</summary>
    public static DemoCustomer NearCap { get; } = new(
        "Borealis Labs", "owner@borealis.example", "America/New_York", "US", "en-US",
        new PostalAddress("220 Hudson Street", "Floor 4", "10013", "New York", "NY"),
        new DemoPattern("borealis", 70, 0.006m, 0.8m, 18, 0.7m), 87, Card: "4242424242424242", Threshold: 150);

    /// <summary>Its card has no money left: charged in vain, warned, then restricted. Its period ended a few days ago, so the next retry is ahead.</summary>
    public static DemoCustomer InDunning { get; } = new(
        "Cobalt Systems", "owner@cobalt.example", "Asia/Kolkata", "IN", "en-IN",
        new PostalAddress("12 Residency Road", null, "560025", "Bengaluru", "KA"),
        new DemoPattern("cobalt", 30, -0.002m, 0.6m, 7, 0.4m), 35, Card: "4242424242424242", LastCard: "4000000000009995");

    /// <summary>A loop in its software made a spike, and the kill switch paused it.</summary>
    public static DemoCustomer Paused { get; } = new(
        "Delta Robotics", "owner@delta.example", "Asia/Tokyo", "JP", "en-US",
        new PostalAddress("1-9-2 Marunouchi", null, "100-0005", "Tokyo", null),
        new DemoPattern("delta", 24, 0.002m, 0.9m, 4, 0.5m), 62, Card: null);

    /// <summary>All four.</summary>
    public static IReadOnlyList<DemoCustomer> All { get; } = [Healthy, NearCap, InDunning, Paused];
}
