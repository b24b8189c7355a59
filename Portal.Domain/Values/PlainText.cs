using System.Net.Mail;

namespace Portal.Domain.Values;

/// <summary>Checks of text that people enter: names, addresses, e-mail addresses.</summary>
public static class PlainText
{
    /// <summary>The longest name.</summary>
    public const int NameMax = 200;

    /// <summary>Notes an error where a text that must be there is blank, too long or holds control characters.</summary>
    public static void Check(string? text, string path, int max, FieldErrors errors)
    {
        ArgumentNullException.ThrowIfNull(errors);
        if (string.IsNullOrWhiteSpace(text))
        {
            errors.Add(path, "It is required, and may not be blank.");
        }
        else
        {
            CheckOptional(text, path, max, errors);
        }
    }

    /// <summary>Notes an error where a text that may be missing is too long or holds control characters.</summary>
    public static void CheckOptional(string? text, string path, int max, FieldErrors errors)
    {
        ArgumentNullException.ThrowIfNull(errors);
        if (text?.Length > max)
        {
            errors.Add(path, $"It is too long: at most {max} characters.");
        }
        else if (text?.Any(char.IsControl) == true)
        {
            errors.Add(path, "It holds a control character, such as a line break: remove it.");
        }
    }

    /// <summary>Notes an error where a text is no single e-mail address. Nothing that could end a mail's header passes.</summary>
    public static void CheckEmail(string? text, string path, FieldErrors errors)
    {
        ArgumentNullException.ThrowIfNull(errors);
        if (text is null || text.Length > 254 || text.Any(char.IsControl) || !MailAddress.TryCreate(text, out var address)
            || address.Address != text || !address.Host.Contains('.', StringComparison.Ordinal))
        {
            errors.Add(path, "This is no e-mail address: write it like name@example.com.");
        }
    }
}
