using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using Portal.Domain.Alerts;

namespace Portal.Api.Smtp;

/// <summary>Hands mails to a mail server by SMTP (RFC 5321), one connection each.</summary>
/// <remarks>Why not <c>SmtpClient</c>: docs/decisions/0008-mail-by-hand.md. Whoever has another mail library replaces this class and the conversation beside it.</remarks>
public sealed class SmtpMailer(SmtpOptions options) : IMailer
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    /// <inheritdoc />
    public async Task Send(Mail mail, CancellationToken cancellation)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(s_patience);
        try
        {
            await Deliver(mail, patience.Token);
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            throw new MailException($"The mail server {Server} did not finish within {s_patience.TotalSeconds:0} s.", isPermanent: false, e);
        }
        catch (Exception e) when (e is SocketException or IOException or AuthenticationException)
        {
            throw new MailException($"The mail server {Server} could not be talked to: {e.Message}", isPermanent: false, e);
        }
    }

    private string Server => $"{options.Host}:{options.Port}";

    private async Task Deliver(Mail mail, CancellationToken cancellation)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(options.Host, options.Port, cancellation);
        await using Stream connection = options.IsTlsFromTheStart ? await Encrypted(client.GetStream(), cancellation) : client.GetStream();
        using var plain = new SmtpConversation(connection);
        Settled(await plain.Hear(cancellation));
        var server = await Greet(plain, cancellation);
        if (!options.Tls || options.IsTlsFromTheStart)
        {
            await HandOver(plain, server, mail, cancellation);
            return;
        }

        if (!server.Offers("STARTTLS"))
        {
            throw new MailException($"The mail server {Server} offers no encryption (STARTTLS), and Portal:Email:Smtp:Tls asks for it.", isPermanent: false);
        }

        Settled(await plain.Say("STARTTLS", cancellation));
        // A new conversation: what was said in the clear, by whomever, does not count any more.
        await using var secret = await Encrypted(connection, cancellation);
        using var encrypted = new SmtpConversation(secret);
        await HandOver(encrypted, await Greet(encrypted, cancellation), mail, cancellation);
    }

    private async Task HandOver(SmtpConversation conversation, SmtpReply server, Mail mail, CancellationToken cancellation)
    {
        if (options.User.Length > 0)
        {
            Settled(await SignIn(conversation, server, cancellation));
        }

        var takesEightBit = server.Offers("8BITMIME");
        var text = MimeText.Of(mail, takesEightBit);
        Settled(await conversation.Say($"MAIL FROM:<{text.From}>{(takesEightBit && text.IsEightBit ? " BODY=8BITMIME" : "")}", cancellation));
        Accepted(await conversation.Say($"RCPT TO:<{text.To}>", cancellation), $"the recipient {text.To}");
        Accepted(await conversation.Say("DATA", cancellation), "the mail");
        Accepted(await conversation.SayMessage(text.Content, cancellation), "the mail");

        await conversation.Leave(cancellation);
    }

    private static async Task<SmtpReply> Greet(SmtpConversation conversation, CancellationToken cancellation)
    {
        // An address literal: the name of a machine behind a router says nothing to the other side.
        var answer = await conversation.Say("EHLO [127.0.0.1]", cancellation);
        return answer.IsGood ? answer : await conversation.Say("HELO [127.0.0.1]", cancellation);
    }

    private async Task<SmtpReply> SignIn(SmtpConversation conversation, SmtpReply server, CancellationToken cancellation)
    {
        if (server.Offers("AUTH", "PLAIN"))
        {
            return await conversation.Say($"AUTH PLAIN {Base64($"\0{options.User}\0{options.Password}")}", cancellation);
        }

        if (!server.Offers("AUTH", "LOGIN"))
        {
            throw new MailException($"The mail server {Server} offers no login that the Portal knows (PLAIN, LOGIN). With some it takes Portal:Email:Smtp:Tls.", isPermanent: false);
        }

        Settled(await conversation.Say("AUTH LOGIN", cancellation));
        Settled(await conversation.Say(Base64(options.User), cancellation));
        return await conversation.Say(Base64(options.Password), cancellation);
    }

    private async Task<SslStream> Encrypted(Stream stream, CancellationToken cancellation)
    {
        var secret = new SslStream(stream);
        await secret.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = options.Host }, cancellation);
        return secret;
    }

    // Before the mail itself is spoken of, a refusal is about the server or its settings: people put that right, and the mail goes then.
    private void Settled(SmtpReply reply)
    {
        if (!reply.IsGood)
        {
            throw new MailException($"The mail server {Server} refused to begin: {reply}", isPermanent: false);
        }
    }

    private void Accepted(SmtpReply reply, string what)
    {
        if (!reply.IsGood)
        {
            throw new MailException($"The mail server {Server} did not take {what}: {reply}", reply.IsFinal);
        }
    }

    private static string Base64(string value) => Convert.ToBase64String(Encoding.UTF8.GetBytes(value));
}
