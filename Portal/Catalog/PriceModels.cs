namespace Portal.Catalog;

/// <summary>The pricing models as a person chooses them.</summary>
public static class PriceModels
{
    /// <summary>The models by their names in the API, in the order of the list.</summary>
    public static IReadOnlyList<(string Model, string Name)> All { get; } =
    [
        ("per_unit", "per unit"),
        ("graduated", "graduated"),
        ("volume", "volume"),
        ("package", "package"),
        ("stairstep", "stair step"),
        ("flat", "flat"),
        ("percentage", "percentage"),
        ("graduated_percentage", "graduated percentage"),
    ];

    /// <summary>What a model does, in a sentence.</summary>
    public static string Explain(string model) => model switch
    {
        "per_unit" => "Every unit costs the same.",
        "graduated" => "Each tier prices only the units that fall into it.",
        "volume" => "All units cost what the tier costs that the quantity falls into.",
        "package" => "Units are sold in packages; a begun one counts in full.",
        "stairstep" => "One amount for the tier that the quantity falls into.",
        "flat" => "One amount for the period, whatever is used.",
        "percentage" => "A share of the value of each event, and a fixed fee for each.",
        "graduated_percentage" => "Each tier takes its share of the value that falls into it.",
        _ => "",
    };

    /// <summary>Whether the model prices the value of events, not units.</summary>
    public static bool IsOfValue(string model) => model is "percentage" or "graduated_percentage";
}
