using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.HttpResults;
using Portal.Domain.Accounts;
using Portal.Domain.Forecasting;
using Portal.Domain.Invoicing;
using Portal.Domain.Limits;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Api.Invoicing;

/// <summary>What the running period comes to: <c>/v1/customers/{key}/spend</c>.</summary>
public static class SpendEndpoints
{
    /// <summary>Maps the endpoint.</summary>
    public static void MapSpend(this IEndpointRouteBuilder app) =>
        app.MapGet("/v1/customers/{customer}/spend", Get)
            .Needs(Permission.ReadUsage)
            .WithTags("Usage")
            .WithSummary("The whole running period, billed or not, by the code that makes the invoice.");

    private static async Task<Ok<SpendResponse>> Get(
        string customer, HttpContext context, SpendReader spends, BilledReader billed, ForecastReader forecasts, InvoiceReader invoices, Register register,
        CancellationToken cancellation)
    {
        var spend = await spends.Current(context.Actor(), customer, cancellation);
        var entry = register.Now.ByKey[customer];
        var forecast = await forecasts.Current(entry, withPath: false, cancellation);
        var plan = await invoices.PlanOf(spend, entry.Customer, cancellation);
        return TypedResults.Ok(SpendResponse.Of(spend, await billed.Of(entry.Customer.Id, spend, cancellation), plan, forecast));
    }
}

/// <summary>A running period as it is answered. Rounded amounts have the digits of the currency.</summary>
/// <param name="Period">The whole billing period.</param>
/// <param name="Currency">ISO 4217 code.</param>
/// <param name="Lines">What each price comes to, in the order of the card.</param>
/// <param name="NotBilled">What the cap keeps off the bill; zero or less.</param>
/// <param name="Subtotal">Sum of the lines, and what is not billed.</param>
/// <param name="Discounts">What discounts take off the subtotal.</param>
/// <param name="DiscountDetails">The same, one by one.</param>
/// <param name="Trial">What usage of a trial would have cost; "0.00" where there is none.</param>
/// <param name="Credits">What promotional credits take off.</param>
/// <param name="Tax">Tax on what is left.</param>
/// <param name="Total">Subtotal − discounts − credits + tax.</param>
/// <param name="Prepaid">What prepaid credits pay.</param>
/// <param name="AsOf">When this was read.</param>
/// <param name="Limit">Where the customer stands against its cap; null without one.</param>
/// <param name="Forecast">What the period will likely cost, or why that is not known.</param>
public sealed record SpendResponse(
    PeriodResponse Period, string Currency, IReadOnlyList<SpendLineResponse> Lines, string NotBilled, string Subtotal, string Discounts,
    IReadOnlyList<DiscountResponse> DiscountDetails, string Trial, string Credits, string Tax,
    string Total, string Prepaid, DateTimeOffset AsOf, SpendLimitResponse? Limit, ForecastResponse Forecast)
{
    internal static SpendResponse Of(Spend spend, IReadOnlyList<Money> billed, CreditPlan plan, ForecastAnswer? forecast)
    {
        string Amount(Money money) => DecimalText.FormatFixed(money.Amount, spend.Currency.Digits);
        string Minor(long minor) => Amount(new Money(minor, spend.Currency));
        var nothing = Minor(0);
        return new SpendResponse(
            new PeriodResponse(spend.Period.Start, spend.Period.End),
            spend.Currency.Code,
            [
                .. spend.Charges.Zip(billed, (charge, amount) => SpendLineResponse.Of(charge, Amount(charge.Amount), Amount(amount), Amount(charge.Waived))),
                .. spend.TopUp.Minor == 0 ? [] : new[] { SpendLineResponse.OfTopUp(spend.TopUp, Amount(spend.TopUp), nothing) },
            ],
            Amount(-spend.NotBilled), Amount(spend.Subtotal), Amount(spend.Discounted),
            [.. spend.Agreement.Discounts.Select(discount => new DiscountResponse(discount.Words(spend.Currency), Amount(discount.Amount)))],
            Amount(spend.Waived), Minor(plan.Credits), Minor(plan.Tax?.Amount ?? 0), Minor(plan.Total), Minor(plan.Paid), spend.AsOf,
            spend.Limit is { } stand ? new SpendLimitResponse(stand.Limit.Amount, stand.Limit.Kind, Amount(stand.Used), Math.Round(stand.Percent, 2)) : null,
            ForecastResponse.Of(forecast, spend.Currency));
    }
}

