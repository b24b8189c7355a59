using System.Collections.Frozen;
using System.Globalization;

namespace Portal.Domain.Values;

/// <summary>A currency of ISO 4217: its code, the digits after the point of its minor unit (0, 2 or 3), its name and its symbol.</summary>
/// <remarks>There is one instance per code, so two currencies are equal when they are the same object.</remarks>
public sealed class Currency
{
    private static readonly Currency[] s_all = [.. CurrencyTable.Rows.Split('\n').Select(Read)];

    private static readonly FrozenDictionary<string, Currency> s_byCode =
        s_all.ToFrozenDictionary(currency => currency.Code, StringComparer.Ordinal);

    private Currency(string code, int digits, string symbol, string name)
    {
        Code = code;
        Digits = digits;
        Symbol = symbol;
        Name = name;
    }

    /// <summary>Every active currency, by code.</summary>
    public static IReadOnlyList<Currency> All => s_all;

    /// <summary>The three capital letters, such as <c>USD</c>.</summary>
    public string Code { get; }

    /// <summary>How many digits the minor unit has: 2 for cents, 0 for yen, 3 for fils.</summary>
    public int Digits { get; }

    /// <summary>What stands beside an amount; unambiguous, so <c>$</c> is the US dollar alone, and the code where there is no sign.</summary>
    public string Symbol { get; }

    /// <summary>The English name, such as <c>US dollar</c>.</summary>
    public string Name { get; }

    /// <summary>How many minor units make one: 100 for the dollar.</summary>
    public int MinorUnits => Digits switch { 0 => 1, 2 => 100, _ => 1_000 };

    /// <summary>The currency of a code in capital letters, or null when ISO 4217 has no such active code.</summary>
    public static Currency? Find(string? code) => code is not null && s_byCode.TryGetValue(code, out var found) ? found : null;

    /// <summary>The currency of a code that is known to be valid; throws <see cref="ArgumentException"/> when it is not.</summary>
    public static Currency Of(string code) =>
        Find(code) ?? throw new ArgumentException($"'{code}' is not an active ISO 4217 currency code. Use one such as USD, EUR or JPY.", nameof(code));

    /// <summary>The code.</summary>
    public override string ToString() => Code;

    private static Currency Read(string row)
    {
        var fields = row.Split('|');
        return new Currency(fields[0], int.Parse(fields[1], CultureInfo.InvariantCulture), fields[2].Length == 0 ? fields[0] : fields[2], fields[3]);
    }
}
