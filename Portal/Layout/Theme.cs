namespace Portal.Layout;

/// <summary>Light or dark, as a person chose it; kept in a cookie, so that the server writes the right one into the first byte and nothing flashes.</summary>
internal static class Theme
{
    internal const string Cookie = "theme";

    /// <summary>"light" or "dark"; null follows the system.</summary>
    internal static string? Of(HttpContext context) =>
        context.Request.Cookies[Cookie] is "light" or "dark" ? context.Request.Cookies[Cookie] : null;
}
