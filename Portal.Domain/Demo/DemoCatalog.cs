using Portal.Domain.Accounts;
using Portal.Domain.Catalog;
using Portal.Domain.Rating;
using Portal.Domain.Values;

namespace Portal.Domain.Demo;

/// <summary>What the demo's operator, an AI company, sells: two models by the token, images by the piece, resolved tickets by outcome.</summary>
public static class DemoCatalog
{
    /// <summary>The key of the demo's rate card.</summary>
    public const string CardKey = "payg";

    private static readonly IReadOnlyDictionary<string, string> s_any = new Dictionary<string, string>();

    /// <summary>The operator itself: its name stands on every page, its address and bank on invoices.</summary>
    public static CompanyDetails Seller { get; } = new("Atlas AI")
    {
        Address = new PostalAddress("1 Harbour Street", null, "94105", "San Francisco", "CA", "US"),
        BankDetails = new Dictionary<string, string> { ["Bank"] = "First Harbour Bank", ["Routing number"] = "000000000", ["Account"] = "0001234567" },
    };

    /// <summary>The meters, by key.</summary>
    public static IReadOnlyList<(string Key, MeterDetails Details)> Meters { get; } =
    [
        ("input-tokens", new MeterDetails("Input tokens", "llm.completion", Aggregation.Sum) { Value = "input_tokens", GroupBy = ["model"], Unit = "token" }),
        ("output-tokens", new MeterDetails("Output tokens", "llm.completion", Aggregation.Sum) { Value = "output_tokens", GroupBy = ["model"], Unit = "token" }),
        ("requests", new MeterDetails("API calls", "llm.completion", Aggregation.Count) { Unit = "call" }),
        ("images", new MeterDetails("Images", "image.generation", Aggregation.Count) { GroupBy = ["size"], Unit = "image" }),
        ("resolved-tickets", new MeterDetails("Resolved tickets", "ticket.closed", Aggregation.Count)
        {
            Filter = new Dictionary<string, IReadOnlyList<string>> { ["outcome"] = ["resolved"] },
            Unit = "ticket",
        }),
    ];

    /// <summary>The rate card: one price of each common model.</summary>
    public static RateCardContent Card { get; } = new(
        "Pay as you go", "USD", BillingInterval.Month,
        [
            Price("large-in", "Atlas Large, input", "input-tokens", Match("model", "atlas-large"), new PerUnitRate(2.50m, 1_000_000), included: 1_000_000),
            Price("large-out", "Atlas Large, output", "output-tokens", Match("model", "atlas-large"), new GraduatedRate(
                [new Tier(5_000_000, 10.00m, 1_000_000), new Tier(null, 8.00m, 1_000_000)])),
            Price("mini-in", "Atlas Mini, input", "input-tokens", Match("model", "atlas-mini"), new PerUnitRate(0.15m, 1_000_000)),
            Price("mini-out", "Atlas Mini, output", "output-tokens", Match("model", "atlas-mini"), new PerUnitRate(0.60m, 1_000_000)),
            Price("images", "Images", "images", s_any, new VolumeRate([new Tier(500, 0.040m), new Tier(null, 0.032m)]), included: 50),
            Price("tickets", "Resolved tickets", "resolved-tickets", s_any, new PerUnitRate(0.99m)),
        ],
        [new Feature("api", 50_000, "requests"), new Feature("images", null, "images")],
        TrialDays: 0,
        new BillingTerms(Threshold: null, "send", NetDays: 14));

    private static Price Price(
        string key, string name, string meter, IReadOnlyDictionary<string, string> match, Rate rate, decimal included = 0) =>
        new(key, name, meter, match, null, null, new PriceTerms(rate, included));

    private static Dictionary<string, string> Match(string property, string value) => new() { [property] = value };
}
