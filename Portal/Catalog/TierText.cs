namespace Portal.Catalog;

/// <summary>All tiers of a price in one cell of a table: <c>100 = 0.10 | 1000 = 0.05 / 10 + 2 | * = 0.01</c> reads "up to 100, up to 1000, above that".</summary>
public static class TierText
{
    private const string Open = "*";
    private const string Rule = "Write tiers like 100 = 0.10 | 1000 = 0.05 + 2 | * = 0.01: up to = amount, / per, + once; the last one up to *.";

    /// <summary>Writes the tiers of a row.</summary>
    public static string Write(PriceRow row)
    {
        ArgumentNullException.ThrowIfNull(row);
        var price = PriceField(row.Model);
        return string.Join(" | ", row.Tiers.Index().Select(tier =>
            (tier.Index == row.Tiers.Count - 1 ? Open : tier.Item["upTo"]) + " = " + tier.Item[price]
            + Part(tier.Item, price == "amount" ? "per" : "", " / ") + Part(tier.Item, price == "flat" ? "" : "flat", " + ")));
    }

    /// <summary>Reads tiers into a row; what is wrong with them, in a sentence, or null.</summary>
    public static string? Read(PriceRow row, string text)
    {
        ArgumentNullException.ThrowIfNull(row);
        ArgumentNullException.ThrowIfNull(text);
        var read = new List<TierRow>();
        foreach (var part in text.Split('|', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (part.Split('=', StringSplitOptions.TrimEntries) is not [var upTo, var price])
            {
                return Rule;
            }

            read.Add(TierOf(row.Model, upTo, price));
        }

        if (read.Count == 0 || read[^1]["upTo"].Length > 0)
        {
            return Rule;
        }

        row.Tiers.Clear();
        row.Tiers.AddRange(read);
        return null;
    }

    private static TierRow TierOf(string model, string upTo, string price)
    {
        var (rest, once) = Cut(price, '+');
        var (amount, per) = Cut(rest, '/');
        var tier = new TierRow { ["upTo"] = upTo == Open ? "" : PriceTable.Number(upTo) };
        tier[PriceField(model)] = PriceTable.Number(amount.TrimEnd('%'));
        if (per.Length > 0)
        {
            tier["per"] = PriceTable.Number(per);
        }

        if (once.Length > 0)
        {
            tier["flat"] = PriceTable.Number(once);
        }

        return tier;
    }

    private static (string Before, string After) Cut(string text, char at) =>
        text.IndexOf(at, StringComparison.Ordinal) is var index and >= 0 ? (text[..index], text[(index + 1)..]) : (text, "");

    private static string Part(TierRow tier, string field, string sign) => field.Length > 0 && tier[field].Length > 0 ? sign + tier[field] : "";

    private static string PriceField(string model) => model switch
    {
        "stairstep" => "flat",
        "graduated_percentage" => "percent",
        _ => "amount",
    };
}
