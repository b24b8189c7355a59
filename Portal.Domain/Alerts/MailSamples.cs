using System.Globalization;
using Portal.Domain.Accounts;
using Portal.Domain.Invoicing;
using Portal.Domain.Limits;
using Portal.Domain.Payments;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Alerts;

/// <summary>A sample of every mail that the system sends, for the operator's people to read before customers do. What composes a mail in production composes its sample.</summary>
public sealed class MailSamples(PortalLinks links, TimeProvider machine, BusinessClock clock)
{
    // Stands where a mail has a token that signs somebody in or acts; it does neither.
    private const string Token = "sample";

    /// <summary>All samples, in the order in which people look for them.</summary>
    public IReadOnlyList<MailSample> All { get; } = [.. OfUse(links, machine), .. OfInvoices(links, machine), .. OfPeople(links, machine)];

    /// <summary>Composes a sample. Nothing is stored, and nothing is sent.</summary>
    /// <param name="actor">Who asks.</param>
    /// <param name="sample">Which one.</param>
    /// <param name="reader">How the customer reads.</param>
    /// <param name="currency">What the customer pays in.</param>
    /// <exception cref="Refusal">Forbidden where the caller may not see operations.</exception>
    public OutboxMail Make(Actor actor, MailSample sample, SampleReader reader, Currency currency)
    {
        ArgumentNullException.ThrowIfNull(actor);
        ArgumentNullException.ThrowIfNull(sample);
        actor.Require(Permission.ReadOperations);
        return sample.Compose(new SampleCustomer(reader, currency, clock.GetUtcNow()));
    }

    private static IEnumerable<MailSample> OfUse(PortalLinks links, TimeProvider machine)
    {
        const string group = "Limits, credits and spikes";
        var credits = new CreditMail(links, machine);
        OutboxMail Limit(SampleCustomer of, LimitStand stand, int threshold) =>
            LimitMail.Make(of.Customer, of.Spend(stand), stand, threshold, links.Limits(of.Customer.Key), Id("limit"), of.Now, machine.GetUtcNow());
        OutboxMail Part(SampleCustomer of, UsageLimitStand part, int threshold) =>
            UsageLimitMail.Make(of.Customer, of.Spend(), part, of.Words(part), threshold, links.Limits(of.Customer.Key), Id("part"), of.Now, machine.GetUtcNow());
        OutboxMail Included(SampleCustomer of, decimal used, int threshold) =>
            IncludedMail.Make(of.Customer, of.Spend(), SampleCustomer.Included(used), threshold, links.Overview(of.Customer.Key), Id("included"), of.Now, machine.GetUtcNow());

        yield return new("limit.make.80", group, "Limit: 80 % is used", of => Limit(of, of.Stand(8_310, 10_000), 80));
        yield return new("limit.make.100", group, "Limit: reached, usage is stopped", of => Limit(of, of.Stand(10_042, 10_000), 100));
        yield return new("limit.make.soft", group, "Soft limit: 100 % is used, usage goes on", of => Limit(of, of.Stand(10_042, 10_000, LimitKind.Soft), 100));
        yield return new("usagelimit.make.80", group, "Limit on a part: 80 % is used", of => Part(of, of.Part(1_640, 2_000), 80));
        yield return new("usagelimit.make.100", group, "Limit on a part: reached, the part is stopped", of => Part(of, of.Part(2_003, 2_000), 100));
        yield return new("included.make.80", group, "Included units: 80 % are used", of => Included(of, 812_500m, 80));
        yield return new("included.make.100", group, "Included units: all are used", of => Included(of, 1_000_000m, 100));
        yield return new("forecast.make", group, "Forecast: the month will end above the limit", of =>
            ForecastMail.Make(of.Customer, of.Spend(of.Stand(5_120, 10_000)), of.Forecast(), links.Limits(of.Customer.Key), Id("forecast"), of.Now, machine.GetUtcNow()));
        yield return new("spike.make", group, "Spike: access is paused", of =>
            SpikeMail.Make(of.Entry(), of.Spike(), links.ResumeAfterSpike(Token), Id("spike"), of.Now, machine.GetUtcNow()));
        yield return new("credit.low", group, "Credits: few are left", of =>
            credits.Low(of.Customer, of.Balance(940), of.Money(5_000), stops: true, Id("credits"), of.Now));
        yield return new("credit.low.none", group, "Credits: all are used", of =>
            credits.Low(of.Customer, of.Balance(0), of.Money(5_000), stops: true, Id("credits"), of.Now));
        yield return new("credit.topupfailed", group, "Credits: automatic top-up failed", of =>
            credits.TopupFailed(of.Customer, Guid.Empty, of.Money(5_000), "insufficient_funds", of.Now));
        yield return new("outage.given", group, "Credits: given for an outage", of =>
            new OutageMail(links, machine).Given(of.Customer, of.Outage, of.OutageShare(1_798), Guid.Empty, of.Now));

        string Id(string what) => $"<sample.{what}@{links.Host}>";
    }

