using System.Globalization;

namespace Portal.Domain.Storage;

/// <summary>PostgreSQL's main process, as its pid file in the data folder tells.</summary>
/// <param name="ProcessId">The process number.</param>
/// <param name="DataFolder">The data folder's real path, without symbolic links.</param>
internal sealed record Postmaster(int ProcessId, string DataFolder)
{
    private const string FileName = "postmaster.pid";

    // After the process, the folder, the start and the port.
    private const int SocketFolderLine = 4;

    /// <summary>The postmaster that the pid file names, whether it still lives or not; null where there is no file.</summary>
    public static Postmaster? Read(string dataFolder)
    {
        try
        {
            var first = File.ReadLines(FileIn(dataFolder)).FirstOrDefault();
            return int.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? new Postmaster(id, dataFolder) : null;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Where the server of a data folder listens, by its pid file; null where none lives.</summary>
    public static string? SocketFolderOf(string dataFolder) =>
        Read(dataFolder) is { } postmaster && postmaster.IsAlive() ? File.ReadLines(FileIn(dataFolder)).ElementAtOrDefault(SocketFolderLine) : null;

    /// <summary>The pid file in a data folder. A clean stop removes it, a crash leaves it behind.</summary>
    public static string FileIn(string dataFolder) => Path.Combine(dataFolder, FileName);

    /// <summary>Whether that process is there and works in this data folder: a process number is given out again after a crash or a reboot.</summary>
    /// <remarks>A dead process that nobody collected counts as gone, though its number is still taken.</remarks>
    public bool IsAlive() => WorkingFolder(ProcessId.ToString(CultureInfo.InvariantCulture)) == DataFolder;

    /// <summary>The processes that work in the data folder: the postmaster and its children, which may outlive it for a moment.</summary>
    public static IReadOnlyList<int> ProcessesIn(string dataFolder) =>
        [.. Directory.EnumerateDirectories("/proc")
            .Select(Path.GetFileName)
            .Where(name => name!.All(char.IsAsciiDigit))
            .Where(name => WorkingFolder(name!) == dataFolder)
            .Select(name => int.Parse(name!, CultureInfo.InvariantCulture))];

    private static string? WorkingFolder(string process)
    {
        try
        {
            // Empty for a dead process that nobody collected, refused for one of another user's: neither is ours.
            return new FileInfo($"/proc/{process}/cwd").LinkTarget;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
