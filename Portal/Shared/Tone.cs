namespace Portal.Shared;

/// <summary>What a state means for the reader; each has a colour, which never stands without a word.</summary>
public enum Tone
{
    /// <summary>Neither good nor bad: a draft, a kind.</summary>
    Neutral,

    /// <summary>Fine.</summary>
    Ok,

    /// <summary>Look at this soon.</summary>
    Warn,

    /// <summary>Stopped or failed.</summary>
    Bad,
}

internal static class ToneClass
{
    internal static string ToClass(this Tone tone) => tone switch
    {
        Tone.Neutral => "neutral",
        Tone.Ok => "ok",
        Tone.Warn => "warn",
        Tone.Bad => "bad",
    };
}
