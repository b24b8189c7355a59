using System.Diagnostics;
using System.Text.Json;

namespace Portal.Api.Tests.Smtp;

/// <summary>A mail as somebody else's reader understands it: Python's <c>email</c> module, with its strict policy.</summary>
public sealed record ParsedMail(
    IReadOnlyDictionary<string, string> Headers, string ContentType, string Text, string Html, IReadOnlyList<string> Defects)
{
    private const string Reader = """
        import email, email.policy, json, sys
        mail = email.message_from_bytes(sys.stdin.buffer.read(), policy=email.policy.default)
        part = lambda kind: "\n".join(mail.get_body((kind,)).get_content().splitlines())
        defects = [str(d) for m in mail.walk() for d in m.defects] + [str(d) for v in mail.values() for d in v.defects]
        print(json.dumps({"headers": {k: str(v) for k, v in mail.items()}, "contentType": mail.get_content_type(),
            "text": part("plain"), "html": part("html"), "defects": defects}))
        """;

    public static async Task<ParsedMail> Of(byte[] content)
    {
        using var python = Process.Start(new ProcessStartInfo("/usr/bin/python3", ["-c", Reader])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        await python.StandardInput.BaseStream.WriteAsync(content);
        python.StandardInput.Close();
        var answer = await python.StandardOutput.ReadToEndAsync();
        return answer.Length > 0
            ? JsonSerializer.Deserialize<ParsedMail>(answer, JsonSerializerOptions.Web)!
            : throw new InvalidOperationException($"Python cannot read the mail: {await python.StandardError.ReadToEndAsync()}");
    }
}
