using System.Globalization;
using Portal.Domain.Catalog;
using Portal.Domain.Rating;
using Portal.Domain.Values;

namespace Portal.Domain.Invoicing;

/// <summary>What a discount takes off a period.</summary>
/// <param name="Discount">The discount; null for the one on usage above the commitment.</param>
/// <param name="Commitment">The commitment whose overage is cheaper; null for a discount.</param>
/// <param name="Amount">What it takes off, rounded once.</param>
public sealed record PeriodDiscount(Discount? Discount, Commitment? Commitment, Money Amount)
{
    // Invoices are written in English.
    private static readonly CultureInfo s_words = CultureInfo.GetCultureInfo("en-US");

    /// <summary>It in words, as they stand on the invoice and beside the running period.</summary>
    public string Words(Currency currency) => Discount is { } discount
        ? discount.Words(currency, s_words)
        : $"{UnitName.Format(Commitment!.OverageDiscountPercent, null, s_words)} % off usage above the commitment of {Money.FormatExact(Commitment.Amount, currency, s_words)}";
}

/// <summary>What the agreement with a customer makes of a period's charges: discounts, the cap's bound and the commitment, in that order.</summary>
/// <param name="Discounts">What is taken off, in the order in which it was.</param>
/// <param name="OffCharges">Of that, what falls on each charge, in the order of the charges: the parts of a discount are split by largest remainder.</param>
/// <param name="NotBilled">What the cap keeps off the bill; zero or more.</param>
/// <param name="TopUp">What raises the period to its commitment; zero or more.</param>
public sealed record Agreement(IReadOnlyList<PeriodDiscount> Discounts, IReadOnlyList<Money> OffCharges, Money NotBilled, Money TopUp)
{
    /// <summary>Reckons an agreement: the one code path behind spend, preview and invoice.</summary>
    /// <remarks>
    /// Usage above the commitment is lowered first, then each discount in the order given takes its part of what is left. What the cap counts is
    /// usage after that. The commitment is compared with the charges before discounts, less what the cap keeps off: a discount lowers the top-up
    /// too, it does not raise it.
    /// </remarks>
    /// <param name="segments">The period's segments, in order.</param>
    /// <param name="charges">What they charge.</param>
    /// <param name="nominal">The length of a whole period, of which the commitment is prorated.</param>
    /// <param name="currency">The customer's currency.</param>
    /// <param name="holds">Whether a discount holds in this period.</param>
    /// <param name="notBilled">What limits keep off usage after discounts, by that usage and by what is left of each charge.</param>
    public static Agreement Of(
        IReadOnlyList<BillingSegment> segments, IReadOnlyList<Charge> charges, TimeSpan nominal, Currency currency,
        Func<Discount, bool> holds, Func<Money, IReadOnlyList<Money>, Money> notBilled)
    {
        ArgumentNullException.ThrowIfNull(segments);
        ArgumentNullException.ThrowIfNull(charges);
        var committed = Committed(segments, nominal, currency);
        var sheet = new NetSheet(charges, currency);
        var taken = new List<PeriodDiscount>();
        if (Overage(segments, charges, committed) is { Minor: not 0 } overage)
        {
            sheet.Take(overage, charge => charge.Meter is not null);
            taken.Add(new PeriodDiscount(null, segments.Last(segment => segment.Commitment is not null).Commitment, overage));
        }

        var discounts = segments.SelectMany(segment => segment.Discounts).Distinct().Where(holds).ToList();
        foreach (var discount in discounts)
        {
            taken.Add(new PeriodDiscount(discount, null, sheet.Take(discount, charge => segments[charge.Segment].Discounts.Contains(discount))));
        }

        var unbilled = notBilled(Money.Sum(sheet.Net.Where((_, i) => charges[i].Meter is not null), currency), sheet.Net);
        // What is given back of an earlier period is no reason to ask for more in this one.
        var spent = Math.Max(0, charges.Sum(charge => charge.Amount.Minor) - unbilled.Minor);
        var topUp = new Money(Math.Max(0, committed.Minor - spent), currency);
        return new Agreement(LowerTopUp(taken, topUp, sheet, segments[^1].Discounts), sheet.Off, unbilled, topUp);
    }

