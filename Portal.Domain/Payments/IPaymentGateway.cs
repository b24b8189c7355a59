namespace Portal.Domain.Payments;

/// <summary>The seam to whoever moves money: the sandbox's card processor, or a real one.</summary>
/// <remarks>A charge and a refund have a key. Asked twice under one key, a gateway moves money once and answers the same.</remarks>
public interface IPaymentGateway
{
    /// <summary>Its name, as it stands beside what it knows: "sandbox", "stripe".</summary>
    string Name { get; }

    /// <summary>Keeps a card and gives a token for it. Whether it can be charged shows when it is.</summary>
    /// <param name="number">The card's number, which is not kept anywhere else.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="Values.InvalidInputException">Where this is no card that the gateway takes.</exception>
    /// <exception cref="Values.Refusal">Where the gateway takes cards on a page of its own only.</exception>
    Task<SavedCard> Save(string number, CancellationToken cancellation);

    /// <summary>Charges a card.</summary>
    /// <exception cref="GatewayException">Where no answer came: the money may have moved or not.</exception>
    Task<ChargeOutcome> Charge(ChargeOrder order, CancellationToken cancellation);

    /// <summary>What became of a charge; null where the gateway never heard of it.</summary>
    /// <param name="key">The charge's key.</param>
    /// <param name="token">The card that it was asked of.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="GatewayException">Where no answer came.</exception>
    Task<ChargeOutcome?> Find(string key, string token, CancellationToken cancellation);

    /// <summary>The charges that moved money since an instant, whoever asked for them: after a restore from a backup, the gateway may know more than we do.</summary>
    /// <exception cref="GatewayException">Where no answer came.</exception>
    Task<IReadOnlyList<GatewayCharge>> Charges(DateTimeOffset since, CancellationToken cancellation);

    /// <summary>Gives money of a charge back, in full or part. Asked twice under one key, it gives it back once and answers the same.</summary>
    /// <exception cref="GatewayException">Where no answer came, or none for good yet: the money may go back or not.</exception>
    Task<RefundOutcome> Refund(RefundOrder order, CancellationToken cancellation);

    /// <summary>What became of a refund; null where the gateway never heard of it.</summary>
    /// <exception cref="GatewayException">Where no answer came, or none for good yet.</exception>
    Task<RefundOutcome?> FindRefund(RefundOrder order, CancellationToken cancellation);
}

/// <summary>A card as the gateway lets others know it.</summary>
/// <param name="Token">What it is called by.</param>
/// <param name="Brand">"Visa".</param>
/// <param name="Last4">Its last four digits.</param>
/// <param name="ExpiryMonth">The last month in which it can be charged, 1 to 12; null where that is not known.</param>
/// <param name="ExpiryYear">That month's year; null where it is not known.</param>
public sealed record SavedCard(string Token, string Brand, string Last4, int? ExpiryMonth, int? ExpiryYear);

/// <summary>A charge that is asked for.</summary>
/// <param name="Key">Makes it one, however often it is asked for.</param>
/// <param name="Token">The card.</param>
/// <param name="Reference">What is paid for.</param>
/// <param name="Amount">Minor units; more than zero.</param>
/// <param name="Currency">ISO 4217 code.</param>
public sealed record ChargeOrder(string Key, string Token, string Reference, long Amount, string Currency);

/// <summary>What became of a charge, for good.</summary>
/// <param name="Id">What the gateway calls it; null where it made no charge of it.</param>
/// <param name="Reason">Why the money did not move, as a word: <c>card_declined</c>; null where it did.</param>
public sealed record ChargeOutcome(string? Id, string? Reason)
{
    /// <summary>Whether the money has moved.</summary>
    public bool Succeeded => Reason is null;
}

/// <summary>A charge that moved money, as the gateway knows it.</summary>
/// <param name="Id">What the gateway calls it.</param>
/// <param name="Key">The key that it was asked for under.</param>
/// <param name="Reference">What was paid for.</param>
/// <param name="Amount">Minor units.</param>
/// <param name="Currency">ISO 4217 code.</param>
/// <param name="CreatedAt">When.</param>
public sealed record GatewayCharge(string Id, string Key, string Reference, long Amount, string Currency, DateTimeOffset CreatedAt);

/// <summary>A refund that is asked for.</summary>
/// <param name="Key">Makes it one, however often it is asked for.</param>
/// <param name="ChargeId">What the gateway calls the charge whose money goes back.</param>
/// <param name="Amount">Minor units; more than zero, at most what is left of the charge.</param>
/// <param name="Currency">ISO 4217 code.</param>
public sealed record RefundOrder(string Key, string ChargeId, long Amount, string Currency);

/// <summary>What became of a refund, for good.</summary>
/// <param name="Id">What the gateway calls it.</param>
/// <param name="Reason">Why the money does not go back, as a word: <c>charge_refunded</c>; null where it does.</param>
public sealed record RefundOutcome(string Id, string? Reason)
{
    /// <summary>Whether the money goes back.</summary>
    public bool Succeeded => Reason is null;
}

/// <summary>A page of the gateway's own, on which a customer types its card, so that the number never comes here. A gateway that has one is an <see cref="IPaymentGateway"/> too.</summary>
public interface ICardPage
{
    /// <summary>Opens a page for one customer.</summary>
    /// <exception cref="GatewayException">Where no answer came.</exception>
    Task<OpenedCardPage> Open(CardPageOrder order, CancellationToken cancellation);

    /// <summary>The card that was saved on a page; null where none was, or not yet.</summary>
    /// <param name="id">What the gateway calls the page.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="GatewayException">Where no answer came.</exception>
    Task<SavedCard?> Read(string id, CancellationToken cancellation);
}

/// <summary>A page that is asked for.</summary>
/// <param name="Account">What the gateway calls the customer; null where it does not know it yet.</param>
/// <param name="CustomerKey">The customer's key.</param>
/// <param name="Name">Its name.</param>
/// <param name="Email">Where the gateway may write to.</param>
/// <param name="BackTo">Where the person comes back to.</param>
public sealed record CardPageOrder(string? Account, string CustomerKey, string Name, string Email, string BackTo);

/// <summary>A page that was opened.</summary>
/// <param name="Id">What the gateway calls it.</param>
/// <param name="Account">What the gateway calls the customer.</param>
/// <param name="Url">Its address.</param>
public sealed record OpenedCardPage(string Id, string Account, Uri Url);

/// <summary>The gateway gave no answer.</summary>
public sealed class GatewayException(string message, Exception? inner = null) : Exception(message, inner);
