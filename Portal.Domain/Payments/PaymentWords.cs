namespace Portal.Domain.Payments;

/// <summary>A gateway's reasons as sentences, for mails, pages and refusals.</summary>
public static class PaymentWords
{
    /// <summary>Why a charge failed.</summary>
    public static string Of(string? reason) => reason switch
    {
        "insufficient_funds" or "withdrawal_count_limit_exceeded" or "card_velocity_exceeded" => "the account behind it has not enough money, or is at its limit.",
        "authentication_required" => "the bank asks its owner to confirm the payment.",
        "expired_card" => "it has expired.",
        "incorrect_cvc" or "incorrect_number" or "invalid_number" or "invalid_expiry_month" or "invalid_expiry_year" => "its number or expiry date is not right any more.",
        "lost_card" or "stolen_card" or "pickup_card" or "restricted_card" => "the bank has blocked it.",
        "currency_not_supported" => "it does not pay in this currency.",
        "processing_error" or "issuer_not_available" or "try_again_later" or "reenter_transaction" => "the bank could not be reached.",
        "amount_too_small" or "amount_too_large" or "amount_not_chargeable" => "the card processor does not take this amount. Please pay by bank transfer.",
        _ => "the bank declined it.",
    };
}
