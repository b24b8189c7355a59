using Portal.Domain.Catalog;
using Portal.Domain.Rating;
using Portal.Domain.Values;

namespace Portal.Domain.Invoicing;

/// <summary>One price in one period: what it charges, and what invoices have billed of that.</summary>
internal sealed class PriceBalance
{
    private readonly List<Charge> _charges;
    private readonly List<InvoiceLine> _billed;

    private PriceBalance(List<Charge> charges, List<InvoiceLine> billed)
    {
        (_charges, _billed) = (charges, billed);
    }

    /// <summary>The prices of a period in the order of the card, then those that were billed but are charged no longer.</summary>
    public static IEnumerable<PriceBalance> Of(Spend spend, IReadOnlyList<InvoiceLine> billed)
    {
        var billedByPrice = billed.Where(line => line.PriceKey is not null).ToLookup(line => line.PriceKey!, StringComparer.Ordinal);
        var chargesByPrice = spend.Charges.ToLookup(charge => charge.Price.Key, StringComparer.Ordinal);
        return chargesByPrice.Select(price => new PriceBalance([.. price], [.. billedByPrice[price.Key]]))
            .Concat(billedByPrice.Where(price => !chargesByPrice.Contains(price.Key)).Select(price => new PriceBalance([], [.. price])));
    }

    /// <summary>Whether it is a fee that is billed before its period.</summary>
    public bool IsInAdvance => _charges.Exists(charge => charge.Price.Recurring == "advance");

    /// <summary>Whether it bills usage, and no fee.</summary>
    public bool IsUsage => Kind == LineKind.Usage;

    private InvoiceLine? Sample => _billed.Count > 0 ? _billed[0] : null;

    private string Name => _charges.Count > 0 ? _charges[^1].Price.Name : Sample!.Description;

    private LineKind Kind => _charges.Count > 0 ? KindOf(_charges[^1]) : Sample!.Kind;

    /// <summary>What is left to bill: a line per charge, or the difference where some was billed before.</summary>
    public IEnumerable<UnnumberedLine> Unbilled()
    {
        if (_billed.Count == 0)
        {
            return _charges.Where(charge => IsWorthALine(KindOf(charge), charge.Quantity, charge.Amount.Minor))
                .Select(charge => new UnnumberedLine(
                    KindOf(charge), charge, NameOf(KindOf(charge), charge.Price.Name, charge.Amount.Minor), charge.Period, charge.Quantity, charge.Included, charge.Amount.Minor,
                    new RatedAmount(charge.Exact, charge.Steps)));
        }

        if (IsInAdvance && _charges is [.., _, var newest] && !_billed.Exists(line => line.PeriodStart >= newest.Period.Start))
        {
            return Replaced(newest);
        }

        var span = _charges.Count > 0
            ? new Period(_charges[0].Period.Start, _charges[^1].Period.End)
            : new Period(Sample!.PeriodStart, Sample.PeriodEnd);
        return Difference(Kind, amount => NameOf(Kind, Name, amount), span) is { } line ? [line] : [];
    }

    /// <summary>A fee that changed inside its period: what is left of the old one is given back, and the new one is charged, each on its own line.</summary>
    private IEnumerable<UnnumberedLine> Replaced(Charge newest)
    {
        var old = new PriceBalance([.. _charges.SkipLast(1)], _billed);
        var rest = new Period(newest.Period.Start, newest.Period.End);
        return new[] { old.Difference(LineKind.Fee, amount => NameOf(LineKind.Fee, old.Name, amount), rest) }.OfType<UnnumberedLine>()
            .Concat(new PriceBalance([newest], []).Unbilled());
    }

    /// <summary>What came in after the period was invoiced: the rating with it less the rating as billed. Null where that is nothing.</summary>
    public UnnumberedLine? Late(string periodName, Period period)
    {
        if (Kind == LineKind.Fee)
        {
            // A fee of a closed period stands as it was billed: nothing that comes in late changes it.
            return null;
        }

        var quantity = _charges.Sum(charge => charge.Quantity) - _billed.Sum(line => line.Quantity);
        var what = quantity switch
        {
            0 => "Correction for",
            > 0 => "Late usage for",
            < 0 => "Usage taken back for",
        };
        return Difference(LineKind.LateUsage, _ => $"{what} {periodName}: {Name}", period);
    }

    private UnnumberedLine? Difference(LineKind kind, Func<long, string> description, Period period)
    {
        var amount = _charges.Sum(charge => charge.Amount.Minor) - _billed.Sum(line => line.Amount);
        var quantity = _charges.Sum(charge => charge.Quantity) - _billed.Sum(line => line.Quantity);
        if (!IsWorthALine(kind, quantity, amount))
        {
            return null;
        }

        var rated = RatedAmount.Sum(_charges.Select(charge => new RatedAmount(charge.Exact, charge.Steps)))
            .Since(RatedAmount.Sum(_billed.Select(line => new RatedAmount(line.Exact, line.Steps))));
        return new UnnumberedLine(
            kind, _charges.Count > 0 ? _charges[^1] : null, description(amount), period, quantity,
            _charges.Sum(charge => charge.Included) - _billed.Sum(line => line.Included), amount, rated)
        { Before = Sample };
    }

    private static string NameOf(LineKind kind, string name, long amount) => kind == LineKind.Fee && amount < 0 ? $"{name}, unused time" : name;

    private static LineKind KindOf(Charge charge) => charge.Meter is null ? LineKind.Fee : LineKind.Usage;

    // Usage that costs nothing is shown, so that every event is on a line; a fee of nothing says nothing.
    private static bool IsWorthALine(LineKind kind, decimal quantity, long amount) => amount != 0 || (quantity != 0 && kind != LineKind.Fee);
}

/// <summary>A line before it has its place on the invoice.</summary>
internal sealed record UnnumberedLine(
    LineKind Kind, Charge? Charge, string Description, Period Period, decimal Quantity, decimal Included, long Amount, RatedAmount Rated)
{
    /// <summary>A line that billed the same price before: what it says holds where the price is charged no longer.</summary>
    public InvoiceLine? Before { get; init; }

    /// <summary>The line as it stands on an invoice inside its period. A level is known up to the moment, other usage by the events that were known then.</summary>
    public UnnumberedLine ToDate(DateTimeOffset at) => this with
    {
        Description = $"{Description}, usage to date",
        Period = Charge?.Meter?.Aggregation == Aggregation.WeightedSum && at > Period.Start && at < Period.End ? new Period(Period.Start, at) : Period,
    };

    public InvoiceLine Numbered(int n) => new()
    {
        N = n,
        Kind = Kind,
        PriceKey = Charge?.Price.Key ?? Before?.PriceKey,
        MeterKey = Charge is null ? Before?.MeterKey : Charge.Price.Meter,
        Group = Charge?.Price.Match ?? Before?.Group ?? new Dictionary<string, string>(),
        Description = Description,
        Quantity = Exact.To12(Quantity),
        Included = Exact.To12(Included),
        Unit = Charge is null ? Before?.Unit : Charge.Meter?.Unit,
        Amount = Amount,
        Exact = Exact.To12(Rated.Exact),
        Steps = Rated.Steps,
        PeriodStart = Period.Start,
        PeriodEnd = Period.End,
    };
}
