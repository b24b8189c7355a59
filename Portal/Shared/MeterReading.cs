namespace Portal.Shared;

/// <summary>How far a meter has come.</summary>
public enum MeterState
{
    /// <summary>Below 80 %.</summary>
    Fine,

    /// <summary>From 80 %.</summary>
    Near,

    /// <summary>Exactly 100 %.</summary>
    Full,

    /// <summary>Above 100 %.</summary>
    Over,
}

/// <summary>Use against a limit, and where its marks lie on a bar. Pure: the words and the geometry that every meter shares.</summary>
/// <param name="Used">What is used; a negative use is drawn as none.</param>
/// <param name="Limit">What 100 % is.</param>
/// <param name="Bound">Where access ends: the limit itself, or the end of its soft band; null for included units, which end nothing.</param>
public sealed record MeterReading(decimal Used, decimal Limit, decimal? Bound = null)
{
    private const decimal NearPercent = 80;

    // A hard cap shows a little of what lies behind it, so that its mark is not the edge of the bar.
    private const decimal RoomBehindCap = 1.1m;

    /// <summary>What is used in percent of the limit; 100 of a limit of zero.</summary>
    public decimal Percent => Limit <= 0 ? 100 : Used / Limit * 100;

    /// <summary>How far it has come.</summary>
    public MeterState State => Percent switch
    {
        < NearPercent => MeterState.Fine,
        < 100 => MeterState.Near,
        100 => MeterState.Full,
        _ => MeterState.Over,
    };

    /// <summary>The part of the bar up to the limit that is filled, in percent of the bar.</summary>
    public decimal Fill => Share(Math.Min(Used, Limit));

    /// <summary>The part of the bar beyond the limit that is filled, in percent of the bar.</summary>
    public decimal Overflow => Share(Used) - Share(Math.Min(Used, Limit));

    /// <summary>Where 80 % lies, in percent of the bar.</summary>
    public decimal Mark80 => Share(Limit * NearPercent / 100);

    /// <summary>Where 100 % lies, in percent of the bar.</summary>
    public decimal Mark100 => Share(Limit);

    /// <summary>The least value of the meter for assistive technology: 0.</summary>
    public decimal Now => Math.Max(0, Used);

    /// <summary>The greatest value for assistive technology: the limit, or what is used where that is more, since a meter may not exceed its maximum.</summary>
    public decimal Max => Math.Max(Limit, Now);

    /// <summary>The state in words, to stand after the figures; empty while all is fine.</summary>
    public string Words => State switch
    {
        MeterState.Fine => "",
        MeterState.Near => "near the limit",
        MeterState.Full => "limit reached",
        MeterState.Over => "over limit",
    };

    /// <summary>What the state means for the reader.</summary>
    public Tone Tone => State switch
    {
        MeterState.Fine => Tone.Ok,
        MeterState.Near => Tone.Warn,
        MeterState.Full or MeterState.Over => Tone.Bad,
    };

    private decimal Axis => Math.Max(Math.Max(Limit * (Bound is null ? 1 : RoomBehindCap), Bound ?? 0), Math.Max(Used, 0)) is > 0 and var axis ? axis : 1;

    private decimal Share(decimal value) => Math.Clamp(value / Axis * 100, 0, 100);
}
