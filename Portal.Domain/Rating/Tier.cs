namespace Portal.Domain.Rating;

/// <summary>A range of quantity with a price. It ends at <c>UpTo</c>, inclusive, and begins where the one before it ends.</summary>
/// <remarks>One boundary is stored, not two, so tiers can leave no gap and cannot overlap. The last tier is open.</remarks>
/// <param name="UpTo">The last quantity of the tier; null for the open one.</param>
/// <param name="Amount">The price of <paramref name="Per"/> units.</param>
/// <param name="Per">How many units the amount is for; above 0.</param>
/// <param name="Flat">Charged once when the tier is entered. It is prorated.</param>
public sealed record Tier(decimal? UpTo, decimal Amount, decimal Per = 1m, decimal Flat = 0m);

/// <summary>A tier that costs one amount, whatever is used inside it.</summary>
/// <param name="UpTo">The last quantity of the tier; null for the open one.</param>
/// <param name="Flat">Its price. It is prorated.</param>
public sealed record FlatTier(decimal? UpTo, decimal Flat);

/// <summary>A tier that costs a share of the value inside it.</summary>
/// <param name="UpTo">The last value of the tier; null for the open one.</param>
/// <param name="Percent">The share, in hundredths.</param>
/// <param name="Flat">Charged once when the tier is entered. It is prorated.</param>
public sealed record PercentTier(decimal? UpTo, decimal Percent, decimal Flat = 0m);
