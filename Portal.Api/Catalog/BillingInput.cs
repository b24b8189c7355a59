using System.Text.Json;
using Portal.Domain.Catalog;
using Portal.Domain.Values;

namespace Portal.Api.Catalog;

/// <summary>Reads terms of billing out of a body: of a card, or of a customer, whose terms replace the card's as a whole.</summary>
internal static class BillingInput
{
    public static BillingTerms Read(JsonElement billing, string path, FieldErrors errors)
    {
        if (InputObject.Of(billing, path, errors, "Give the terms as an object, such as {\"threshold\":\"50\",\"collection\":\"charge\",\"netDays\":14}.") is not { } fields)
        {
            return BillingTerms.Default;
        }

        fields.RefuseOthers("terms of billing", "threshold", "collection", "netDays", "prepaidOnly", "taxIncluded");
        return new BillingTerms(
            fields.OptionalDecimal("threshold"),
            fields.OptionalText("collection") ?? BillingTerms.Default.Collection,
            fields.OptionalWhole("netDays") ?? BillingTerms.Default.NetDays)
        {
            PrepaidOnly = fields.OptionalTruth("prepaidOnly") ?? false,
            TaxIncluded = fields.OptionalTruth("taxIncluded") ?? false,
        };
    }
}

/// <summary>Terms of billing as they are answered.</summary>
/// <param name="Threshold">Unbilled usage at which an interim invoice is made; null for never.</param>
/// <param name="Collection"><c>charge</c> or <c>send</c>.</param>
/// <param name="NetDays">Days from issue to due date where invoices are sent.</param>
/// <param name="PrepaidOnly">Whether access ends when credits are used up.</param>
/// <param name="TaxIncluded">Whether prices say what is paid, tax included.</param>
public sealed record BillingResponse(decimal? Threshold, string Collection, int NetDays, bool PrepaidOnly, bool TaxIncluded)
{
    internal static BillingResponse? Of(BillingTerms? terms) => terms is null ? null : new(terms.Threshold, terms.Collection, terms.NetDays, terms.PrepaidOnly, terms.TaxIncluded);
}
