using Portal.Domain.Values;

namespace Portal.Shared;

/// <summary>How far the reading of a page has come; <see cref="Loaded"/> says it.</summary>
public interface IReadState
{
    /// <summary>Whether there is something to show.</summary>
    bool IsFilled { get; }

    /// <summary>Why the page is not shown to this person; null where nothing stands against it.</summary>
    Refusal? Refused { get; }

    /// <summary>Whether the last reading failed: with something to show, that is stale.</summary>
    bool IsFailed { get; }

    /// <summary>Reads again.</summary>
    Task Retry();
}
