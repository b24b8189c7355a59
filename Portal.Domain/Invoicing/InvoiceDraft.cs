using Portal.Domain.Rating;
using Portal.Domain.Values;

namespace Portal.Domain.Invoicing;

/// <summary>A billing period: what it comes to now, and what invoices have billed of it so far.</summary>
/// <param name="Spend">What it comes to.</param>
/// <param name="Billed">The lines that have billed some of it.</param>
/// <param name="Discounted">What invoices have taken off it so far.</param>
/// <param name="Name">How it is called in the description of a line, such as "March 2026".</param>
public sealed record BilledPeriod(Spend Spend, IReadOnlyList<InvoiceLine> Billed, IReadOnlyList<InvoiceDiscount> Discounted, string Name);

/// <summary>What an invoice bills and takes off.</summary>
/// <param name="Lines">Its lines, in order.</param>
/// <param name="Discounts">What is taken off their sum.</param>
public sealed record DraftedLines(List<InvoiceLine> Lines, List<InvoiceDiscount> Discounts);

/// <summary>Makes the lines of an invoice. Each bills what its price comes to less what earlier invoices billed of it, so nothing is billed twice.</summary>
public static class InvoiceDraft
{
    /// <summary>The lines of the invoice that closes a period.</summary>
    /// <param name="closing">The period that is closed.</param>
    /// <param name="ahead">The fees in advance of the period after it; null where none follows.</param>
    /// <param name="earlier">Periods that were closed before, in which late usage may have come in.</param>
    public static DraftedLines Close(BilledPeriod closing, BilledPeriod? ahead, IEnumerable<BilledPeriod> earlier)
    {
        var lines = new LineList();
        foreach (var price in PriceBalance.Of(closing.Spend, closing.Billed))
        {
            lines.AddRange(price.Unbilled());
        }

        lines.Add(Balance(closing, LineKind.Commitment, closing.Spend.TopUp, "Minimum commitment"));
        lines.Add(Balance(closing, LineKind.NotBilled, -closing.Spend.NotBilled, "Above your cap, not billed"));
        var discounts = DiscountBalance.Of(closing, "").ToList();
        if (ahead is not null)
        {
            AddFees(lines, ahead);
            discounts.AddRange(DiscountBalance.Of(ahead, $" on fees of {ahead.Name}"));
        }

        foreach (var period in earlier)
        {
            foreach (var price in PriceBalance.Of(period.Spend, period.Billed))
            {
                lines.Add(price.Late(period.Name, period.Spend.Period));
            }

            lines.Add(Balance(period, LineKind.Commitment, period.Spend.TopUp, $"Minimum commitment of {period.Name}"));
            lines.Add(Balance(period, LineKind.NotBilled, -period.Spend.NotBilled, $"Above your cap in {period.Name}, not billed"));
            discounts.AddRange(DiscountBalance.Of(period, $" on {period.Name}"));
        }

        return new DraftedLines(lines.Lines, discounts);
    }

    /// <summary>The lines of an invoice for fees in advance that have become due inside a period.</summary>
    public static DraftedLines Fees(BilledPeriod period)
    {
        var lines = new LineList();
        AddFees(lines, period);
        return new DraftedLines(lines.Lines, [.. DiscountBalance.Of(period, "")]);
    }

    /// <summary>The lines of an invoice at a threshold: usage as of a moment that no invoice has billed yet.</summary>
    /// <param name="period">The running period, by its usage alone.</param>
    /// <param name="at">The moment.</param>
    public static DraftedLines ToDate(BilledPeriod period, DateTimeOffset at)
    {
        var lines = new LineList();
        foreach (var price in PriceBalance.Of(period.Spend, period.Billed).Where(price => price.IsUsage))
        {
            lines.AddRange(price.Unbilled().Select(line => line.ToDate(at)));
        }

        lines.Add(Balance(period, LineKind.NotBilled, -period.Spend.NotBilled, "Above your cap, not billed"));
        return new DraftedLines(lines.Lines, [.. DiscountBalance.Of(period, "")]);
    }

    private static void AddFees(LineList lines, BilledPeriod period)
    {
        foreach (var price in PriceBalance.Of(period.Spend, period.Billed).Where(price => price.IsInAdvance))
        {
            lines.AddRange(price.Unbilled());
        }
    }

    /// <summary>What is left to bill of an amount that belongs to the period and to no price.</summary>
    private static UnnumberedLine? Balance(BilledPeriod period, LineKind kind, Money comesTo, string description)
    {
        var amount = comesTo.Minor - period.Billed.Where(line => line.Kind == kind).Sum(line => line.Amount);
        return amount == 0
            ? null
            : new UnnumberedLine(kind, null, description, period.Spend.Period, 0, 0, amount,
                new RatedAmount((decimal)amount / period.Spend.Currency.MinorUnits, []));
    }

    private sealed class LineList
    {
        public List<InvoiceLine> Lines { get; } = [];

        public void AddRange(IEnumerable<UnnumberedLine> lines)
        {
            foreach (var line in lines)
            {
                Add(line);
            }
        }

        public void Add(UnnumberedLine? line)
        {
            if (line is not null)
            {
                Lines.Add(line.Numbered(Lines.Count + 1));
            }
        }
    }
}
