using Microsoft.AspNetCore.Http.HttpResults;
using Portal.Domain.Accounts;
using Portal.Domain.Invoicing;
using Portal.Domain.Values;

namespace Portal.Api.Invoicing;

/// <summary>What billing will do before it does: <c>/v1/billing/preview</c>.</summary>
public static class BillingPreviewEndpoints
{
    /// <summary>Maps the endpoints.</summary>
    public static void MapBillingPreview(this IEndpointRouteBuilder app)
    {
        var preview = app.MapGroup("/v1/billing/preview").WithTags("Invoices");
        preview.MapGet("", List).Needs(Permission.ReadCustomers)
            .WithSummary("The invoices that billing will make until an instant (31 days ahead where none is given), by usage as it is now, and those that wait as drafts. Nothing is stored. limit counts customers.");
        preview.MapGet("/totals", Totals).Needs(Permission.ReadCustomers)
            .WithSummary("The same of all customers, summed up: how many invoices there are in each state, and what they come to in each currency.");
    }

    private static async Task<Ok<BillingPreviewResponse>> List(
        string? until, string? customer, [AsParameters] ListQuery list, HttpContext context, BillingPreviewReader reader, BusinessClock clock, CancellationToken cancellation)
    {
        var (actor, end) = (context.Actor(), Until(until, clock));
        var customers = (await reader.Customers(actor, end, cancellation)).Where(key => (customer is null || key == customer) && list.IsAfter(key)).Take(list.Take).ToList();
        var page = list.Page(customers, key => key, key => key);
        var preview = await reader.Read(actor, page.Items, end, null, cancellation);
        return TypedResults.Ok(new BillingPreviewResponse(preview.AsOf, preview.Until, [.. preview.Invoices.Select(ComingInvoiceResponse.Of)], page.Next));
    }

    private static async Task<Ok<BillingTotalsResponse>> Totals(string? until, HttpContext context, BillingPreviewReader reader, BusinessClock clock, CancellationToken cancellation)
    {
        var (actor, end) = (context.Actor(), Until(until, clock));
        var preview = await reader.Read(actor, await reader.Customers(actor, end, cancellation), end, null, cancellation);
        var states = Enum.GetValues<ComingState>().Select(state => new ComingStateResponse(state, preview.Invoices.Count(invoice => invoice.State == state)));
        return TypedResults.Ok(new BillingTotalsResponse(preview.AsOf, preview.Until, [.. states], [.. preview.Totals.Select(BillingTotalResponse.Of)]));
    }

    private static DateTimeOffset Until(string? until, BusinessClock clock) =>
        until is null ? clock.GetUtcNow() + BillingPreviewReader.Ahead
        : Instants.TryParse(until, out var instant) ? instant
        : throw InvalidInputException.At("until", "This is no instant: write it like 2026-03-01T00:00:00Z, with an offset.");
}

/// <summary>A page of what billing will do.</summary>
/// <param name="AsOf">By usage as of this instant.</param>
/// <param name="Until">Invoices that are made until then are in it; drafts are whatever theirs.</param>
/// <param name="Items">The invoices, by customer's key; of one customer in the order of their issue.</param>
/// <param name="Next">What to send as <c>after</c> for the next customers; null on the last page.</param>
public sealed record BillingPreviewResponse(DateTimeOffset AsOf, DateTimeOffset Until, IReadOnlyList<ComingInvoiceResponse> Items, string? Next);

