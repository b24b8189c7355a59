using System.Globalization;
using System.Net.Mail;
using System.Security.Cryptography;
using System.Text;
using Portal.Domain.Alerts;

namespace Portal.Api.Smtp;

/// <summary>A mail as the bytes that go into a file or over the wire (RFC 5322 and 2045–2047): the same for both, and the same at every attempt.</summary>
public sealed class MimeText
{
    private const string LineEnd = "\r\n";
    private const int LineMax = 998;

    // 39 bytes make 52 characters of Base64: with its frame and "Subject: ", a line stays below the 76 that RFC 2047 allows.
    private const int EncodedWordBytes = 39;
    private const int Base64LineBytes = 57;
    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false);

    private MimeText(string from, string to, byte[] content)
    {
        From = from;
        To = to;
        Content = content;
    }

    /// <summary>The sender's bare address.</summary>
    public string From { get; }

    /// <summary>The recipient's bare address.</summary>
    public string To { get; }

    /// <summary>Header and body, lines ended by CRLF.</summary>
    public byte[] Content { get; }

    /// <summary>Whether the content has bytes beyond ASCII.</summary>
    public bool IsEightBit => Content.AsSpan().ContainsAnyExceptInRange((byte)0, (byte)127);

    /// <summary>Writes the mail down.</summary>
    /// <param name="mail">What to say to whom.</param>
    /// <param name="eightBit">Whether text beyond ASCII may stand as it is, which a person can read in the file; else it is wrapped in Base64.</param>
    /// <exception cref="MailException">An address is none.</exception>
    public static MimeText Of(Mail mail, bool eightBit)
    {
        var from = Address(mail.From, "sender");
        var to = Address(mail.To, "recipient");
        var boundary = "=_" + Convert.ToHexStringLower(SHA256.HashData(s_utf8.GetBytes(mail.MessageId)))[..32];

        var text = new StringBuilder();
        Field(text, "From", Mailbox(from));
        Field(text, "To", Mailbox(to));
        Field(text, "Subject", Phrase(mail.Subject));
        Field(text, "Date", mail.Date.UtcDateTime.ToString("ddd, dd MMM yyyy HH:mm:ss '+0000'", CultureInfo.InvariantCulture));
        Field(text, "Message-ID", $"<{Clean(mail.MessageId).Trim('<', '>')}>");
        // Keeps holiday notices from being sent back (RFC 3834).
        Field(text, "Auto-Submitted", "auto-generated");
        foreach (var (name, value) in mail.Headers)
        {
            Field(text, Clean(name), Phrase(value));
        }

        Field(text, "MIME-Version", "1.0");
        Field(text, "Content-Type", $"multipart/alternative;{LineEnd} boundary=\"{boundary}\"");
        text.Append(LineEnd);
        Part(text, boundary, "text/plain", mail.Text, eightBit);
        Part(text, boundary, "text/html", mail.Html, eightBit);
        text.Append("--").Append(boundary).Append("--").Append(LineEnd);
        return new MimeText(Bare(from), Bare(to), s_utf8.GetBytes(text.ToString()));
    }

    private static void Part(StringBuilder text, string boundary, string type, string body, bool eightBit)
    {
        var lines = body.ReplaceLineEndings(LineEnd).TrimEnd() + LineEnd;
        var isShort = lines.Split(LineEnd).All(line => s_utf8.GetByteCount(line) <= LineMax);
        var encoding = !isShort ? "base64" : Ascii.IsValid(lines) ? "7bit" : eightBit ? "8bit" : "base64";

        text.Append("--").Append(boundary).Append(LineEnd);
        Field(text, "Content-Type", $"{type}; charset=utf-8");
        Field(text, "Content-Transfer-Encoding", encoding);
        text.Append(LineEnd);
        if (encoding != "base64")
        {
            text.Append(lines);
            return;
        }

        foreach (var chunk in s_utf8.GetBytes(lines).Chunk(Base64LineBytes))
        {
            text.Append(Convert.ToBase64String(chunk)).Append(LineEnd);
        }
    }

    private static void Field(StringBuilder text, string name, string value) => text.Append(name).Append(": ").Append(value).Append(LineEnd);

    private static MailAddress Address(string value, string who)
    {
        try
        {
            var address = new MailAddress(Clean(value));
            if (Ascii.IsValid(Bare(address)))
            {
                return address;
            }
        }
        catch (Exception e) when (e is FormatException or ArgumentException)
        {
            // Said below, with the address.
        }

        throw new MailException($"The {who}'s address '{value}' is none that mail can be sent to.", isPermanent: true);
    }

    // A domain in another script travels in its ASCII form.
    private static string Bare(MailAddress address) =>
        $"{address.User}@{(Ascii.IsValid(address.Host) ? address.Host : new IdnMapping().GetAscii(address.Host))}";

    private static string Mailbox(MailAddress address) => address.DisplayName switch
    {
        "" => Bare(address),
        var name when Ascii.IsValid(name) => $"\"{name.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\" <{Bare(address)}>",
        var name => $"{EncodedWords(name)}{LineEnd} <{Bare(address)}>",
    };

    private static string Phrase(string value)
    {
        var clean = Clean(value);
        return Ascii.IsValid(clean) && clean.Length < LineMax / 2 && !clean.Contains("=?", StringComparison.Ordinal) ? clean : EncodedWords(clean);
    }

    private static string EncodedWords(string value)
    {
        var words = new List<string>();
        var word = new List<byte>(EncodedWordBytes);
        foreach (var character in value.EnumerateRunes())
        {
            if (word.Count + character.Utf8SequenceLength > EncodedWordBytes)
            {
                words.Add(Word(word));
                word.Clear();
            }

            word.AddRange(s_utf8.GetBytes(character.ToString()));
        }

        words.Add(Word(word));
        return string.Join(LineEnd + " ", words);
    }

    private static string Word(List<byte> bytes) => $"=?utf-8?B?{Convert.ToBase64String([.. bytes])}?=";

    // A line break in a customer's name must not become a header field of its own.
    private static string Clean(string value) => string.Concat(value.Select(character => char.IsControl(character) ? ' ' : character)).Trim();
}
