using Microsoft.AspNetCore.Http.HttpResults;
using Portal.Domain.Accounts;
using Portal.Domain.Ledger;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Api.Ledger;

/// <summary>The books: <c>/v1/ledger</c>.</summary>
public static class LedgerEndpoints
{
    /// <summary>Maps the endpoints.</summary>
    public static void MapLedger(this IEndpointRouteBuilder app)
    {
        var ledger = app.MapGroup("/v1/ledger").WithTags("Ledger");
        ledger.MapGet("", List).Needs(Permission.ReadCustomers).WithSummary("Entries of the journal, the newest first; of one customer or document.");
        ledger.MapGet("/balances", Balances).Needs(Permission.ReadCustomers).WithSummary("What each account stands at in each currency: debits less credits. In each currency they add up to nothing.");
    }

    private static async Task<Ok<Listing<LedgerEntryResponse>>> List(
        string? customer, string? document, [AsParameters] ListQuery list, HttpContext context, LedgerReader reader, Register register, CancellationToken cancellation)
    {
        long? before = list.AfterNumber == long.MinValue ? null : list.AfterNumber;
        var rows = await reader.List(context.Actor(), new LedgerQuery(customer, document, before, list.Take), cancellation);
        return TypedResults.Ok(list.Page(rows, entry => entry.Id, entry => LedgerEntryResponse.Of(entry, register.Now.ById[entry.CustomerId].Customer.Key)));
    }

    private static async Task<Ok<Listing<AccountBalanceResponse>>> Balances(
        string? customer, string? document, HttpContext context, LedgerReader reader, CancellationToken cancellation)
    {
        var balances = await reader.Balances(context.Actor(), new LedgerQuery(customer, document, null, 0), cancellation);
        return TypedResults.Ok(new Listing<AccountBalanceResponse>([.. balances.Select(AccountBalanceResponse.Of)], null));
    }
}

/// <summary>An entry of the journal as it is answered.</summary>
/// <param name="Id">Its number, in the order of the journal.</param>
/// <param name="At">When it happened.</param>
/// <param name="Customer">The customer's key.</param>
/// <param name="Fact">What happened.</param>
/// <param name="Document">The invoice or credit note.</param>
/// <param name="Debit">The account that is debited.</param>
/// <param name="Credit">The account that is credited.</param>
/// <param name="Amount">In major units, with the digits of the currency.</param>
/// <param name="Currency">ISO 4217 code.</param>
public sealed record LedgerEntryResponse(
    long Id, DateTimeOffset At, string Customer, LedgerFact Fact, string Document, LedgerAccount Debit, LedgerAccount Credit, string Amount, string Currency)
{
    internal static LedgerEntryResponse Of(LedgerEntry entry, string customer)
    {
        var amount = new Money(entry.Amount, Domain.Values.Currency.Of(entry.Currency));
        return new(entry.Id, entry.At, customer, entry.Fact, entry.Document, entry.Debit, entry.Credit,
            amount.ToDigits(), entry.Currency);
    }
}

/// <summary>What an account stands at, as it is answered.</summary>
/// <param name="Account">The account.</param>
/// <param name="Balance">Debits less credits, in major units.</param>
/// <param name="Currency">ISO 4217 code.</param>
public sealed record AccountBalanceResponse(LedgerAccount Account, string Balance, string Currency)
{
    internal static AccountBalanceResponse Of(AccountBalance balance) => new(
        balance.Account, balance.Balance.ToDigits(), balance.Balance.Currency.Code);
}
