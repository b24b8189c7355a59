namespace Portal.Accounts.SigningIn;

/// <summary>Addresses that a form hands back: only those of this portal are followed, so that a link cannot lead a signed-in person elsewhere.</summary>
internal static class LocalAddress
{
    /// <summary>The address if it is a path of this portal, else <paramref name="fallback"/>.</summary>
    internal static string Or(string? address, string fallback) =>
        address is ['/', ..] and not ['/', '/' or '\\', ..] && !address.Any(char.IsControl) ? address : fallback;
}