/// <summary>What a price comes to in a stretch of the period.</summary>
/// <param name="Price">The price's key; null for what raises the period to its commitment.</param>
/// <param name="Description">What the customer reads on the invoice.</param>
/// <param name="Meter">The meter's key; null for a fee.</param>
/// <param name="Group">The groups of the meter that the price picks; empty for all that no other price took.</param>
/// <param name="Quantity">Units.</param>
/// <param name="Included">Of these, units that are free.</param>
/// <param name="Amount">Rounded, as on the invoice.</param>
/// <param name="Exact">Before rounding.</param>
/// <param name="Billed">How much of the amount is on issued invoices already.</param>
/// <param name="Trial">What it would have cost, had it not been used in a trial.</param>
public sealed record SpendLineResponse(
    string? Price, string Description, string? Meter, IReadOnlyDictionary<string, string> Group, decimal Quantity, decimal Included, string Amount,
    decimal Exact, string Billed, string Trial)
{
    internal static SpendLineResponse Of(Charge charge, string amount, string billed, string trial) => new(
        charge.Price.Key, charge.Price.Name, charge.Price.Meter, charge.Price.Match, charge.Quantity, charge.Included, amount, charge.Exact, billed, trial);

    internal static SpendLineResponse OfTopUp(Money topUp, string amount, string nothing) =>
        new(null, "Minimum commitment", null, new Dictionary<string, string>(), 0, 0, amount, topUp.Amount, nothing, nothing);
}

/// <summary>Where a customer stands against its cap.</summary>
/// <param name="Amount">The cap.</param>
/// <param name="Kind">Hard or soft.</param>
/// <param name="Used">Usage, before what the cap keeps off the bill.</param>
/// <param name="Percent">Of the cap.</param>
public sealed record SpendLimitResponse(decimal Amount, LimitKind Kind, string Used, decimal Percent);

/// <summary>What the period will likely come to, or why that is not known.</summary>
[JsonDerivedType(typeof(ForecastFiguresResponse)), JsonDerivedType(typeof(NoForecastResponse))]
public abstract record ForecastResponse
{
    internal static ForecastResponse Of(ForecastAnswer? answer, Currency currency)
    {
        string Amount(Money money) => DecimalText.FormatFixed(money.Amount, currency.Digits);
        return answer?.Forecast is { } forecast
            ? new ForecastFiguresResponse(
                Amount(forecast.Low), Amount(forecast.Expected), Amount(forecast.High), Amount(forecast.Capped), forecast.Method,
                Math.Round(forecast.ErrorPercent, 1), forecast.Source, forecast.Periods, forecast.BreachAt)
            : new NoForecastResponse(answer?.Unavailable ?? "No subscription runs.");
    }
}

/// <summary>Why there is no forecast yet.</summary>
/// <param name="Unavailable">In a sentence.</param>
public sealed record NoForecastResponse(string Unavailable) : ForecastResponse;

/// <summary>What the period will likely come to. Amounts are before the cap and before tax; fees are in them.</summary>
/// <param name="Low">In 8 of 10 periods it comes to this or more, …</param>
/// <param name="Expected">The estimate.</param>
/// <param name="High">… and to this or less.</param>
/// <param name="Capped">What would be billed of the estimate.</param>
/// <param name="Method">How the largest part was estimated.</param>
/// <param name="Error">By how much such estimates were off at this time of a period, in percent: the median.</param>
/// <param name="Basis">Whose errors the range rests on; "shipped" is rough.</param>
/// <param name="Periods">Own past periods that there are.</param>
/// <param name="BreachAt">When usage would reach the cap; null where it would not, or already has.</param>
public sealed record ForecastFiguresResponse(
    string Low, string Expected, string High, string Capped, ForecastMethod Method, decimal Error, BandSource Basis, int Periods, DateTimeOffset? BreachAt)
    : ForecastResponse;
