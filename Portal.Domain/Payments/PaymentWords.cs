using System.Collections.Frozen;
using Portal.Domain.Values;

namespace Portal.Domain.Payments;

/// <summary>A gateway's reasons as sentences, for mails, pages and refusals.</summary>
public static class PaymentWords
{
    private const string Otherwise = "declined";

    private static readonly FrozenDictionary<string, string> s_keys = All().SelectMany(word => word.Reasons, (word, reason) => (reason, word.Key))
        .ToFrozenDictionary(pair => pair.reason, pair => pair.Key, StringComparer.Ordinal);

    /// <summary>Why a charge failed, in English, as pages and refusals say it.</summary>
    public static string Of(string? reason) => Of(reason, Language.English);

    /// <summary>Why a charge failed, in a customer's language.</summary>
    public static string Of(string? reason, Language language)
    {
        ArgumentNullException.ThrowIfNull(language);
        return language.Say(reason is null ? Otherwise : s_keys.GetValueOrDefault(reason, Otherwise));
    }

    /// <summary>Every sentence, and the gateways' reasons that it stands for; none for what stands for all others.</summary>
    public static IReadOnlyList<PaymentWord> All() =>
    [
        new("declined.funds", "insufficient_funds", "withdrawal_count_limit_exceeded", "card_velocity_exceeded"),
        new("declined.authentication", "authentication_required"),
        new("declined.expired", "expired_card"),
        new("declined.number", "incorrect_cvc", "incorrect_number", "invalid_number", "invalid_expiry_month", "invalid_expiry_year"),
        new("declined.blocked", "lost_card", "stolen_card", "pickup_card", "restricted_card"),
        new("declined.currency", "currency_not_supported"),
        new("declined.away", "processing_error", "issuer_not_available", "try_again_later", "reenter_transaction"),
        new("declined.amount", "amount_too_small", "amount_too_large", "amount_not_chargeable"),
        new(Otherwise),
    ];
}

/// <summary>What a customer reads of some of a gateway's reasons.</summary>
/// <param name="Key">Of the sentence in each <see cref="Language"/>; it follows "could not be charged:".</param>
/// <param name="Reasons">The reasons.</param>
public sealed record PaymentWord(string Key, params IReadOnlyList<string> Reasons)
{
    /// <summary>The sentence in English.</summary>
    public string Sentence => Language.English.Say(Key);
}