/// <summary>An invoice that is still to come. Amounts are in major units, with the digits of the currency.</summary>
/// <param name="Customer">The customer's key.</param>
/// <param name="Name">Its name.</param>
/// <param name="State">What becomes of it.</param>
/// <param name="Why">Why it is held or fails; null for others.</param>
/// <param name="Kind">Why it exists; null where it cannot be made.</param>
/// <param name="Period">What it bills; null where it cannot be made.</param>
/// <param name="IssuesAt">When it is issued by itself; null where it cannot be made.</param>
/// <param name="Draft">The id of its draft; null where there is none yet.</param>
/// <param name="Currency">ISO 4217 code.</param>
/// <param name="Net">Lines less discounts, before credits and tax.</param>
/// <param name="Credits">What promotional credits take off.</param>
/// <param name="Tax">The tax.</param>
/// <param name="Total">What is owed in all.</param>
/// <param name="Prepaid">What prepaid credits pay.</param>
/// <param name="Due">What is left to collect, after prepaid credits and open credit notes.</param>
/// <param name="Previous">The invoice of the period before; null where there is none.</param>
/// <param name="Change">How much more than the one before, before credits and tax; null without one.</param>
/// <param name="ChangePercent">The same in percent; null without one, or where that came to nothing.</param>
public sealed record ComingInvoiceResponse(
    string Customer, string Name, ComingState State, string? Why, InvoiceKind? Kind, PeriodResponse? Period, DateTimeOffset? IssuesAt, Guid? Draft, string Currency,
    string Net, string Credits, string Tax, string Total, string Prepaid, string Due, PreviousInvoiceResponse? Previous, string? Change, decimal? ChangePercent)
{
    internal static ComingInvoiceResponse Of(ComingInvoice coming) => new(
        coming.Customer.Key, coming.Customer.Name, coming.State, coming.Why, coming.Kind,
        coming.Period is { } period ? new PeriodResponse(period.Start, period.End) : null, coming.IssuesAt, coming.Draft, coming.Net.Currency.Code,
        coming.Net.ToDigits(), coming.Credits.ToDigits(), coming.Tax.ToDigits(), coming.Total.ToDigits(), coming.Prepaid.ToDigits(), coming.Due.ToDigits(),
        coming.Previous is { } previous ? new PreviousInvoiceResponse(previous.Reference, previous.Net.ToDigits()) : null, coming.Change?.ToDigits(),
        coming.ChangePercent is { } percent ? Math.Round(percent, 2, MidpointRounding.AwayFromZero) : null);
}

/// <summary>The invoice of the period before.</summary>
/// <param name="Invoice">Its number, or its id while it is a draft.</param>
/// <param name="Net">Its lines less discounts, before credits and tax.</param>
public sealed record PreviousInvoiceResponse(string Invoice, string Net);

/// <summary>What billing will do for all customers.</summary>
/// <param name="AsOf">By usage as of this instant.</param>
/// <param name="Until">Invoices that are made until then are in it.</param>
/// <param name="States">How many invoices there are in each state.</param>
/// <param name="Totals">What they come to, by currency.</param>
public sealed record BillingTotalsResponse(DateTimeOffset AsOf, DateTimeOffset Until, IReadOnlyList<ComingStateResponse> States, IReadOnlyList<BillingTotalResponse> Totals);

/// <summary>How many invoices are in a state.</summary>
/// <param name="State">The state.</param>
/// <param name="Invoices">How many.</param>
public sealed record ComingStateResponse(ComingState State, int Invoices);

/// <summary>The invoices to come in one currency.</summary>
/// <param name="Currency">ISO 4217 code.</param>
/// <param name="Invoices">How many are issued by themselves; the amounts are theirs.</param>
/// <param name="Net">Lines less discounts, before credits and tax.</param>
/// <param name="Credits">What promotional credits take off.</param>
/// <param name="Tax">The tax.</param>
/// <param name="Total">What is owed in all.</param>
/// <param name="Due">What is left to collect.</param>
/// <param name="Held">How many wait for a person instead.</param>
/// <param name="HeldTotal">What these come to.</param>
public sealed record BillingTotalResponse(
    string Currency, int Invoices, string Net, string Credits, string Tax, string Total, string Due, int Held, string HeldTotal)
{
    internal static BillingTotalResponse Of(BillingTotal total) => new(
        total.Net.Currency.Code, total.Invoices, total.Net.ToDigits(), total.Credits.ToDigits(), total.Tax.ToDigits(), total.Total.ToDigits(), total.Due.ToDigits(),
        total.Held, total.HeldTotal.ToDigits());
}
