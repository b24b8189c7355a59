using NodaTime;
using Portal.Domain.Accounts;
using Portal.Domain.Catalog;
using Portal.Domain.Credits;
using Portal.Domain.Forecasting;
using Portal.Domain.Invoicing;
using Portal.Domain.Limits;
using Portal.Domain.Payments;
using Portal.Domain.Rating;
using Portal.Domain.Storage;
using Portal.Domain.Values;
using Period = Portal.Domain.Values.Period;

namespace Portal.Domain.Alerts;

/// <summary>"Sample Ltd", which exists in no database: what samples of mails are about. Amounts are in minor units of its currency, so that they look right in any.</summary>
/// <param name="reader">How it reads.</param>
/// <param name="currency">What it pays in.</param>
/// <param name="now">Business time: it is the middle of its period.</param>
internal sealed class SampleCustomer(SampleReader reader, Currency currency, DateTimeOffset now)
{
    private const string Number = "INV-000042";

    private static readonly Guid s_id = new("01980000-0000-7000-8000-000000000042");

    private static readonly Meter s_tokens = new()
    {
        Key = "tokens", Name = "Tokens", EventType = "llm.call", Aggregation = Aggregation.Sum, ValueProperty = "tokens", GroupBy = [], Filter = [], Unit = "token",
        CreatedAt = DateTimeOffset.UnixEpoch,
    };

    /// <summary>Business time.</summary>
    public DateTimeOffset Now => now;

    /// <summary>The customer.</summary>
    public Customer Customer { get; } = new()
    {
        Key = "sample", Name = "Sample Ltd", Email = "billing@sample.example", Currency = currency.Code, TimeZone = reader.Zone, Locale = reader.Locale, CreatedAt = now,
    };

    /// <summary>A person of the customer's team.</summary>
    public PortalUser Person { get; } = new() { Id = s_id, Email = "sam@sample.example", UserName = "sam@sample.example" };

    /// <summary>Its place in the team.</summary>
    public Membership Member => new() { CustomerId = 0, UserId = s_id, Role = MemberRole.Billing, InvitedAt = now, User = Person, Customer = Customer };

    /// <summary>A card that expires.</summary>
    public PaymentMethod Card { get; } = new() { CustomerId = 0, Gateway = "sample", Token = "sample", Brand = "Visa", Last4 = "4242", Use = MethodUse.Default, SavedAt = now };

    /// <summary>The one that is charged where that one is declined.</summary>
    public PaymentMethod Backup { get; } = new() { CustomerId = 0, Gateway = "sample", Token = "backup", Brand = "Mastercard", Last4 = "4444", Use = MethodUse.Backup, SavedAt = now };

    /// <summary>A webhook that does not answer.</summary>
    public WebhookEndpoint Endpoint { get; } = new() { Key = "billing-events", Url = "https://sample.example/hooks/billing", Events = ["*"], SealedSecret = "", CreatedAt = now };

    /// <summary>The month that runs, in the customer's zone.</summary>
    private Period Month { get; } = MonthAround(TimeZones.Find(reader.Zone)!, now);

    /// <summary>An amount.</summary>
    /// <param name="minor">In minor units.</param>
    public Money Money(long minor) => new(minor, currency);

    /// <summary>Hours in which the product failed.</summary>
    public Outage Outage { get; } = new()
    {
        Key = "sample", Name = "Errors of the API", Start = now.AddHours(-5), End = now.AddHours(-2), Percent = 50, AppliedAt = now, AppliedBy = "sample",
    };

    /// <summary>What it is given for them, of usage that cost twice as much.</summary>
    public OutageShare OutageShare(long given) => new(Customer, [new OutageUsage(s_tokens, 719_200, Money(2 * given).Amount)], [], Money(given), null);

    /// <summary>Where it stands against its cap.</summary>
    public LimitStand Stand(long used, long cap, LimitKind kind = LimitKind.Hard) => new(
        new SpendingLimit
        {
            CustomerId = 0, Amount = Money(cap).Amount, Kind = kind, SoftPercent = SpendingLimit.SoftPercentDefault, Alerts = [80, 100], Enforced = true, ForecastAlert = true,
        },
        Money(used));

    /// <summary>The running period, with one charge that is all of what is used.</summary>
    public Spend Spend(LimitStand? stand = null)
    {
        var used = stand?.Used ?? Money(0);
        var price = new Price("tokens", "Tokens", s_tokens.Key, new Dictionary<string, string>(), null, null, new PriceTerms(new PerUnitRate(used.Amount, 1_000_000m)));
        return new Spend(
            Month, currency, [new Charge(price, s_tokens, Month, 1_000_000m, 0, used.Amount, used, [])], new Agreement([], [Money(0)], Money(0), Money(0)), stand,
            new Dictionary<string, decimal>(), now);
    }

    /// <summary>Where it stands with a limit on what one of its API keys uses.</summary>
    public UsageLimitStand Part(long used, long most) => new(
        new UsageLimit
        {
            CustomerId = 0, Key = "prod", Meter = s_tokens.Key, Match = new Dictionary<string, string> { ["api_key"] = "prod" }, Amount = Money(most).Amount,
            Kind = LimitKind.Hard, SoftPercent = SpendingLimit.SoftPercentDefault, Alerts = [80, 100],
        },
        s_tokens.Key, Money(used).Amount, 0);

    /// <summary>That limit in words.</summary>
    public UsageLimitWords Words(UsageLimitStand part) => new(part.Limit, _ => s_tokens, Customer);

    /// <summary>Where it stands with a million tokens that its plan includes.</summary>
    public static IncludedStand Included(decimal used) => new(new Feature("chat", 1_000_000m, s_tokens.Key), s_tokens, 1_000_000m, used);

