namespace Portal.Tests.Shared;

/// <summary>Where the sources lie.</summary>
public static class Repository
{
    /// <summary>The folder that holds <c>Portal.sln</c>.</summary>
    public static string Root { get; } = Find();

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Portal.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("No folder above the tests holds Portal.sln.");
    }
}
