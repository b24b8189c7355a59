namespace Portal.Domain.Payments;

/// <summary>A gateway's reasons as sentences, for mails, pages and refusals.</summary>
public static class PaymentWords
{
    /// <summary>Why a charge failed.</summary>
    public static string Of(string? reason) => reason switch
    {
        "insufficient_funds" => "the account behind it has not enough money.",
        "authentication_required" => "the bank asks its owner to confirm the payment.",
        _ => "the bank declined it.",
    };
}
