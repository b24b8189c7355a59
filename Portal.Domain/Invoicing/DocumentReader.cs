using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Storage;

namespace Portal.Domain.Invoicing;

/// <summary>Reads an invoice as a document, for a caller who may see it.</summary>
public sealed class DocumentReader(IDbContextFactory<PortalDb> databases, InvoiceReader invoices, IPdfPrinter printer)
{
    /// <summary>The invoice as a page of HTML, for a browser to show or print.</summary>
    /// <exception cref="Values.Refusal">NotFound where it is not the caller's; Forbidden.</exception>
    public async Task<(Invoice Invoice, string Html)> Page(Actor actor, string reference, CancellationToken cancellation)
    {
        var invoice = await invoices.Find(actor, reference, cancellation);
        return (invoice, InvoiceDocument.Html(invoice, invoice.Parties ?? await Now(invoice, cancellation)));
    }

    /// <summary>The invoice as PDF.</summary>
    /// <exception cref="Values.Refusal">As <see cref="Page"/>; Unavailable where no printer is to be had.</exception>
    public async Task<(Invoice Invoice, byte[] Pdf)> Pdf(Actor actor, string reference, CancellationToken cancellation)
    {
        var (invoice, html) = await Page(actor, reference, cancellation);
        return (invoice, await printer.Print(html, cancellation));
    }

    private async Task<InvoiceParties> Now(Invoice invoice, CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        return new InvoiceParties((await db.Companies.AsNoTracking().SingleOrDefaultAsync(cancellation))?.Details, Buyer.Of(invoice.Customer));
    }
}
