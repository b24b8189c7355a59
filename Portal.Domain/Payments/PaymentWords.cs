using System.Collections.Frozen;

namespace Portal.Domain.Payments;

/// <summary>A gateway's reasons as sentences, for mails, pages and refusals.</summary>
public static class PaymentWords
{
    private const string Otherwise = "the bank declined it.";

    private static readonly FrozenDictionary<string, string> s_sentences = All().SelectMany(words => words.Reasons, (words, reason) => (reason, words.Sentence))
        .ToFrozenDictionary(pair => pair.reason, pair => pair.Sentence, StringComparer.Ordinal);

    /// <summary>Why a charge failed.</summary>
    public static string Of(string? reason) => reason is not null && s_sentences.TryGetValue(reason, out var sentence) ? sentence : Otherwise;

    /// <summary>Every sentence, and the gateways' reasons that it stands for; none for what stands for all others.</summary>
    public static IReadOnlyList<PaymentWord> All() =>
    [
        new("the account behind it has not enough money, or is at its limit.", "insufficient_funds", "withdrawal_count_limit_exceeded", "card_velocity_exceeded"),
        new("the bank asks its owner to confirm the payment.", "authentication_required"),
        new("it has expired.", "expired_card"),
        new("its number or expiry date is not right any more.", "incorrect_cvc", "incorrect_number", "invalid_number", "invalid_expiry_month", "invalid_expiry_year"),
        new("the bank has blocked it.", "lost_card", "stolen_card", "pickup_card", "restricted_card"),
        new("it does not pay in this currency.", "currency_not_supported"),
        new("the bank could not be reached.", "processing_error", "issuer_not_available", "try_again_later", "reenter_transaction"),
        new("the card processor does not take this amount. Please pay by bank transfer.", "amount_too_small", "amount_too_large", "amount_not_chargeable"),
        new(Otherwise),
    ];
}

/// <summary>What a customer reads of some of a gateway's reasons.</summary>
/// <param name="Sentence">It follows "could not be charged:".</param>
/// <param name="Reasons">The reasons.</param>
public sealed record PaymentWord(string Sentence, params IReadOnlyList<string> Reasons);
