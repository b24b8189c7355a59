using Portal.Api.Payments;
using Portal.Api.Payments.Stripe;
using Portal.Domain.Storage;

namespace Portal.Api.Tests.Payments;

public sealed class GatewaySettingsTests
{
    [Theory]
    [InlineData("", "", "", true)]
    [InlineData("", "", "", false)]
    [InlineData("sandbox", "", "", true)]
    [InlineData("stripe", "sk_test_1", "whsec_1", true)]
    [InlineData("stripe", "sk_live_1", "whsec_1", false)]
    [InlineData("stripe", "rk_live_1", "whsec_1, whsec_2", false)]
    public void What_is_clear_is_taken(string gateway, string key, string secret, bool isSandbox) => GatewaySettings.Check(Given(gateway, key, secret, isSandbox));

    [Theory]
    [InlineData("paypal", "", "", true, "Gateway is 'paypal'")]
    [InlineData("sandbox", "", "", false, "Portal:Sandbox is not true")]
    [InlineData("", "sk_live_1", "", false, "Gateway is not 'stripe'")]
    [InlineData("sandbox", "", "whsec_1", true, "Gateway is not 'stripe'")]
    [InlineData("stripe", "", "whsec_1", false, "without Portal:Payments:Stripe:SecretKey")]
    [InlineData("stripe", "pk_live_1", "whsec_1", false, "publishable")]
    [InlineData("stripe", "secret", "whsec_1", false, "begins with sk_live_")]
    [InlineData("stripe", "sk_live_1", "whsec_1", true, "moves time")]
    [InlineData("stripe", "sk_live_1", "", false, "/webhooks/stripe")]
    [InlineData("stripe", "sk_live_1", "secret", false, "begins with whsec_")]
    public void What_is_unclear_is_refused_with_what_to_change(string gateway, string key, string secret, bool isSandbox, string words) =>
        Assert.Contains(words, Assert.Throws<StartException>(() => GatewaySettings.Check(Given(gateway, key, secret, isSandbox))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("http://stripe.example", 30)]
    [InlineData("stripe", 30)]
    [InlineData("https://api.stripe.com", 0)]
    public void An_address_without_encryption_and_a_wait_that_is_none_are_refused(string url, int seconds)
    {
        var options = Given("stripe", "sk_test_1", "whsec_1", true);
        (options.Payments.Stripe.Url, options.Payments.Stripe.TimeoutSeconds) = (url, seconds);
        Assert.Throws<StartException>(() => GatewaySettings.Check(options));
    }

    [Theory]
    [InlineData(1099, "USD", 1099L)]
    [InlineData(500, "JPY", 500L)]
    [InlineData(500, "ISK", 50000L)]
    [InlineData(500, "UGX", 50000L)]
    [InlineData(500, "MGA", 5L)]
    [InlineData(510, "MGA", null)]
    [InlineData(1230, "KWD", 1230L)]
    [InlineData(1234, "KWD", null)]
    public void Amounts_are_counted_as_stripe_counts_them(long minor, string currency, long? expected)
    {
        Assert.Equal(expected, StripeAmount.Of(minor, currency));
        if (expected is { } amount)
        {
            Assert.Equal(minor, StripeAmount.Minor(amount, currency));
        }
    }

    private static PortalOptions Given(string gateway, string key, string secret, bool isSandbox) => new()
    {
        Sandbox = isSandbox,
        Payments = new PaymentOptions { Gateway = gateway, Stripe = new StripeOptions { SecretKey = key, WebhookSecret = secret } },
    };
}
