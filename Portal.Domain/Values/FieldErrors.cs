namespace Portal.Domain.Values;

/// <summary>What is wrong with an input, each with the path of its field, such as <c>prices[2].rate.tiers[1].upTo</c>.</summary>
/// <remarks>A reader of input collects all errors, so that a person mends them in one go.</remarks>
public sealed class FieldErrors
{
    private readonly List<(string Path, string Message)> _errors = [];

    /// <summary>Whether anything is wrong.</summary>
    public bool Any => _errors.Count > 0;

    /// <summary>The errors, in the order in which they were found.</summary>
    public IReadOnlyList<(string Path, string Message)> Items => _errors;

    /// <summary>Notes an error; the message is a sentence that says how to mend it.</summary>
    public void Add(string path, string message) => _errors.Add((path, message));

    /// <summary>The path of a field inside another: <c>price</c> and <c>rate</c> make <c>price.rate</c>.</summary>
    public static string Path(string parent, string field) => parent.Length == 0 ? field : $"{parent}.{field}";

    /// <summary>The messages by path, as the <c>errors</c> of problem+json.</summary>
    public IDictionary<string, string[]> ToDictionary() => _errors
        .GroupBy(error => error.Path, StringComparer.Ordinal)
        .ToDictionary(field => field.Key, field => field.Select(error => error.Message).ToArray(), StringComparer.Ordinal);

    /// <summary>Throws <see cref="InvalidInputException"/> when anything is wrong.</summary>
    public void ThrowIfAny()
    {
        if (Any)
        {
            throw new InvalidInputException(this);
        }
    }
}

/// <summary>An input that cannot be taken: the API answers it with 422 and the fields at fault, a page shows them beside their fields.</summary>
public sealed class InvalidInputException(FieldErrors errors)
    : Exception(string.Join(" ", errors.Items.Select(error => error.Path.Length == 0 ? error.Message : $"{error.Path}: {error.Message}")))
{
    /// <summary>The fields at fault.</summary>
    public FieldErrors Errors { get; } = errors;

    /// <summary>One field that is wrong.</summary>
    public static InvalidInputException At(string path, string message)
    {
        var errors = new FieldErrors();
        errors.Add(path, message);
        return new InvalidInputException(errors);
    }
}
