using System.Text.RegularExpressions;

namespace Portal.Domain.Storage;

/// <summary>Addresses of pages, as mails and API answers name them.</summary>
public sealed class PortalLinks(PortalOptions options)
{
    /// <summary>The name of the host that people reach; Message-IDs end with it.</summary>
    public string Host => new Uri(Root).IdnHost;

    /// <summary>Where a customer sees its running period.</summary>
    public string Overview(string customerKey) => $"{Root}/overview?customer={customerKey}";

    /// <summary>Where a customer sees and changes its limits.</summary>
    public string Limits(string customerKey) => $"{Root}/limits?customer={customerKey}";

    /// <summary>Where a customer sees an invoice.</summary>
    public string Invoice(string customerKey, string number) => $"{Root}/invoices/{number}?customer={customerKey}";

    /// <summary>Where a customer reads what was said about a line of an invoice; line 0 is the whole of it.</summary>
    public string Dispute(string customerKey, string number, int line) =>
        line == 0 ? Invoice(customerKey, number) : $"{Root}/invoices/{number}/lines/{line}?customer={customerKey}";

    /// <summary>Where the operator's people answer what was asked about a line of an invoice; line 0 is the whole of it.</summary>
    public string OperatorDispute(string number, int line) => line == 0 ? $"{Root}/admin/invoices/{number}" : $"{Root}/admin/invoices/{number}/lines/{line}";

    /// <summary>Where a customer sees its webhooks and their deliveries.</summary>
    public string Webhooks(string customerKey) => $"{Root}/webhooks?customer={customerKey}";

    /// <summary>Where a customer sees and buys credits.</summary>
    public string Credits(string customerKey) => $"{Root}/credits?customer={customerKey}";

    /// <summary>Where a customer saves a card and sees what is unpaid.</summary>
    public string Payment(string customerKey) => $"{Root}/payment?customer={customerKey}";

    /// <summary>Where a member reads its alerts and chooses how it is told.</summary>
    public string Notifications(string customerKey) => $"{Root}/notifications?customer={customerKey}";

    /// <summary>Ends mails of one kind to one member, without a sign-in.</summary>
    public string Unsubscribe(string token) => $"{Root}{UnsubscribePath}?token={token}";

    /// <summary>The path of <see cref="Unsubscribe"/>.</summary>
    public const string UnsubscribePath = "/alerts/unsubscribe";

    /// <summary>The link of <see cref="Unsubscribe"/> that stands in a text; null for none.</summary>
    public static string? UnsubscribeIn(string text) => Regex.Match(text, $@"https?://\S+{UnsubscribePath}\?token=\S+") is { Success: true } found ? found.Value : null;

    /// <summary>Where whoever got a mail about a spike looks at the figures and resumes, without signing in.</summary>
    public string ResumeAfterSpike(string token) => $"{Root}/Account/Resume?token={token}";

    /// <summary>Where a person signs in.</summary>
    public string SignIn => $"{Root}/Account/Login";

    /// <summary>Opens the portal for one customer, once.</summary>
    public string Enter(string token) => $"{Root}/Account/Enter?token={token}";

    /// <summary>Where a person who got this link in a mail sets a password.</summary>
    public string SetPassword(string page, Guid userId, string token) => $"{Root}/Account/{page}?user={userId}&token={Uri.EscapeDataString(token)}";

    private string Root => options.PublicUrl.TrimEnd('/');
}
