using Portal.Domain.Alerts;

namespace Portal.Api.Tests.Smtp;

/// <summary>Mails to send in tests.</summary>
internal static class SampleMail
{
    public static Mail Plain() => new(
        From: "billing@portal.example",
        To: "jane@acme.example",
        Subject: "80 % of your limit is used",
        Text: "Acme has used $80.00 of $100.00.\n\nhttps://portal.example/limits?customer=acme&token=a=b",
        Html: "<p>Acme has used <b>$80.00</b> of $100.00.</p>",
        MessageId: "alert-17@portal.example",
        Date: new DateTimeOffset(2026, 2, 5, 11, 30, 0, TimeSpan.FromHours(1)),
        Headers: new Dictionary<string, string> { ["Portal-Alert"] = "limit" });

    public static Mail Foreign() => Plain() with
    {
        From = "\"Müller & Söhne, GmbH\" <billing@portal.example>",
        To = "Jürgen 山田 <jane@acme.example>",
        Subject = "Ihre Nutzung liegt bei 80 % — ein ziemlich langer Betreff, der über eine Zeile hinausgeht: 使用量が上限の80%に達しました 🚨🚨🚨",
        Text = "Grüße, 山田さん\n.ein Punkt am Anfang\n..zwei\n.\nFrom hier an geht es weiter",
        Html = $"<p>Grüße, 山田さん</p>\n.\n<p>{new string('x', 3000)}</p>",
    };
}
