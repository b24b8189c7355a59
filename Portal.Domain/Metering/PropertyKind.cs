using Portal.Domain.Values;

namespace Portal.Domain.Metering;

/// <summary>What kind of JSON value a property has; 1 and "1" are different content.</summary>
public enum PropertyKind
{
    /// <summary>A string; where it is a decimal by <see cref="DecimalText"/>, it serves as a meter's value too.</summary>
    Text,

    /// <summary>A number within the API's grammar.</summary>
    Number,

    /// <summary>True or false.</summary>
    Boolean,

    /// <summary>A number outside the API's grammar, such as 1e5: the event is refused, with a code that depends on whether a meter wants it.</summary>
    ForeignNumber,
}
