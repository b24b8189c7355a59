using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Invoicing;

/// <summary>Does one thing to many invoices, each in a transaction of its own: what cannot be done to one is told, and holds up no other.</summary>
/// <remarks>Done twice, nothing is done twice: a draft is issued or withdrawn once, and a sending is sent once.</remarks>
public sealed class InvoiceBatchWriter(IDbContextFactory<PortalDb> databases, InvoiceWriter writer, InvoiceMailWriter mails, InvoiceReader reader)
{
    /// <summary>Does it, the oldest first, since what one draft bills decides what is left for the next.</summary>
    /// <param name="actor">Who asks.</param>
    /// <param name="action">What.</param>
    /// <param name="references">The invoices' ids or numbers.</param>
    /// <param name="sending">Tells this from other times, where mails are sent.</param>
    /// <param name="progress">Told how many are through; null where nobody watches.</param>
    /// <param name="cancellation">Stops after the one that is under way.</param>
    /// <returns>What became of each, in the order in which they were named.</returns>
    /// <exception cref="Refusal">Forbidden.</exception>
    public async Task<IReadOnlyList<InvoiceOutcome>> Run(
        Actor actor, InvoiceAction action, IReadOnlyList<string> references, Guid sending, IProgress<int>? progress, CancellationToken cancellation)
    {
        actor.Require(Permission.ManageInvoices);
        var outcomes = new Dictionary<string, InvoiceOutcome>(StringComparer.Ordinal);
        string? stopped = null;
        foreach (var reference in await OldestFirst(references, cancellation))
        {
            stopped ??= cancellation.IsCancellationRequested ? "It was stopped before this one." : null;
            try
            {
                outcomes[reference] = stopped is null
                    ? new InvoiceOutcome(reference, await Do(actor, action, reference, sending), null, null)
                    : new InvoiceOutcome(reference, null, "stopped", stopped);
            }
            catch (Refusal refusal)
            {
                outcomes[reference] = new InvoiceOutcome(reference, null, refusal.Code, refusal.Message);
            }
            catch (Exception failure) when (BillingFault.Is(failure))
            {
                outcomes[reference] = new InvoiceOutcome(reference, null, "failed", BillingFault.Reason(failure));
            }
            catch (Exception failure) when (DatabaseAway.Is(failure))
            {
                stopped = "The database did not answer any more. Look whether it was done, and try again.";
                outcomes[reference] = new InvoiceOutcome(reference, null, "database_away", stopped);
            }

            progress?.Report(outcomes.Count);
        }

        return [.. references.Distinct(StringComparer.Ordinal).Select(reference => outcomes[reference])];
    }

    // What has begun is brought to its end.
    private async Task<Invoice> Do(Actor actor, InvoiceAction action, string reference, Guid sending) => action switch
    {
        InvoiceAction.Finalize => await writer.Finalize(actor, reference, CancellationToken.None),
        InvoiceAction.Void => await writer.Void(actor, reference, CancellationToken.None),
        InvoiceAction.Resend => await Resend(actor, reference, sending),
    };

    private async Task<Invoice> Resend(Actor actor, string reference, Guid sending)
    {
        await mails.Resend(actor, reference, sending, CancellationToken.None);
        return await reader.Find(actor, reference, CancellationToken.None);
    }

    private async Task<List<string>> OldestFirst(IReadOnlyList<string> references, CancellationToken cancellation)
    {
        var ids = references.Select(reference => Guid.TryParse(reference, out var id) ? id : Guid.Empty).Where(id => id != Guid.Empty).ToList();
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var ends = await db.Invoices.Where(invoice => ids.Contains(invoice.Id) || references.Contains(invoice.Number))
            .Select(invoice => new { invoice.Id, invoice.Number, invoice.PeriodEnd, invoice.FinalizeAt }).ToListAsync(cancellation);
        var places = ends.OrderBy(invoice => invoice.PeriodEnd).ThenBy(invoice => invoice.FinalizeAt).ThenBy(invoice => invoice.Id)
            .SelectMany((invoice, place) => new[] { (Name: invoice.Id.ToString(), place), (Name: invoice.Number ?? "", place) })
            .DistinctBy(one => one.Name).ToDictionary(one => one.Name, one => one.place, StringComparer.OrdinalIgnoreCase);
        return [.. references.Distinct(StringComparer.Ordinal).OrderBy(reference => places.GetValueOrDefault(reference, int.MaxValue))];
    }
}