    /// <summary>What is left of its credits.</summary>
    public CreditBalance Balance(long left) => new(Money(left), Money(0), Money(0), null);

    /// <summary>A forecast above the cap.</summary>
    public Forecast Forecast() => new(
        Money(10_890), Money(12_340), Money(13_910), Money(10_000), ForecastMethod.WeekdayMedian, 9m, 12, BandSource.Own, Month.End.AddDays(-4), 12);

    /// <summary>A quarter-hour that came to ten times what is usual.</summary>
    public SpikeReading Spike()
    {
        var start = now - TimeSpan.FromTicks(now.Ticks % SpikeRule.Window.Ticks);
        return new SpikeReading(new Period(start, start + SpikeRule.Window), Money(4_200).Amount, Money(420).Amount, Money(640).Amount, IsSpike: true);
    }

    /// <summary>The customer with its rules.</summary>
    public CustomerEntry Entry() => new(Customer, null, null, []) { Spike = SpikeRule.Default with { Floor = Money(500).Amount } };

    /// <summary>An invoice of the month before, over the same amount each time.</summary>
    /// <param name="kind">Why it exists.</param>
    /// <param name="prepaid">What credits have paid of it.</param>
    public Invoice Invoice(InvoiceKind kind = InvoiceKind.Period, long prepaid = 0)
    {
        var before = MonthAround(TimeZones.Find(reader.Zone)!, Month.Start.AddDays(-10));
        var period = kind == InvoiceKind.Threshold ? Month : before;
        var invoice = New(kind, Number, 4_217, period, corrected: null);
        invoice.Lines.Add(new InvoiceLine
        {
            N = 1, Kind = LineKind.Usage, Group = new Dictionary<string, string>(), Description = "Tokens", Quantity = 1_000_000m, Included = 0, Unit = s_tokens.Unit,
            Amount = 4_217, Exact = Money(4_217).Amount, Steps = [], PeriodStart = period.Start, PeriodEnd = period.End,
        });
        if (prepaid > 0)
        {
            invoice.Receive(new Payment { Amount = prepaid, Method = Payment.Prepaid, ReceivedAt = now, RecordedBy = "sample" });
        }

        return invoice;
    }

    /// <summary>A credit note that takes a part of <see cref="Invoice"/> back.</summary>
    public Invoice Note()
    {
        var corrected = Invoice();
        return New(InvoiceKind.CreditNote, "CN-000007", -1_200, new Period(corrected.PeriodStart, corrected.PeriodEnd), corrected);
    }

    /// <summary>An invoice whose charge failed.</summary>
    /// <param name="isLast">Whether it is not tried again, and access has ended.</param>
    public Invoice Unpaid(bool isLast)
    {
        var invoice = Invoice();
        invoice.OverdueNoticeAt = isLast ? now - Restriction.Grace : now;
        invoice.ChargeAt = isLast ? null : now.AddDays(3);
        return invoice;
    }

    /// <summary>A charge of that invoice that failed.</summary>
    public PaymentAttempt Attempt(Invoice invoice, string reason) => Attempt(invoice, Card, AttemptState.Failed, reason);

    /// <summary>A charge of that invoice to a card.</summary>
    public PaymentAttempt Attempt(Invoice invoice, PaymentMethod card, AttemptState state, string? reason) => new()
    {
        InvoiceId = invoice.Id, CustomerId = 0, N = card.Use == MethodUse.Backup ? 2 : 1, MethodId = card.Id, Method = card, Use = card.Use, Amount = invoice.Due, State = state,
        Reason = reason, StartedAt = now, StartedBy = "sample",
    };

    /// <summary>Money that went back, or could not.</summary>
    public Refund Refund(Invoice invoice, AttemptState state) => new()
    {
        PaymentId = s_id, InvoiceId = invoice.Id, CustomerId = 0, Amount = 1_200, State = state, StartedAt = now, StartedBy = "sample",
    };

    /// <summary>A question about a line of an invoice.</summary>
    public Dispute Dispute()
    {
        var invoice = Invoice();
        return new Dispute { CustomerId = 0, InvoiceId = invoice.Id, Invoice = invoice, Line = 1, State = DisputeState.Open, AskedAt = now, ChangedAt = now };
    }

    /// <summary>What is said about it.</summary>
    public DisputeMessage Said(bool fromOperator, string text) => new() { FromOperator = fromOperator, Author = Person.Email!, Text = text, At = now };

    private Invoice New(InvoiceKind kind, string number, long total, Period period, Invoice? corrected) => new()
    {
        Id = s_id, Number = number, Kind = kind, Status = InvoiceStatus.Finalized, CustomerId = 0, Customer = Customer, Cut = 0, Currency = currency.Code,
        PeriodStart = period.Start, PeriodEnd = period.End, UsageVersion = 0, Subtotal = total, Total = total, DraftedAt = now, FinalizeAt = now, IssuedAt = now,
        DueAt = now.AddDays(BillingTerms.Default.NetDays), Collection = BillingTerms.Default.Collection, NetDays = BillingTerms.Default.NetDays, Corrects = corrected,
        CorrectsId = corrected?.Id, Reason = corrected is null ? null : "A test run was billed.", Settlement = corrected is null ? null : NoteSettlement.Refund,
    };

    private static Period MonthAround(DateTimeZone zone, DateTimeOffset at)
    {
        var first = zone.DateAt(at).With(DateAdjusters.StartOfMonth);
        return new Period(zone.StartOf(first), zone.StartOf(first.PlusMonths(1)));
    }
}
