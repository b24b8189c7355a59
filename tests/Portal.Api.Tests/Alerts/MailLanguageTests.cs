using System.Net;
using Portal.Api.Tests.Limits;
using Portal.Api.Tests.Smtp;
using Portal.Tests.Shared;

namespace Portal.Api.Tests.Alerts;

/// <summary>From an event to a mail server of somebody else's, in the language of the customer.</summary>
public sealed class MailLanguageTests
{
    [Fact]
    public async Task A_german_customer_reads_its_80_percent_mail_and_its_invitation_in_German_and_an_english_one_in_English()
    {
        await using var sink = await SmtpSink.Start();
        var system = new LimitsApi();
        system.Api.Settings["Portal:Email:Smtp:Host"] = "127.0.0.1";
        system.Api.Settings["Portal:Email:Smtp:Port"] = sink.Port.ToString(System.Globalization.CultureInfo.InvariantCulture);
        await system.InitializeAsync();
        try
        {
            var (german, english) = (await system.Customer(), await system.Customer());
            (await system.Operator.Put($"/v1/customers/{german}", $$"""{"name":"Söhne & Co","email":"{{german}}@example.com","currency":"USD","timeZone":"Europe/Berlin","locale":"de-AT"}""")).Is(HttpStatusCode.OK);
            foreach (var customer in new[] { german, english })
            {
                await system.Operator.Put($"/v1/customers/{customer}/limit", """{"amount":"1500"}""");
                await system.Use(customer, "1250.50");
            }

            (await system.Operator.Post($"/v1/customers/{german}/members", """{"email":"ada@example.com","role":"owner"}""")).Is(HttpStatusCode.Created);
            var mails = await Task.WhenAll((await sink.Received(3)).Select(async mail => await ParsedMail.Of(mail.Content)));
            ParsedMail To(string address) => mails.Single(mail => mail.Headers["To"] == address);

            var alert = To($"{german}@example.com");
            Assert.Empty(alert.Defects);
            Assert.Equal("Hinweis bei 80 %: $ 1.250,50 Ihres Ausgabenlimits von $ 1.500,00 sind verbraucht", Spaced(alert.Headers["Subject"]));
            Assert.Contains("Söhne & Co hat in diesem Zeitraum $ 1.250,50 verbraucht; das harte Ausgabenlimit liegt bei $ 1.500,00.", Spaced(alert.Text), StringComparison.Ordinal);
            Assert.Contains("Zählung beginnt neu am: 1. März 2026, 00:00 Uhr (Europe/Berlin)", alert.Text, StringComparison.Ordinal);
            Assert.Contains("<html lang=\"de\">", alert.Html, StringComparison.Ordinal);
            Assert.Equal("Sie sind zu Söhne & Co eingeladen", To("ada@example.com").Headers["Subject"]);
            Assert.Equal("80 % alert: $1,250.50 of your limit of $1,500.00 is used", To($"{english}@example.com").Headers["Subject"]);
        }
        finally
        {
            await system.DisposeAsync();
        }
    }

    private static string Spaced(string text) => text.Replace('\u00a0', ' ');
}
