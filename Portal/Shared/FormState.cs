using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Shared;

/// <summary>What became of what a person sent: under way, done, or refused, with a sentence for each field at fault.</summary>
public sealed class FormState
{
    private IReadOnlyList<(string Path, string Message)> _errors = [];

    /// <summary>Whether it is under way: the button waits.</summary>
    public bool IsBusy { get; private set; }

    /// <summary>What was refused as a whole, in a sentence; null where nothing was.</summary>
    public string? Problem { get; private set; }

    /// <summary>What is wrong with a field, by its path; null where nothing is.</summary>
    public string? At(string path) => _errors.FirstOrDefault(error => error.Path == path).Message;

    /// <summary>What is wrong with a field or a part of it.</summary>
    public string? Under(string path) => _errors.FirstOrDefault(error =>
        error.Path.StartsWith(path, StringComparison.Ordinal) && (error.Path.Length == path.Length || error.Path[path.Length] is '.' or '[')).Message;

    /// <summary>Does it once, whatever is clicked meanwhile, and keeps what was refused.</summary>
    /// <returns>Whether it was done.</returns>
    public async Task<bool> Try(Func<Task> action)
    {
        ArgumentNullException.ThrowIfNull(action);
        if (IsBusy)
        {
            return false;
        }

        (IsBusy, Problem, _errors) = (true, null, []);
        try
        {
            await action();
            return true;
        }
        catch (InvalidInputException invalid)
        {
            _errors = invalid.Errors.Items;
            Problem = _errors.Count == 1 ? "One field cannot be taken as it is." : $"{_errors.Count} fields cannot be taken as they are.";
        }
        catch (Refusal refusal)
        {
            Problem = refusal.Message;
        }
        catch (Exception failure) when (DatabaseAway.Is(failure))
        {
            Problem = "The database does not answer at the moment, so nothing was changed. What you entered is still here: try again.";
        }
        finally
        {
            IsBusy = false;
        }

        return false;
    }
}
