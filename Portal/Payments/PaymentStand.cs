using Portal.Domain.Invoicing;
using Portal.Domain.Payments;
using Portal.Invoicing;
using Portal.Shared;

namespace Portal.Payments;

/// <summary>How a customer pays, and whether a charge has failed: what the overview says of it.</summary>
/// <param name="Method">The saved card; null for none.</param>
/// <param name="Failed">The newest invoice that could not be charged and is still open; null for none.</param>
/// <param name="Attempts">What was tried to collect it, the first one first.</param>
public sealed record PaymentStand(PaymentMethod? Method, Invoice? Failed, IReadOnlyList<PaymentAttempt> Attempts)
{
    /// <summary>How invoices are paid, in a sentence.</summary>
    public string How => Method is { } method ? $"Charged to the {method.Brand} ending in {method.Last4}." : "No card is saved: invoices are sent, and paid by bank transfer.";

    /// <summary>Reads it.</summary>
    /// <param name="payments">Who reads methods and attempts.</param>
    /// <param name="caller">Who asks.</param>
    /// <param name="newest">The customer's newest invoices.</param>
    /// <param name="cancellation">Gives up.</param>
    internal static async Task<PaymentStand> Read(PaymentReader payments, Accounts.CustomerCaller caller, IEnumerable<Invoice> newest, CancellationToken cancellation)
    {
        var method = await payments.Method(caller.Actor, caller.Key, cancellation);
        foreach (var invoice in newest.Where(invoice => invoice is { Due: > 0, FirstFailureAt: not null, WrittenOffAt: null }))
        {
            if (await payments.Attempts(caller.Actor, invoice, cancellation) is { Count: > 0 } attempts && attempts[^1].State is AttemptState.Failed)
            {
                return new PaymentStand(method, invoice, attempts);
            }
        }

        return new PaymentStand(method, null, []);
    }

    /// <summary>What has failed, and how often it is tried.</summary>
    public string Title(Invoice invoice) =>
        $"{Wording.Amount(invoice.Money(invoice.Due))} could not be charged: attempt {Dunning.Tries(Attempts)} of {Dunning.Tries(Attempts) + Dunning.Planned(invoice).Count()} failed.";

    /// <summary>Why, and what comes next.</summary>
    /// <param name="invoice">The invoice.</param>
    /// <param name="zone">The customer's zone.</param>
    public string Text(Invoice invoice, string zone) => $"The reason: {PaymentWords.Of(Attempts[^1].Reason)} "
        + (Dunning.Planned(invoice).Cast<DateTimeOffset?>().FirstOrDefault() is { } next ? $"The next is on {Wording.Minute(next, zone)}. A card that is saved now is charged at once." : "No further attempt is planned: please save another card, or pay by bank transfer.");
}
