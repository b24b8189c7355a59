using Portal.Domain.Credits;
using Portal.Domain.Values;

namespace Portal.Domain.Invoicing;

/// <summary>What credit notes can still take back of an issued invoice: in all, and line by line. Pure.</summary>
/// <remarks>
/// A line is worth what is left of it after discounts, promotional credits and what the cap keeps off, which fall on the lines in proportion. The tax
/// of a note is that of its amount at the invoice's own rate; the note that takes the rest takes the rest of the tax, so that all notes together take
/// back what was charged, to the cent. An invoice that sold credits can give back those that are not used; it was not taxed, since what they pay for is.
/// </remarks>
public sealed class Creditable
{
    private readonly Invoice _invoice;
    private readonly Currency _currency;
    private readonly Dictionary<int, long> _lines;
    private readonly long _taxLeft;

    private Creditable(Invoice invoice, IReadOnlyCollection<Invoice> notes, long unused)
    {
        (_invoice, _currency) = (invoice, Currency.Of(invoice.Currency));
        Left = Math.Min(unused, invoice.Subtotal - invoice.Discounted - invoice.Credits + notes.Sum(note => note.Subtotal));
        TotalLeft = Math.Min(unused, invoice.Total + notes.Sum(note => note.Total));
        _taxLeft = invoice.Tax + notes.Sum(note => note.Tax);
        _lines = Shares(invoice).ToDictionary(line => line.N, line => line.Amount);
        foreach (var line in notes.SelectMany(note => note.Lines))
        {
            if (line.CorrectsLine is { } n)
            {
                _lines[n] += line.Amount;
            }
        }
    }

    /// <summary>What is left of the lines, minor units, in the terms in which lines are written: without tax, unless the invoice's lines include it.</summary>
    public long Left { get; }

    /// <summary>What is left in all, tax included, minor units.</summary>
    public long TotalLeft { get; }

    /// <summary>What is left of an invoice.</summary>
    /// <param name="invoice">With its lines, and its credit notes with theirs.</param>
    /// <param name="sold">The credits that it sold: what is used of them stays paid. Null where it sold none.</param>
    public static Creditable Of(Invoice invoice, CreditGrant? sold = null)
    {
        ArgumentNullException.ThrowIfNull(invoice);
        return new Creditable(invoice, invoice.CreditNotes, invoice.Kind == InvoiceKind.CreditTopup ? sold?.Left ?? 0 : long.MaxValue);
    }

    /// <summary>What it is that something is left of, in words.</summary>
    internal string Named => _invoice.Kind == InvoiceKind.CreditTopup ? "the credits that the invoice sold" : "the invoice";

    /// <summary>What is left of a line, minor units, in the terms of <see cref="Left"/>; 0 where there is no such line.</summary>
    public long OfLine(int n) => Math.Max(0, Math.Min(_lines.GetValueOrDefault(n), Left));

    /// <summary>What a note says that takes back all that is left.</summary>
    public CreditedAmount Whole() => OfTotal(TotalLeft);

    /// <summary>What a note says that takes back an amount, tax included; more than zero, at most <see cref="TotalLeft"/>.</summary>
    public CreditedAmount OfTotal(long total)
    {
        var isRest = total == TotalLeft;
        var amount = isRest ? Left
            : _invoice.TaxIncluded ? total
            : Math.Min(Left, Money.Round(Major(total) * 100 / (100 + Percent), _currency).Minor);
        var tax = isRest ? _taxLeft : _invoice.TaxIncluded ? TaxIn(amount) : total - amount;
        return new CreditedAmount([new CreditedPart(null, amount)], Taxed(tax, _invoice.TaxIncluded ? total - tax : amount));
    }

    /// <summary>What a note says that takes back parts of lines; each more than zero and at most what is left of its line, together at most <see cref="Left"/>.</summary>
    public CreditedAmount OfLines(IReadOnlyList<CreditedPart> parts)
    {
        ArgumentNullException.ThrowIfNull(parts);
        var amount = parts.Sum(part => part.Amount);
        var tax = amount == Left ? _taxLeft : Math.Min(_taxLeft, TaxIn(amount));
        return new CreditedAmount(parts, Taxed(tax, _invoice.TaxIncluded ? amount - tax : amount));
    }

    private decimal Percent => _invoice.Taxes.Sum(tax => tax.Percent);

    private decimal Major(long minor) => new Money(minor, _currency).Amount;

    private long TaxIn(long amount) => Money.Round(Major(amount) * Percent / (_invoice.TaxIncluded ? 100 + Percent : 100), _currency).Minor;

    // An invoice has one rate: that of its customer when it was issued.
    private InvoiceTax? Taxed(long tax, long taxed) =>
        _invoice.Taxes is [var charged] ? charged with { Base = -taxed, Amount = -tax } : null;

    private static IEnumerable<(int N, long Amount)> Shares(Invoice invoice)
    {
        var net = new Money(invoice.Subtotal - invoice.Discounted - invoice.Credits, Currency.Of(invoice.Currency));
        decimal[] weights = [.. invoice.Lines.Select(line => (decimal)Math.Max(0, line.Amount))];
        return net.Minor <= 0 || weights.All(weight => weight == 0)
            ? invoice.Lines.Select(line => (line.N, 0L))
            : invoice.Lines.Zip(Money.Split(net, weights), (line, share) => (line.N, share.Minor));
    }
}

/// <summary>A part of an invoice that is taken back.</summary>
/// <param name="Line">The line; null for a part of the whole.</param>
/// <param name="Amount">Minor units, more than zero, in the terms in which the invoice's lines are written.</param>
public sealed record CreditedPart(int? Line, long Amount);

/// <summary>What a credit note takes back.</summary>
/// <param name="Parts">Its lines.</param>
/// <param name="Tax">The tax of it, below zero; null where none was charged and nothing was said about it.</param>
public sealed record CreditedAmount(IReadOnlyList<CreditedPart> Parts, InvoiceTax? Tax);
