using Portal.Domain.Catalog;

namespace Portal.Domain.Accounts;

/// <summary>A company that buys from the operator: who is metered, billed and mailed.</summary>
public sealed class Customer
{
    /// <summary>The database's own number; it leads every key of the event tables and never leaves the system.</summary>
    public int Id { get; internal init; }

    /// <summary>The operator's identifier for the customer: a-z, 0-9, '.', '_', '-', up to 64.</summary>
    public required string Key { get; init; }

    /// <summary>The name on pages, mails and invoices.</summary>
    public required string Name { get; set; }

    /// <summary>Where alerts and invoices go.</summary>
    public required string Email { get; set; }

    /// <summary>The name under which the customer is registered, as invoices name it; null where that is <see cref="Name"/>.</summary>
    public string? LegalName { get; set; }

    /// <summary>The customer's own purchase order or reference, as it is printed on invoices; null for none.</summary>
    public string? PoNumber { get; set; }

    /// <summary>Where invoices go besides <see cref="Email"/>.</summary>
    public string[] InvoiceEmails { get; set; } = [];

    /// <summary>Where its invoices go: its own address first, then the others.</summary>
    public IEnumerable<string> InvoicesGoTo => InvoiceEmails.Where(other => !string.Equals(other, Email, StringComparison.OrdinalIgnoreCase)).Prepend(Email);

    /// <summary>ISO 4217 code of the currency that the customer pays in.</summary>
    public required string Currency { get; set; }

    /// <summary>IANA name of the zone whose midnights bound the billing periods.</summary>
    public string TimeZone { get; set; } = "UTC";

    /// <summary>ISO 3166-1 alpha-2 code; null where it is not known.</summary>
    public string? Country { get; set; }

    /// <summary>The customer's tax number as it is printed on the invoice; null for none.</summary>
    public string? TaxId { get; set; }

    /// <summary>Why the customer is charged no tax, as it is printed on the invoice; null where it is not exempt.</summary>
    public string? TaxExempt { get; set; }

    /// <summary>Postal address as printed on the invoice; null where it is not known.</summary>
    public PostalAddress? Address { get; set; }

    /// <summary>BCP 47 tag that decides how amounts and dates read in mails and documents.</summary>
    public string Locale { get; set; } = "en-US";

    /// <summary>How this customer is billed where it differs from the card; null takes the card's.</summary>
    public BillingTerms? Billing { get; set; }

    /// <summary>Unbilled usage at which this customer itself wants an interim invoice, in major units of its currency; null where it chose none. The lower of this and
    /// <see cref="BillingTerms.Threshold"/> holds.</summary>
    public decimal? OwnThreshold { get; set; }

    /// <summary>Raised by each commit that changes the customer's usage, in the same transaction; a cut of usage is one of these numbers.</summary>
    public long UsageVersion { get; private set; }

    /// <summary>The end of the last billing period that was closed; null before the first. What comes in from before it is late.</summary>
    public DateTimeOffset? ClosedUntil { get; private set; }

    /// <summary>The newest <see cref="UsageVersion"/> that changed usage of a closed period: an invoice that holds it, or a later one, holds all there is of its period.</summary>
    public long LateVersion { get; private set; }

    /// <summary>Since when an unpaid invoice refuses access (business time); null while it does not.</summary>
    public DateTimeOffset? RestrictedAt { get; set; }

    /// <summary>When the customer was created, in business time.</summary>
    public required DateTimeOffset CreatedAt { get; init; }
}
