namespace Portal.Layout;

/// <summary>Whose portal it is, as it stands on every page.</summary>
internal static class Brand
{
    internal const string Name = "Portal";
}
