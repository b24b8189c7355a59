using Portal.Domain.Accounts;
using Portal.Domain.Catalog;
using Portal.Domain.Values;

namespace Portal.Domain.Invoicing;

/// <summary>Invoices that belong to no billing period: credits that are bought, and what the operator bills by hand.</summary>
internal static class SingleInvoice
{
    /// <summary>The day of an instant in a customer's zone: what stands on such an invoice as its period.</summary>
    public static Period DayOf(DateTimeOffset at, Customer customer)
    {
        var zone = TimeZones.Find(customer.TimeZone)!;
        var day = zone.DateAt(at);
        return new Period(zone.StartOf(day), zone.StartOf(day.PlusDays(1)));
    }

    /// <summary>A draft with these lines; tax is for its issue to add.</summary>
    public static Invoice Draft(
        InvoiceKind kind, Customer customer, BillingTerms terms, Period period, IReadOnlyList<(string Description, Money Amount)> lines, DateTimeOffset now)
    {
        var total = lines.Sum(line => line.Amount.Minor);
        var invoice = new Invoice
        {
            Kind = kind,
            Status = InvoiceStatus.Draft,
            CustomerId = customer.Id,
            Customer = customer,
            Cut = 0,
            Currency = customer.Currency,
            PeriodStart = period.Start,
            PeriodEnd = period.End,
            UsageVersion = 0,
            Subtotal = total,
            Total = total,
            DraftedAt = now,
            FinalizeAt = now,
            Collection = terms.Collection,
            NetDays = terms.NetDays,
        };
        invoice.Lines.AddRange(lines.Select((line, i) => LineOf(i + 1, line.Description, line.Amount, period)));
        return invoice;
    }

    /// <summary>A line that was typed by hand, or sells credits.</summary>
    public static InvoiceLine LineOf(int n, string description, Money amount, Period period) => new()
    {
        N = n,
        Kind = LineKind.OneOff,
        Group = new Dictionary<string, string>(),
        Description = description,
        Quantity = 1,
        Included = 0,
        Amount = amount.Minor,
        Exact = amount.Amount,
        Steps = [],
        PeriodStart = period.Start,
        PeriodEnd = period.End,
    };
}
