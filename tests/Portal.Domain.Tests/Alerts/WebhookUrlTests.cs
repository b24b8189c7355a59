using System.Net;
using System.Text;
using Portal.Domain.Alerts;

namespace Portal.Domain.Tests.Alerts;

/// <summary>T-54: no address leads a delivery inside.</summary>
public sealed class WebhookUrlTests
{
    public static TheoryData<string> Inside() =>
    [
        "http://example.com/hook", "ftp://example.com/", "file:///etc/passwd", "gopher://example.com/", "//example.com/x", "example.com/hook", "https://", "https:///path", "",
        "https://user@example.com/", "https://user:word@example.com/", "https://example.com@127.0.0.1/", "https://example.com/#part",
        "https://127.0.0.1/", "https://127.1/", "https://127.0.1/", "https://2130706433/", "https://0x7f000001/", "https://0177.0.0.1/", "https://0/", "https://0.0.0.0/",
        "https://10.0.0.8/", "https://10.255.255.255/", "https://172.16.0.1/", "https://172.31.255.254/", "https://192.168.1.1/", "https://100.64.0.1/", "https://169.254.169.254/latest/meta-data/",
        "https://192.0.2.1/", "https://198.18.0.1/", "https://224.0.0.1/", "https://255.255.255.255/",
        "https://[::1]/", "https://[::]/", "https://[::ffff:127.0.0.1]/", "https://[::ffff:10.0.0.1]/", "https://[fe80::1]/", "https://[fc00::1]/", "https://[fd12:3456::1]/",
        "https://[64:ff9b::7f00:1]/", "https://[2002:7f00:1::]/", "https://[2001:db8::1]/",
        "https://localhost/", "https://LOCALHOST/", "https://localhost./", "https://api.localhost/", "https://metadata.google.internal/", "https://printer.local/", "https://intranet/",
        "https://example.com:22/", "https://example.com:25/", "https://example.com:6/",
    ];

    [Theory]
    [MemberData(nameof(Inside))]
    public void What_is_not_on_the_public_internet_is_refused_with_a_sentence(string url) =>
        Assert.EndsWith(".", WebhookUrl.Problem(url, allowPrivate: false), StringComparison.Ordinal);

    [Theory]
    [InlineData("https://example.com/hooks/billing")]
    [InlineData("https://example.com:8443/hooks?tenant=1")]
    [InlineData("https://93.184.216.34/")]
    [InlineData("https://[2606:2800:220:1:248:1893:25c8:1946]/")]
    [InlineData("https://xn--bcher-kva.example/")]
    public void What_is_there_for_all_is_taken(string url) => Assert.Null(WebhookUrl.Problem(url, allowPrivate: false));

    [Theory]
    [InlineData("http://127.0.0.1:5000/hook", true)]
    [InlineData("http://localhost/", true)]
    [InlineData("ftp://localhost/", false)]
    [InlineData("http://user@localhost/", false)]
    public void Where_private_addresses_are_allowed_the_rest_still_holds(string url, bool isTaken) =>
        Assert.Equal(isTaken, WebhookUrl.Problem(url, allowPrivate: true) is null);

    [Theory]
    [InlineData("8.8.8.8", true)]
    [InlineData("172.15.255.255", true)]
    [InlineData("172.32.0.0", true)]
    [InlineData("100.63.255.255", true)]
    [InlineData("100.128.0.0", true)]
    [InlineData("::ffff:8.8.8.8", true)]
    [InlineData("64:ff9b::808:808", true)]
    [InlineData("::ffff:169.254.169.254", false)]
    [InlineData("64:ff9b::a9fe:a9fe", false)]
    [InlineData("fec0::1", false)]
    [InlineData("ff02::1", false)]
    [InlineData("100::1", false)]
    public void The_borders_of_the_ranges_are_exact(string address, bool isPublic) => Assert.Equal(isPublic, PublicAddress.Is(IPAddress.Parse(address)));

    // Computed with: printf '1700000000.{"a":1}' | openssl dgst -sha256 -hmac whsec_test
    [Fact]
    public void A_signature_covers_the_time_and_the_body_under_each_secret()
    {
        var signature = WebhookSignature.Of(["whsec_test", "old"], DateTimeOffset.FromUnixTimeSeconds(1_700_000_000), Encoding.UTF8.GetBytes("""{"a":1}"""));

        Assert.Equal("t=1700000000,v1=38877139021993b830af32feea6e18a8da83eb2f6e49ee50bd9e4cf4ca4d3789,v1=5bed6ff4fdaa1f7539be4b82f6c76ce254e00e815b22b0dc8132056e0392cbcf", signature);
    }
}
