using System.Net;
using Portal.Api.Alerts;
using Portal.Domain.Storage;

namespace Portal.Api.Tests.Alerts;

/// <summary>T-54: whatever address was saved, no connection goes inside. A listener on the loopback proves it.</summary>
public sealed class HttpWebhookSenderTests
{
    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("localhost")]
    [InlineData("127.1")]
    [InlineData("2130706433")]
    [InlineData("0x7f.1")]
    [InlineData("[::ffff:127.0.0.1]")]
    public async Task A_name_that_leads_inside_is_refused_at_the_connection(string host)
    {
        await using var receiver = await HookReceiver.Start();
        using var sender = new HttpWebhookSender(new PortalOptions { Webhooks = { AllowPrivate = false } });

        var answer = await sender.Send(new Uri($"http://{host}:{receiver.Port}/"), [1], new Dictionary<string, string>(), CancellationToken.None);

        Assert.Null(answer.Status);
        Assert.Contains("not on the public internet", answer.Error, StringComparison.Ordinal);
        Assert.Empty(receiver.Got);
    }

    [Fact]
    public async Task A_redirect_is_not_followed()
    {
        await using var receiver = await HookReceiver.Start();
        receiver.Status = (int)HttpStatusCode.TemporaryRedirect;
        using var sender = new HttpWebhookSender(new PortalOptions { Webhooks = { AllowPrivate = true } });

        var answer = await sender.Send(new Uri(receiver.Address), [1], new Dictionary<string, string>(), CancellationToken.None);

        Assert.Equal(307, answer.Status);
        Assert.NotNull(answer.Error);
        Assert.Single(receiver.Got);
    }

    [Fact]
    public async Task Who_is_not_there_is_said_to_be_unreachable()
    {
        var receiver = await HookReceiver.Start();
        var address = receiver.Address;
        await receiver.DisposeAsync();
        using var sender = new HttpWebhookSender(new PortalOptions { Webhooks = { AllowPrivate = true } });

        var answer = await sender.Send(new Uri(address), [1], new Dictionary<string, string>(), CancellationToken.None);

        Assert.StartsWith("It could not be reached", answer.Error, StringComparison.Ordinal);
    }
}
