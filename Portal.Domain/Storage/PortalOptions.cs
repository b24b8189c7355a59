namespace Portal.Domain.Storage;

/// <summary>The settings below <c>Portal</c> (DESIGN.md 4), read once at start.</summary>
public sealed class PortalOptions
{
    /// <summary>Holds the private database, the spool and mails that are written as files.</summary>
    public string DataFolder { get; set; } = "var";

    /// <summary>Where people reach the portal, for links in mails; empty takes the first address the host listens on.</summary>
    public string PublicUrl { get; set; } = "";

    /// <summary>Whether the business clock can be moved and card numbers for trial work; null takes the environment's default (Development only).</summary>
    public bool? Sandbox { get; set; }

    /// <summary>Where the business clock starts, as an RFC 3339 instant; empty for real time.</summary>
    public string SandboxClock { get; set; } = "";

    /// <summary>Whether the demo is seeded and a trickle of events runs; null takes the environment's default (Development only).</summary>
    public bool? Demo { get; set; }

    /// <summary>Whether this host runs jobs: closing periods, reminding, pruning. At least one host on a database must.</summary>
    public bool Jobs { get; set; } = true;

    /// <summary>The program that prints invoices as PDF: Chromium, by name or path.</summary>
    public string PdfProgram { get; set; } = "chromium";

    /// <summary>The first sign-in and the first key.</summary>
    public BootstrapOptions Bootstrap { get; set; } = new();

    /// <summary>How events come in.</summary>
    public IngestOptions Ingest { get; set; } = new();

    /// <summary>How limits hold.</summary>
    public LimitOptions Limits { get; set; } = new();

    /// <summary>How mail goes out.</summary>
    public EmailOptions Email { get; set; } = new();

    /// <summary>When billing looks wrong.</summary>
    public BillingOptions Billing { get; set; } = new();

    /// <summary>How webhooks go out.</summary>
    public WebhookOptions Webhooks { get; set; } = new();

    /// <summary>Who moves money.</summary>
    public PaymentOptions Payments { get; set; } = new();

    /// <summary>Whether cards can be saved and charged here; else invoices are sent, and paid by bank transfer.</summary>
    public bool TakesCards => Payments.Gateway.Length > 0 || Sandbox is true;
}

/// <summary>Who moves money.</summary>
public sealed class PaymentOptions
{
    /// <summary><c>sandbox</c> or <c>stripe</c>; empty is the sandbox's card processor where <c>Portal:Sandbox</c> is true, and none elsewhere.</summary>
    public string Gateway { get; set; } = "";

    /// <summary>What is needed for Stripe.</summary>
    public StripeOptions Stripe { get; set; } = new();
}

/// <summary>What is needed for Stripe.</summary>
public sealed class StripeOptions
{
    /// <summary>The secret key, <c>sk_…</c>, or a restricted one, <c>rk_…</c>.</summary>
    public string SecretKey { get; set; } = "";

    /// <summary>What Stripe signs its messages with, <c>whsec_…</c>; while it is being changed two, with a comma between them.</summary>
    public string WebhookSecret { get; set; } = "";

    /// <summary>Where Stripe answers.</summary>
    public string Url { get; set; } = "https://api.stripe.com";

    /// <summary>How long an answer is waited for, in seconds.</summary>
    public int TimeoutSeconds { get; set; } = 30;
}

/// <summary>When billing looks wrong, and is parked for a person to look at.</summary>
public sealed class BillingOptions
{
    /// <summary>The most invoices, and the most charges, of one customer in 24 hours.</summary>
    public int PerDay { get; set; } = 15;

    /// <summary>How many times its own median a period's invoice may be, from the sixth on.</summary>
    public decimal MedianFactor { get; set; } = 10;

    /// <summary>Up to this total, in major units of its currency, an invoice is never compared with its median.</summary>
    public decimal MedianFloor { get; set; } = 1_000;
}

/// <summary>How limits hold.</summary>
public sealed class LimitOptions
{
    /// <summary>What may be used above a limit, in percent of it, while usage waits on this host's disk because the database is away. It is not billed; 0 refuses at the limit itself.</summary>
    public decimal ReservePercent { get; set; } = 10;
}

/// <summary>How webhooks go out.</summary>
public sealed class WebhookOptions
{
    /// <summary>Whether endpoints may listen on http and on addresses of this machine and its networks; null takes the environment's default (Development only).</summary>
    public bool? AllowPrivate { get; set; }
}

/// <summary>How mail goes out; the mail server's own settings are the way out's.</summary>
public sealed class EmailOptions
{
    /// <summary>The sender, as <c>Example &lt;billing@example.com&gt;</c>; empty takes <c>portal@</c> and the host of the public address.</summary>
    public string From { get; set; } = "";
}

/// <summary>What is created at the first start where it is set; in Development each has a default.</summary>
public sealed class BootstrapOptions
{
    /// <summary>The first administrator's address.</summary>
    public string AdminEmail { get; set; } = "";

    /// <summary>The first administrator's password.</summary>
    public string AdminPassword { get; set; } = "";

    /// <summary>The operator's first API key, with every scope.</summary>
    public string ApiKey { get; set; } = "";
}

/// <summary>How events come in.</summary>
public sealed class IngestOptions
{
    /// <summary>The way to the database: <c>postgres</c>.</summary>
    public string Queue { get; set; } = "postgres";

    /// <summary>Days from receipt within which an id is known, and before which an event's time is too old.</summary>
    public int DedupeDays { get; set; } = 35;

    /// <summary>Months after which events leave the events table for the schema <c>archive</c>, once no bill can need them; 0 keeps all. Their usage stays in every figure.</summary>
    public int EventMonths { get; set; }

    /// <summary>How many transactions write events at the same time.</summary>
    public int Writers { get; set; } = 2;

    /// <summary>How many events may wait to be written before requests are answered 429.</summary>
    public int QueueEvents { get; set; } = 200_000;

    /// <summary>How long a database that stores nothing has to answer a simple question before it counts as away, in milliseconds.</summary>
    public int PatienceMilliseconds { get; set; } = 1_000;

    /// <summary>What takes events while the database is away.</summary>
    public SpoolOptions Spool { get; set; } = new();
}

/// <summary>What takes events while the database is away: files in the folder <c>spool</c> of the data folder.</summary>
public sealed class SpoolOptions
{
    /// <summary>The most bytes that it takes; beyond that requests are answered 503.</summary>
    public long BytesMax { get; set; } = 1024L * 1024 * 1024;

    /// <summary>The most days that the oldest event may wait in it; beyond that requests are answered 503, because somebody has to look.</summary>
    public int DaysMax { get; set; } = 7;
}
