namespace Portal.Domain.Metering;

/// <summary>An event that was not taken, and why.</summary>
/// <param name="Index">Its position in the request, from 0; in NDJSON the line.</param>
/// <param name="Id">Its id as far as it could be read; null where it could not.</param>
/// <param name="Code">One of <see cref="RejectionCode"/>.</param>
/// <param name="Message">A sentence with the remedy.</param>
public sealed record Rejection(int Index, string? Id, string Code, string Message);

/// <summary>The codes of rejections, as API.md has them.</summary>
public static class RejectionCode
{
    /// <summary>Its shape is wrong.</summary>
    public const string InvalidEvent = "invalid_event";

    /// <summary>The customer does not exist, or is not the caller's.</summary>
    public const string UnknownCustomer = "unknown_customer";

    /// <summary>No meter reads its type; it is kept for the operator.</summary>
    public const string UnknownType = "unknown_type";

    /// <summary>No meter of its type finds its value.</summary>
    public const string MissingValue = "missing_value";

    /// <summary>A meter's value is there but is no decimal.</summary>
    public const string InvalidValue = "invalid_value";

    /// <summary>It happened before the dedupe window.</summary>
    public const string TooOld = "too_old";

    /// <summary>It has not happened yet.</summary>
    public const string InFuture = "in_future";

    /// <summary>Another event has its id.</summary>
    public const string Conflict = "conflict";
}
