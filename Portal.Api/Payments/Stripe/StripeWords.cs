using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;

namespace Portal.Api.Payments.Stripe;

/// <summary>Stripe's words for cards, currencies and reasons, and ours.</summary>
internal static class StripeWords
{
    /// <summary>A card's brand as people write it.</summary>
    public static string Brand(string? brand) => brand switch
    {
        null or "" => "Card",
        "amex" => "American Express",
        "diners" => "Diners Club",
        "jcb" => "JCB",
        "unionpay" => "UnionPay",
        _ => CultureInfo.InvariantCulture.TextInfo.ToTitleCase(brand),
    };

    /// <summary>A currency as Stripe writes it.</summary>
    [SuppressMessage("Globalization", "CA1308:Normalize strings to uppercase", Justification = "Stripe writes currencies in small letters.")]
    public static string Currency(string code) => code.ToLowerInvariant();

    /// <summary>Why the money did not move: the bank's own word where there is one. An error without a word is a decline.</summary>
    /// <param name="error">Stripe's error, or the last error of a charge.</param>
    public static string Reason(JsonElement error) => error.Text("decline_code") is { } declined && declined != "generic_decline"
        ? declined
        : error.Text("code") ?? (error.Text("type") == "invalid_request_error" ? "not_chargeable" : "card_declined");
}
