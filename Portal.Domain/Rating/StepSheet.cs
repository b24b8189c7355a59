using Portal.Domain.Values;

namespace Portal.Domain.Rating;

/// <summary>The steps of one rating as they are written down, with their total. It does all of the rounding.</summary>
/// <param name="share">The share of a whole period that is rated, from 0 to 1.</param>
internal sealed class StepSheet(decimal share)
{
    private readonly List<RatedStep> _steps = [];
    private Fraction _exact = 0m;
    private bool _isCapped;

    /// <summary>What the steps so far add up to, to 12 places.</summary>
    public decimal Total { get; private set; }

    /// <summary>The part of a period's fixed amount that falls on its share.</summary>
    public decimal Prorated(decimal amount) => share == 1m ? amount : ((Fraction)amount * share).To12();

    /// <summary>Writes down a step: quantity × price / per + flat, unless the charge is given.</summary>
    /// <remarks>The exact total is rounded, and the step gets what that grew by: so the steps add up, and the total is rounded once.</remarks>
    public void Add(Pricing pricing)
    {
        _exact += pricing.Charge ?? ((Fraction)pricing.Quantity * pricing.Price / pricing.Per) + pricing.Flat;
        Note(pricing, _exact.To12());
    }

    /// <summary>Brings the total to an amount, by a step of its own when it differs; the step names the amount as its price.</summary>
    public void Adjust(StepKind kind, decimal amount)
    {
        if (amount != Total)
        {
            _exact = amount;
            Note(new Pricing(kind) { Price = amount }, _exact.To12());
        }
    }

    public RatedAmount ToAmount() => new(Total, _steps) { IsCapped = _isCapped };

    private void Note(Pricing pricing, decimal total)
    {
        _steps.Add(new RatedStep(
            pricing.Kind, pricing.From, pricing.To, pricing.Quantity, pricing.Price, pricing.Per, pricing.Flat, total - Total, pricing.Events));
        Total = total;
        _isCapped |= Math.Abs(total) >= Exact.Max;
    }
}

/// <summary>A step before its amount is known: see <see cref="RatedStep"/>.</summary>
internal readonly record struct Pricing(StepKind Kind)
{
    public decimal From { get; init; } = 0m;

    public decimal? To { get; init; } = null;

    public decimal Quantity { get; init; } = 0m;

    public decimal Price { get; init; } = 0m;

    public decimal Per { get; init; } = 1m;

    public decimal Flat { get; init; } = 0m;

    public long? Events { get; init; } = null;

    /// <summary>The charge, where it is not quantity × price / per + flat.</summary>
    public Fraction? Charge { get; init; } = null;
}
