using Portal.Domain.Values;

namespace Portal.Domain.Accounts;

/// <summary>A postal address, as lines that are printed and not interpreted.</summary>
/// <param name="Line1">Street and number, or a box.</param>
/// <param name="Line2">What follows on a line of its own.</param>
/// <param name="PostalCode">The postal code.</param>
/// <param name="City">The city.</param>
/// <param name="Region">State or province.</param>
/// <param name="Country">ISO 3166-1 alpha-2 code, where the address names one.</param>
public sealed record PostalAddress(
    string? Line1 = null, string? Line2 = null, string? PostalCode = null, string? City = null, string? Region = null, string? Country = null)
{
    private const int LineMax = 200;

    /// <summary>The lines as they are printed; those without content are left out.</summary>
    public IEnumerable<string> Lines() =>
        new[] { Line1, Line2, string.Join(" ", new[] { PostalCode, City }.Where(HasContent)), Region, Country }.Where(HasContent).Select(line => line!);

    internal void Check(string path, FieldErrors errors)
    {
        PlainText.CheckOptional(Line1, FieldErrors.Path(path, "line1"), LineMax, errors);
        PlainText.CheckOptional(Line2, FieldErrors.Path(path, "line2"), LineMax, errors);
        PlainText.CheckOptional(PostalCode, FieldErrors.Path(path, "postalCode"), LineMax, errors);
        PlainText.CheckOptional(City, FieldErrors.Path(path, "city"), LineMax, errors);
        PlainText.CheckOptional(Region, FieldErrors.Path(path, "region"), LineMax, errors);
        if (Country is not null && !Countries.IsCode(Country))
        {
            errors.Add(FieldErrors.Path(path, "country"), CustomerDetails.CountryRule);
        }
    }

    private static bool HasContent(string? text) => !string.IsNullOrWhiteSpace(text);
}
