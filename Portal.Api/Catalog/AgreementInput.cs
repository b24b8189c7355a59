using System.Text.Json;
using Portal.Domain.Catalog;
using Portal.Domain.Values;

namespace Portal.Api.Catalog;

/// <summary>Reads what was agreed with one customer beside its prices: a commitment, discounts.</summary>
internal static class AgreementInput
{
    public static Commitment? Commitment(JsonElement commitment, string path, FieldErrors errors)
    {
        if (InputObject.Of(commitment, path, errors, "Give the commitment as an object, such as {\"amount\":\"1000\",\"period\":\"month\",\"overageDiscountPercent\":\"10\"}.") is not { } fields)
        {
            return null;
        }

        fields.RefuseOthers("a commitment", "amount", "period", "overageDiscountPercent");
        return new Commitment(
            fields.RequiredDecimal("amount", DecimalBound.AboveZero),
            fields.OptionalWord<BillingInterval>("period") ?? BillingInterval.Month,
            fields.OptionalDecimal("overageDiscountPercent") ?? 0);
    }

    public static Discount? Discount(JsonElement discount, string path, FieldErrors errors)
    {
        if (InputObject.Of(discount, path, errors, "Give a discount as an object, such as {\"percent\":\"10\",\"periods\":3}.") is not { } fields)
        {
            return null;
        }

        // "since" is what GET answers beyond that; a PUT of what was read is no error.
        fields.RefuseOthers("a discount", "percent", "amount", "periods", "since");
        return new Discount(
            fields.OptionalDecimal("percent", DecimalBound.AboveZero), fields.OptionalDecimal("amount", DecimalBound.AboveZero), fields.OptionalWhole("periods"));
    }
}

/// <summary>A commitment as it is answered.</summary>
/// <param name="Amount">The least that a period comes to.</param>
/// <param name="Period">The length of the period.</param>
/// <param name="OverageDiscountPercent">What is taken off usage above it.</param>
public sealed record CommitmentResponse(decimal Amount, BillingInterval Period, decimal OverageDiscountPercent)
{
    internal static CommitmentResponse? Of(Commitment? commitment) =>
        commitment is null ? null : new(commitment.Amount, commitment.Period, commitment.OverageDiscountPercent);
}

/// <summary>A discount of a subscription as it is answered.</summary>
/// <param name="Percent">The share that is taken off; null for an amount.</param>
/// <param name="Amount">What each period is lowered by; null for a share.</param>
/// <param name="Periods">In how many periods it holds; null for all.</param>
/// <param name="Since">From when its periods count.</param>
public sealed record AgreedDiscountResponse(decimal? Percent, decimal? Amount, int? Periods, DateTimeOffset Since)
{
    internal static IReadOnlyList<AgreedDiscountResponse> Of(IReadOnlyList<Discount> discounts) =>
        [.. discounts.Select(discount => new AgreedDiscountResponse(discount.Percent, discount.Amount, discount.Periods, discount.Since))];
}
