namespace Portal.Domain.Limits;

/// <summary>What prepaid credits still pay for a customer whose card sells for them alone.</summary>
/// <param name="Amount">What more may be used, before tax, in the customer's currency; 0 where nothing is left.</param>
/// <param name="Used">Usage of the running period when this was read.</param>
/// <param name="Period">The start of that period.</param>
public sealed record CreditsLeft(decimal Amount, decimal Used, DateTimeOffset Period)
{
    /// <summary>Whether nothing is left.</summary>
    public bool IsExhausted => Amount <= 0;

    /// <summary>Whether usage that waits on this host's disk goes beyond what was left and a reserve.</summary>
    /// <param name="facts">With the usage that waits.</param>
    internal bool IsExceededBy(AccessFacts facts) =>
        IsExhausted || facts.Used.Amount - (facts.Period?.Start == Period ? Used : 0) >= Amount + facts.ReserveOf(Amount);
}