    /// <summary>The discounts, with what they take off the top-up: it belongs to the period's end, so to the discounts that hold there.</summary>
    private static IReadOnlyList<PeriodDiscount> LowerTopUp(List<PeriodDiscount> taken, Money topUp, NetSheet sheet, IReadOnlyList<Discount> last)
    {
        if (topUp.Minor == 0)
        {
            return [.. taken.Where(discount => discount.Amount.Minor != 0)];
        }

        var left = topUp;
        var all = new List<PeriodDiscount>();
        foreach (var entry in taken)
        {
            var more = entry.Discount switch
            {
                { Percent: { } percent } discount when last.Contains(discount) => sheet.OnAll(percent, discount, left) - entry.Amount,
                { Amount: { } amount } discount when last.Contains(discount) => Least(Money.Round(amount, left.Currency) - entry.Amount, left),
                _ => Money.Zero(left.Currency),
            };
            left -= more;
            all.Add(entry with { Amount = entry.Amount + more });
        }

        return [.. all.Where(discount => discount.Amount.Minor != 0)];
    }

    private static Money Least(Money left, Money right) => left < right ? left : right;

    /// <summary>The commitment of the period: each segment that is charged has its share, by time.</summary>
    private static Money Committed(IReadOnlyList<BillingSegment> segments, TimeSpan nominal, Currency currency) => Money.Round(
        segments.Where(segment => segment.Charged && segment.Commitment is not null)
            .Aggregate((Fraction)0m, (sum, segment) => sum + ((Fraction)segment.Commitment!.Amount * segment.Period.Duration.Ticks / nominal.Ticks))
            .To12(), currency);

    /// <summary>What is taken off usage above the commitment: the usage that came after it was reached, each part at the percent that was agreed then.</summary>
    private static Money Overage(IReadOnlyList<BillingSegment> segments, IReadOnlyList<Charge> charges, Money committed)
    {
        var (exact, usage, spent, before) = (0m, 0m, 0m, 0m);
        for (var i = 0; i < segments.Count; i++)
        {
            foreach (var charge in charges.Where(charge => charge.Segment == i))
            {
                spent += charge.Amount.Amount;
                usage += charge.Meter is null ? 0 : charge.Amount.Amount;
            }

            var over = Math.Clamp(spent - committed.Amount, 0, Math.Max(0, usage));
            exact += (over - before) * (segments[i].Commitment?.OverageDiscountPercent ?? 0) / 100;
            before = over;
        }

        return Money.Round(Math.Max(0, exact), committed.Currency);
    }

    /// <summary>What is left of each charge while discounts are taken off one after the other.</summary>
    private sealed class NetSheet(IReadOnlyList<Charge> charges, Currency currency)
    {
        private readonly List<Money> _net = [.. charges.Select(charge => charge.Amount)];
        private readonly Dictionary<Discount, Money> _bases = [];

        public IReadOnlyList<Money> Net => _net;

        public IReadOnlyList<Money> Off => [.. charges.Select((charge, i) => charge.Amount - _net[i])];

        public Money Take(Discount discount, Func<Charge, bool> isMeant)
        {
            var total = Above(isMeant);
            _bases[discount] = total;
            var amount = discount.Percent is { } percent
                ? Money.Round(total.Amount * percent / 100, currency)
                : Least(Money.Round(discount.Amount!.Value, currency), total);
            Take(amount, isMeant);
            return amount;
        }

        /// <summary>Takes an amount off the charges that are meant, in proportion to what is left of them.</summary>
        public void Take(Money amount, Func<Charge, bool> isMeant)
        {
            if (amount.Minor == 0)
            {
                return;
            }

            var parts = Money.Split(amount, [.. charges.Select((charge, i) => isMeant(charge) ? Math.Max(0m, _net[i].Minor) : 0m)]);
            for (var i = 0; i < parts.Count; i++)
            {
                _net[i] -= parts[i];
            }
        }

        /// <summary>What a percent comes to on its charges and the top-up together, so that it is rounded once.</summary>
        public Money OnAll(decimal percent, Discount discount, Money topUp) =>
            Money.Round((_bases[discount] + topUp).Amount * percent / 100, currency);

        private Money Above(Func<Charge, bool> isMeant) =>
            new(Math.Max(0, charges.Select((charge, i) => isMeant(charge) ? _net[i].Minor : 0).Sum()), currency);
    }
}
