using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Portal.Domain.Payments;
using Portal.Domain.Values;

namespace Portal.Api.Payments.Stripe;

/// <summary>Cards through Stripe: typed on its hosted page (Checkout in setup mode), charged off session by PaymentIntents. A card's number never comes here.</summary>
/// <remarks>A card's token is Stripe's customer and payment method, with a slash between them: a charge needs both.</remarks>
public sealed class StripeGateway(StripeClient client) : IPaymentGateway, ICardPage
{
    /// <summary>The name in the settings and beside what it knows.</summary>
    public const string GatewayName = "stripe";

    private const int PageSize = 100;

    /// <inheritdoc />
    public string Name => GatewayName;

    /// <inheritdoc />
    public Task<SavedCard> Save(string number, CancellationToken cancellation) => throw Refusal.Conflict("hosted_page",
        "A card's number is typed on Stripe's own page and nowhere else. POST …/payment-method/session answers the page's address.");

    /// <inheritdoc />
    public async Task<OpenedCardPage> Open(CardPageOrder order, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(order);
        var account = order.Account ?? Must(await client.Post("/v1/customers", Fields(
            ("name", order.Name), ("email", order.Email), ("metadata[customer]", order.CustomerKey)), null, cancellation)).Text("id")!;
        var session = Must(await client.Post("/v1/checkout/sessions", Fields(
            ("mode", "setup"), ("customer", account), ("payment_method_types[0]", "card"),
            ("success_url", $"{order.BackTo}&session={{CHECKOUT_SESSION_ID}}"), ("cancel_url", order.BackTo),
            ("setup_intent_data[metadata][customer]", order.CustomerKey)), null, cancellation));
        return new OpenedCardPage(session.Text("id")!, account, new Uri(session.Text("url")!));
    }

    /// <inheritdoc />
    public async Task<SavedCard?> Read(string id, CancellationToken cancellation)
    {
        var session = Must(await client.Get($"/v1/checkout/sessions/{Uri.EscapeDataString(id)}?expand[]=setup_intent.payment_method", cancellation));
        var setup = session.Part("setup_intent");
        var (method, card) = (setup.Part("payment_method"), setup.Part("payment_method").Part("card"));
        return session.Text("status") == "complete" && setup.Text("status") == "succeeded" && method.Text("id") is { } token
            ? new SavedCard($"{session.Text("customer")}/{token}", StripeWords.Brand(card.Text("brand")), card.Text("last4") ?? "????", card.Whole("exp_month"), card.Whole("exp_year"))
            : null;
    }

    /// <inheritdoc />
    public async Task<ChargeOutcome> Charge(ChargeOrder order, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(order);
        if (StripeAmount.Of(order.Amount, order.Currency) is not { } amount)
        {
            return new ChargeOutcome(null, "amount_not_chargeable");
        }

        var (account, method) = Parts(order.Token);
        var answer = await client.Post("/v1/payment_intents", Fields(
            ("amount", amount.ToString(CultureInfo.InvariantCulture)), ("currency", StripeWords.Currency(order.Currency)), ("customer", account), ("payment_method", method),
            ("payment_method_types[0]", "card"), ("off_session", "true"), ("confirm", "true"),
            ("metadata[key]", order.Key), ("metadata[invoice]", order.Reference)), order.Key, cancellation);
        return answer.IsGood
            ? await Outcome(answer.Body, cancellation)
            : new ChargeOutcome(answer.Error.Part("payment_intent").Text("id"), StripeWords.Reason(answer.Error));
    }

    /// <inheritdoc />
    /// <remarks>By the list and not by search, which may be a minute behind. A charge carries its key.</remarks>
    public async Task<ChargeOutcome?> Find(string key, string token, CancellationToken cancellation)
    {
        await foreach (var intent in All($"/v1/payment_intents?customer={Uri.EscapeDataString(Parts(token).Account)}", cancellation))
        {
            if (intent.Part("metadata").Text("key") == key)
            {
                return await Outcome(intent, cancellation);
            }
        }

        return null;
    }

