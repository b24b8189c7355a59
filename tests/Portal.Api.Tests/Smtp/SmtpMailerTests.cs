using System.Net;
using System.Net.Sockets;
using Portal.Api.Smtp;
using Portal.Domain.Alerts;
using Portal.Tests.Shared;

namespace Portal.Api.Tests.Smtp;

public sealed class SmtpMailerTests
{
    [Fact]
    public async Task A_mail_arrives_as_it_was_written()
    {
        await using var sink = await SmtpSink.Start();
        var mail = SampleMail.Foreign();
        await MailerTo(sink).Send(mail, CancellationToken.None);

        var received = Assert.Single(await sink.Received(1));
        Assert.Equal("billing@portal.example", received.From);
        Assert.Equal(["jane@acme.example"], received.To);
        // The server took the dots that were doubled for the way off again; only the very end is its own.
        Assert.Equal(MimeText.Of(mail, eightBit: true).Content, received.Content);

        var read = await ParsedMail.Of(received.Content);
        Assert.Empty(read.Defects);
        Assert.Equal(mail.Subject, read.Headers["Subject"]);
        Assert.Equal("<alert-17@portal.example>", read.Headers["Message-ID"]);
        Assert.Equal(mail.Text, read.Text);
    }

    [Fact]
    public async Task A_server_that_asks_for_a_login_gets_the_one_of_the_settings()
    {
        await using var sink = await SmtpSink.Start(user: "portal", password: "geheim ü");
        await MailerTo(sink, user: "portal", password: "geheim ü").Send(SampleMail.Plain(), CancellationToken.None);
        Assert.Single(await sink.Received(1));

        var refused = await Refused(MailerTo(sink, user: "portal", password: "wrong"));
        Assert.False(refused.IsPermanent);
        Assert.Contains("535", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("550 No such mailbox", true)]
    [InlineData("451 Try again later", false)]
    public async Task A_refusal_says_whether_another_attempt_can_help(string answer, bool isPermanent)
    {
        await using var sink = await SmtpSink.Start(refusal: answer);
        var refused = await Refused(MailerTo(sink));
        Assert.Equal(isPermanent, refused.IsPermanent);
        Assert.Contains($"did not take the recipient jane@acme.example: {answer}", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_is_away_is_worth_another_attempt_and_takes_the_mail_when_it_is_back()
    {
        await using var sink = await SmtpSink.Start();
        await sink.Stop();
        Assert.False((await Refused(MailerTo(sink))).IsPermanent);

        await sink.Start();
        await MailerTo(sink).Send(SampleMail.Plain(), CancellationToken.None);
        Assert.Single(await sink.Received(1));
    }

    [Fact]
    public async Task Where_encryption_is_asked_for_nothing_is_sent_without_it()
    {
        await using var sink = await SmtpSink.Start();
        var refused = await Refused(new SmtpMailer(new SmtpOptions { Host = "127.0.0.1", Port = sink.Port, Tls = true }));
        Assert.False(refused.IsPermanent);
        Assert.Contains("offers no encryption", refused.Message, StringComparison.Ordinal);
        Assert.Empty(sink.Mails);
    }

    [Fact]
    public async Task Something_that_is_no_mail_server_is_said_to_be_none()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var speaking = Task.Run(async () =>
        {
            using var client = await other.AcceptTcpClientAsync();
            await client.GetStream().WriteAsync("HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray());
        });

        var refused = await Refused(new SmtpMailer(new SmtpOptions { Host = "127.0.0.1", Port = ((IPEndPoint)other.LocalEndpoint).Port }));
        await speaking;
        Assert.False(refused.IsPermanent);
        Assert.Contains("does not speak SMTP: 'HTTP/1.1 400 Bad Request'", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_hundred_mails_at_once_arrive_each_once()
    {
        await using var sink = await SmtpSink.Start();
        var mailer = MailerTo(sink);
        await Parallel.ForEachAsync(Enumerable.Range(0, 100), async (n, cancellation) =>
            await mailer.Send(SampleMail.Plain() with { MessageId = $"alert-{n}@portal.example" }, cancellation));

        var received = await sink.Received(100);
        Assert.Equal(100, received.Select(mail => mail.Text.Split("Message-ID: ")[1].Split('\r')[0]).Distinct().Count());
    }

    private static SmtpMailer MailerTo(SmtpSink sink, string user = "", string password = "") =>
        new(new SmtpOptions { Host = "127.0.0.1", Port = sink.Port, User = user, Password = password });

    private static Task<MailException> Refused(SmtpMailer mailer) =>
        Assert.ThrowsAsync<MailException>(() => mailer.Send(SampleMail.Plain(), CancellationToken.None));
}
