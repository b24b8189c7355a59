using System.Globalization;
using System.Text;

namespace Portal.Api.Smtp;

/// <summary>What is said on one SMTP connection: a line, and the answer to it.</summary>
/// <param name="stream">The connection; encryption begins a new conversation.</param>
internal sealed class SmtpConversation(Stream stream) : IDisposable
{
    private const int LinesMax = 100;

    private readonly StreamReader _reader = new(stream, Encoding.Latin1, detectEncodingFromByteOrderMarks: false, bufferSize: 1024, leaveOpen: true);

    /// <summary>Lets go of the connection, which stays open.</summary>
    public void Dispose() => _reader.Dispose();

    /// <summary>Says one line and hears the answer.</summary>
    public async Task<SmtpReply> Say(string line, CancellationToken cancellation)
    {
        await stream.WriteAsync(Encoding.ASCII.GetBytes(line + "\r\n"), cancellation);
        return await Hear(cancellation);
    }

    /// <summary>Says a whole message, which ends with a dot on a line of its own, and hears the answer.</summary>
    public async Task<SmtpReply> SayMessage(ReadOnlyMemory<byte> message, CancellationToken cancellation)
    {
        var lines = Encoding.Latin1.GetString(message.Span).Split("\r\n");
        // A dot that begins a line is doubled, so that none in the text ends it early.
        var stuffed = string.Join("\r\n", lines.Select(line => line.StartsWith('.') ? "." + line : line));
        await stream.WriteAsync(Encoding.Latin1.GetBytes(stuffed + ".\r\n"), cancellation);
        return await Hear(cancellation);
    }

    /// <summary>Hears an answer of one or more lines, such as <c>250-first</c>, <c>250 last</c>.</summary>
    /// <exception cref="IOException">The other side has hung up, or does not speak SMTP.</exception>
    public async Task<SmtpReply> Hear(CancellationToken cancellation)
    {
        var texts = new List<string>();
        while (texts.Count < LinesMax)
        {
            var line = await _reader.ReadLineAsync(cancellation) ?? throw new IOException("it hung up in the middle of the conversation.");
            if (line.Length < 3 || !int.TryParse(line.AsSpan(0, 3), NumberStyles.None, CultureInfo.InvariantCulture, out var code))
            {
                throw new IOException($"it does not speak SMTP: '{line}'.");
            }

            texts.Add(line.Length > 4 ? line[4..] : "");
            if (line.Length == 3 || line[3] != '-')
            {
                return new SmtpReply(code, texts);
            }
        }

        throw new IOException($"it answered with more than {LinesMax} lines.");
    }

    /// <summary>Says goodbye. What they answer makes no difference.</summary>
    public async Task Leave(CancellationToken cancellation)
    {
        try
        {
            await Say("QUIT", cancellation);
        }
        catch (IOException)
        {
            // Some servers hang up at once.
        }
    }
}

/// <summary>A server's answer.</summary>
/// <param name="Code">Three digits; the first tells good (2, 3), for now not (4), no (5).</param>
/// <param name="Lines">What stands behind the code.</param>
internal sealed record SmtpReply(int Code, IReadOnlyList<string> Lines)
{
    public bool IsGood => Code is >= 200 and < 400;

    /// <summary>Whether asking again would be answered the same.</summary>
    public bool IsFinal => Code >= 500;

    /// <summary>Whether an answer to EHLO names an extension, and one of its words.</summary>
    public bool Offers(string extension, string? word = null) =>
        Lines.Skip(1).Select(line => line.ToUpperInvariant().Split(' ', '='))
            .Any(words => words[0] == extension && (word is null || words.Contains(word)));

    public override string ToString() => $"{Code} {string.Join(" ", Lines)}";
}
