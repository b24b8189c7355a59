namespace Portal.Domain.Values;

/// <summary>Why the domain refuses a request; each kind is one HTTP status at the edge.</summary>
public enum RefusalKind
{
    /// <summary>The thing does not exist, or is not the caller's: the two are told apart nowhere (404).</summary>
    NotFound,

    /// <summary>The caller is known but may not do this (403).</summary>
    Forbidden,

    /// <summary>The state of the thing does not allow it now (409).</summary>
    Conflict,

    /// <summary>The request makes no sense as it stands (422).</summary>
    Invalid,

    /// <summary>A part that is needed is away; trying again later may work (503).</summary>
    Unavailable,
}

/// <summary>A request that the domain refuses, with a sentence for the person who made it.</summary>
/// <param name="kind">Which kind of refusal, so that the edge can pick a status.</param>
/// <param name="code">A stable machine-readable code in snake_case.</param>
/// <param name="message">A sentence that names the thing and the remedy.</param>
public sealed class Refusal(RefusalKind kind, string code, string message) : Exception(message)
{
    /// <summary>Which kind of refusal.</summary>
    public RefusalKind Kind { get; } = kind;

    /// <summary>A stable machine-readable code in snake_case.</summary>
    public string Code { get; } = code;

    /// <summary>The thing does not exist, or is not the caller's.</summary>
    public static Refusal NotFound(string thing, string name) =>
        new(RefusalKind.NotFound, "not_found", $"There is no {thing} '{name}'.");

    /// <summary>The caller may not do this.</summary>
    public static Refusal Forbidden(string message) => new(RefusalKind.Forbidden, "forbidden", message);

    /// <summary>The state of the thing does not allow it now.</summary>
    public static Refusal Conflict(string code, string message) => new(RefusalKind.Conflict, code, message);

    /// <summary>The request makes no sense as it stands.</summary>
    public static Refusal Invalid(string code, string message) => new(RefusalKind.Invalid, code, message);
}