    private static IEnumerable<MailSample> OfInvoices(PortalLinks links, TimeProvider machine)
    {
        const string group = "Invoices and payments";
        var (invoices, payments, refunds, disputes) = (
            new InvoiceMail(links, machine), new PaymentMail(links, machine), new RefundMail(links, machine), new DisputeMail(links, machine));
        OutboxMail Issued(SampleCustomer of, Invoice invoice) => invoices.Issued(invoice, of.Now).First();
        OutboxMail Failed(SampleCustomer of, bool isLast, string reason)
        {
            var invoice = of.Unpaid(isLast);
            return payments.Failed(invoice, of.Attempt(invoice, reason), null, of.Now);
        }

        OutboxMail BothFailed(SampleCustomer of)
        {
            var invoice = of.Unpaid(isLast: false);
            return payments.Failed(invoice, of.Attempt(invoice, of.Backup, AttemptState.Failed, "expired_card"), of.Attempt(invoice, "insufficient_funds"), of.Now);
        }

        OutboxMail BackupCharged(SampleCustomer of)
        {
            var invoice = of.Invoice();
            return payments.BackupCharged(invoice, of.Attempt(invoice, of.Backup, AttemptState.Succeeded, null), of.Attempt(invoice, "insufficient_funds"), of.Now);
        }

        OutboxMail Settled(SampleCustomer of, AttemptState state)
        {
            var note = of.Note();
            return refunds.Settled(note.Corrects!, note, of.Refund(note.Corrects!, state), of.Now);
        }

        yield return new("invoice.issued", group, "Invoice issued", of => Issued(of, of.Invoice()));
        yield return new("invoice.issued.prepaid", group, "Invoice issued, credits pay a part", of => Issued(of, of.Invoice(prepaid: 1_500)));
        yield return new("invoice.issued.threshold", group, "Invoice issued inside the period", of => Issued(of, of.Invoice(InvoiceKind.Threshold)));
        yield return new("invoice.issued.topup", group, "Credits bought", of => Issued(of, of.Invoice(InvoiceKind.CreditTopup)));
        yield return new("invoice.issued.note", group, "Credit note issued", of => Issued(of, of.Note()));
        yield return new("invoice.overdue", group, "Reminder: an invoice is overdue", of => invoices.Overdue(of.Invoice(), of.Now + Restriction.Grace, of.Now));
        yield return new("payment.failed", group, "Payment failed, and is tried again", of => Failed(of, isLast: false, "insufficient_funds"));
        yield return new("payment.failed.last", group, "Payment failed for the last time", of => Failed(of, isLast: true, "expired_card"));
        yield return new("payment.failed.both", group, "Payment failed, also with the backup card", BothFailed);
        yield return new("payment.backupcharged", group, "Paid with the backup card", BackupCharged);
        yield return new("payment.expires", group, "A card expires", of => payments.Expires(of.Customer, of.Card, of.Now.AddDays(14), of.Now));
        yield return new("payment.expires.backup", group, "A backup card expires", of => payments.Expires(of.Customer, of.Backup, of.Now.AddDays(14), of.Now));
        yield return new("refund.settled", group, "Refund made", of => Settled(of, AttemptState.Succeeded));
        yield return new("refund.settled.failed", group, "Refund did not go through", of => Settled(of, AttemptState.Failed));
        yield return new("dispute.said", group, "A question about a line is answered", of =>
            disputes.Said(of.Dispute(), of.Said(fromOperator: true, "The tokens are those of your batch run on the 12th."), of.Customer.Email));
        yield return new("dispute.said.asked", group, "A customer asks about a line (to your people)", of =>
            disputes.Said(of.Dispute(), of.Said(fromOperator: false, "What are these tokens? We did not run anything that day."), "finance@seller.example"));
    }

