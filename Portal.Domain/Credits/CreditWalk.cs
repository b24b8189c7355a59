using Portal.Domain.Invoicing;
using Portal.Domain.Values;

namespace Portal.Domain.Credits;

/// <summary>Walks a balance into the future: grants are used in their order, prepaid ones with the tax on top, and what is left of them is lost when they expire.</summary>
internal sealed class CreditWalk
{
    private readonly List<Lot> _lots;
    private readonly decimal _withTax;

    /// <summary>Begins with what is left now.</summary>
    public CreditWalk(CreditBalance balance, Spend spend, DateTimeOffset now)
    {
        var all = spend.Charges.Sum(charge => Math.Max(0, charge.Amount.Amount));

        // What pays for some prices only is used as fast as they are.
        decimal Share(CreditGrant grant) => grant.AppliesTo.Count == 0 || all == 0 ? 1
            : spend.Charges.Where(charge => grant.AppliesTo.Contains(charge.Price.Key)).Sum(charge => Math.Max(0, charge.Amount.Amount)) / all;
        _lots = [.. balance.Free.Select(free => new Lot(free.Grant, new Money(free.Amount, balance.Left.Currency).Amount, Share(free.Grant)))];
        (_withTax, At) = (1 + balance.TaxOnTop / 100, now);
    }

    /// <summary>How far it has come.</summary>
    public DateTimeOffset At { get; private set; }

    /// <summary>What is left there, major units.</summary>
    public decimal Left => _lots.Sum(lot => lot.Left);

    /// <summary>What has expired unused on the way, major units.</summary>
    public decimal Lost { get; private set; }

    /// <summary>When the last of it went; null while something is left, or where there was nothing from the start.</summary>
    public DateTimeOffset? ZeroAt { get; private set; }

    /// <summary>Goes on to an instant.</summary>
    /// <param name="until">The instant.</param>
    /// <param name="used">What is used until then, evenly, without tax; major units.</param>
    public void To(DateTimeOffset until, decimal used)
    {
        var ticks = Math.Max(1, (until - At).Ticks);
        while (At < until)
        {
            var expiry = _lots.Where(lot => lot.Left > 0 && lot.Grant.ExpiresAt > At).Min(lot => lot.Grant.ExpiresAt);
            var end = expiry < until ? expiry.Value : until;
            Use(used * (end - At).Ticks / ticks, end);
            At = end;
            foreach (var lot in _lots.Where(lot => lot.Left > 0 && lot.Grant.ExpiresAt <= At))
            {
                Lost += lot.Left;
                lot.Left = 0;
                ZeroAt = Left == 0 ? At : null;
            }
        }
    }

    private void Use(decimal used, DateTimeOffset end)
    {
        if (Left == 0)
        {
            return;
        }

        var rest = used;
        foreach (var lot in _lots.Where(lot => lot.Left > 0))
        {
            var factor = lot.Grant.Kind == CreditKind.Prepaid ? _withTax : 1;
            var taken = Math.Min(lot.Left, Math.Min(rest, used * lot.Share) * factor);
            lot.Left -= taken;
            rest -= taken / factor;
        }

        if (Left == 0)
        {
            ZeroAt = used > 0 ? At.AddTicks((long)decimal.Round((end - At).Ticks * Math.Min(1, (used - Math.Max(0, rest)) / used))) : end;
        }
    }

    private sealed class Lot(CreditGrant grant, decimal left, decimal share)
    {
        public CreditGrant Grant => grant;

        public decimal Share => share;

        public decimal Left { get; set; } = left;
    }
}
