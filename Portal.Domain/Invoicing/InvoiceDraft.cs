using Portal.Domain.Rating;

namespace Portal.Domain.Invoicing;

/// <summary>A billing period: what it comes to now, and what invoices have billed of it so far.</summary>
/// <param name="Spend">What it comes to.</param>
/// <param name="Billed">The lines that have billed some of it.</param>
/// <param name="Name">How it is called in the description of a line, such as "March 2026".</param>
public sealed record BilledPeriod(Spend Spend, IReadOnlyList<InvoiceLine> Billed, string Name);

/// <summary>Makes the lines of an invoice. Each bills what its price comes to less what earlier invoices billed of it, so nothing is billed twice.</summary>
public static class InvoiceDraft
{
    /// <summary>The lines of the invoice that closes a period.</summary>
    /// <param name="closing">The period that is closed.</param>
    /// <param name="ahead">The fees in advance of the period after it; null where none follows.</param>
    /// <param name="earlier">Periods that were closed before, in which late usage may have come in.</param>
    public static List<InvoiceLine> Close(BilledPeriod closing, BilledPeriod? ahead, IEnumerable<BilledPeriod> earlier)
    {
        var lines = new LineList();
        foreach (var price in PriceBalance.Of(closing.Spend, closing.Billed))
        {
            lines.AddRange(price.Unbilled());
        }

        lines.Add(NotBilled(closing, "Above your cap, not billed"));
        if (ahead is not null)
        {
            AddFees(lines, ahead);
        }

        foreach (var period in earlier)
        {
            foreach (var price in PriceBalance.Of(period.Spend, period.Billed))
            {
                lines.Add(price.Late(period.Name, period.Spend.Period));
            }

            lines.Add(NotBilled(period, $"Above your cap in {period.Name}, not billed"));
        }

        return lines.Lines;
    }

    /// <summary>The lines of an invoice for fees in advance that have become due inside a period.</summary>
    public static List<InvoiceLine> Fees(BilledPeriod period)
    {
        var lines = new LineList();
        AddFees(lines, period);
        return lines.Lines;
    }

    private static void AddFees(LineList lines, BilledPeriod period)
    {
        foreach (var price in PriceBalance.Of(period.Spend, period.Billed).Where(price => price.IsInAdvance))
        {
            lines.AddRange(price.Unbilled());
        }
    }

    private static UnnumberedLine? NotBilled(BilledPeriod period, string description)
    {
        var billed = period.Billed.Where(line => line.Kind == LineKind.NotBilled).Sum(line => line.Amount);
        var amount = -period.Spend.NotBilled.Minor - billed;
        return amount == 0
            ? null
            : new UnnumberedLine(LineKind.NotBilled, null, description, period.Spend.Period, 0, 0, amount,
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