    /// <inheritdoc />
    public async Task<IReadOnlyList<GatewayCharge>> Charges(DateTimeOffset since, CancellationToken cancellation)
    {
        var charges = new List<GatewayCharge>();
        await foreach (var intent in All(string.Create(CultureInfo.InvariantCulture, $"/v1/payment_intents?created[gte]={since.ToUnixTimeSeconds()}"), cancellation))
        {
            // What the account sells beside this system carries no key of ours.
            if (intent.Text("status") == "succeeded" && intent.Part("metadata").Text("key") is { } key && intent.Text("currency") is { } currency)
            {
                charges.Add(new GatewayCharge(
                    intent.Text("id")!, key, intent.Part("metadata").Text("invoice") ?? "", StripeAmount.Minor(intent.GetProperty("amount").GetInt64(), currency.ToUpperInvariant()),
                    currency.ToUpperInvariant(), DateTimeOffset.FromUnixTimeSeconds(intent.GetProperty("created").GetInt64())));
            }
        }

        return charges;
    }

    /// <inheritdoc />
    public async Task<RefundOutcome> Refund(RefundOrder order, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(order);
        if (StripeAmount.Of(order.Amount, order.Currency) is not { } amount)
        {
            return new RefundOutcome("", "amount_not_chargeable");
        }

        var answer = await client.Post("/v1/refunds", Fields(
            ("payment_intent", order.ChargeId), ("amount", amount.ToString(CultureInfo.InvariantCulture)), ("metadata[key]", order.Key)), order.Key, cancellation);
        return answer.IsGood ? Outcome(answer.Body) : new RefundOutcome("", StripeWords.Reason(answer.Error));
    }

    /// <inheritdoc />
    public async Task<RefundOutcome?> FindRefund(RefundOrder order, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(order);
        await foreach (var refund in All($"/v1/refunds?payment_intent={Uri.EscapeDataString(order.ChargeId)}", cancellation))
        {
            if (refund.Part("metadata").Text("key") == order.Key)
            {
                return Outcome(refund);
            }
        }

        return null;
    }

    private static RefundOutcome Outcome(JsonElement refund) => refund.Text("status") switch
    {
        "succeeded" => new RefundOutcome(refund.Text("id")!, null),
        "failed" or "canceled" => new RefundOutcome(refund.Text("id")!, refund.Text("failure_reason") ?? "refund_failed"),
        var status => throw new GatewayException($"Stripe has not decided about the refund {refund.Text("id")} yet: it is '{status}'."),
    };

    private async IAsyncEnumerable<JsonElement> All(string list, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var after = "";
        while (true)
        {
            var page = Must(await client.Get($"{list}&limit={PageSize}{after}", cancellation));
            var rows = page.GetProperty("data").EnumerateArray().ToList();
            foreach (var row in rows)
            {
                yield return row;
            }

            if (rows.Count == 0 || !page.GetProperty("has_more").GetBoolean())
            {
                yield break;
            }

            after = $"&starting_after={rows[^1].Text("id")}";
        }
    }

    /// <summary>What became of a charge, for good. What still waits for a person is called off first: nobody is there to confirm it, and it must not be paid later beside another.</summary>
    private async Task<ChargeOutcome> Outcome(JsonElement intent, CancellationToken cancellation)
    {
        var id = intent.Text("id")!;
        switch (intent.Text("status"))
        {
            case "succeeded":
                return new ChargeOutcome(id, null);
            case "requires_payment_method" or "canceled":
                return new ChargeOutcome(id, StripeWords.Reason(intent.Part("last_payment_error")));
            case "requires_action" or "requires_confirmation":
                var canceled = Must(await client.Post($"/v1/payment_intents/{id}/cancel", [], null, cancellation));
                return canceled.Text("status") == "canceled"
                    ? new ChargeOutcome(id, "authentication_required")
                    : throw new GatewayException($"Stripe could not call off the charge {id}, which is '{canceled.Text("status")}'.");
            default:
                throw new GatewayException($"Stripe has not decided about the charge {id} yet: it is '{intent.Text("status")}'.");
        }
    }

    private static (string Account, string Method) Parts(string token) => token.Split('/') is [var account, var method]
        ? (account, method)
        : throw new GatewayException($"The saved card '{token}' is none of Stripe's: it was saved with another card processor. It has to be saved again.");

    private static JsonElement Must(StripeAnswer answer) => answer.IsGood
        ? answer.Body
        : throw new GatewayException($"Stripe answered {(int)answer.Status}: {answer.ErrorMessage ?? answer.ErrorType ?? "no reason given"}");

    private static IEnumerable<KeyValuePair<string, string>> Fields(params (string Name, string Value)[] fields) =>
        fields.Select(field => KeyValuePair.Create(field.Name, field.Value));
}