    private static IEnumerable<MailSample> OfPeople(PortalLinks links, TimeProvider machine)
    {
        const string group = "People and webhooks";
        var passwords = new PasswordMail(links, machine);
        yield return new("password.invitation", group, "Invitation to a team", of => passwords.Invitation(of.Person, of.Customer, Token, of.Now));
        yield return new("password.added", group, "Added to a team", of => passwords.Added(of.Person, of.Customer, of.Now));
        yield return new("password.forgotten", group, "New password", of => passwords.Forgotten(of.Person, of.Customer.Locale, Token, of.Now));
        yield return new("test.make", group, "Test: mails reach you", of => TestMail.Make(
            of.Customer, of.Person.Id, of.Person.Email!, links.Notifications(of.Customer.Key), $"<sample.test@{links.Host}>", of.Now, machine.GetUtcNow()));
        yield return new("webhook.disabled", group, "A webhook is switched off", of => WebhookMail.Disabled(
            of.Customer, of.Endpoint, links.Webhooks(of.Customer.Key), $"<sample.webhook@{links.Host}>", of.Now, machine.GetUtcNow()));
        yield return new("copy.make", group, "Copy to a member: access is paused", of => Copy(of, "spike.make", null));
        yield return new("copy.make.optional", group, "Copy to a member, who may do without", of => Copy(of, "forecast.make", links.Unsubscribe(Token)));

        OutboxMail Copy(SampleCustomer of, string original, string? unsubscribe) => CopyMail.Make(
            OfUse(links, machine).First(sample => sample.Key == original).Compose(of), of.Member, links, unsubscribe, of.Now, machine.GetUtcNow());
    }
}

/// <summary>A mail that can be looked at without being sent.</summary>
public sealed class MailSample
{
    internal MailSample(string key, string group, string name, Func<SampleCustomer, OutboxMail> compose) => (Key, Group, Name, Compose) = (key, group, name, compose);

    /// <summary>Identifies it: what composes the mail (the class without "Mail", its method), then what tells several of one apart. In lower case, with points between.</summary>
    public string Key { get; }

    /// <summary>What it stands with in a list.</summary>
    public string Group { get; }

    /// <summary>What a person calls it.</summary>
    public string Name { get; }

    internal Func<SampleCustomer, OutboxMail> Compose { get; }
}

/// <summary>How the customer of a sample reads: which language, and how amounts and dates are written.</summary>
/// <param name="Locale">BCP 47 tag.</param>
/// <param name="Zone">IANA name of its time zone.</param>
public sealed record SampleReader(string Locale, string Zone)
{
    /// <summary>The readers to choose from: one for each way in which amounts are written.</summary>
    public static IReadOnlyList<SampleReader> All { get; } =
    [
        new("en-US", "America/New_York"), new("en-GB", "Europe/London"), new("de-DE", "Europe/Berlin"), new("de-CH", "Europe/Zurich"), new("fr-FR", "Europe/Paris"),
        new("es-ES", "Europe/Madrid"), new("sv-SE", "Europe/Stockholm"), new("pt-BR", "America/Sao_Paulo"), new("en-IN", "Asia/Kolkata"), new("ja-JP", "Asia/Tokyo"),
    ];

    /// <summary>What its mails are written in.</summary>
    public Language Language => Language.Of(Locale);

    /// <summary>The country's way, in English: "German (Germany)".</summary>
    public string Name => CultureInfo.GetCultureInfo(Locale).EnglishName;
}
