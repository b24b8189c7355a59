using System.Diagnostics;
using System.Globalization;

namespace Portal.Tests.Shared;

/// <summary>A test that needs a small disk of its own (a tmpfs), which only a user who may mount one can have.</summary>
public sealed class SmallDiskFactAttribute : FactAttribute
{
    private static readonly Lazy<bool> s_mayMount = new(MayMount);

    public SmallDiskFactAttribute() => Skip = s_mayMount.Value ? null : "It mounts a small tmpfs, which this user may not here: run it as root, outside of a closed container.";

    private static bool MayMount()
    {
        var folder = Directory.CreateTempSubdirectory("portal-mount-").FullName;
        try
        {
            return Environment.IsPrivilegedProcess && Succeeds("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder) && Succeeds("umount", folder);
        }
        finally
        {
            Directory.Delete(folder);
        }
    }

    private static bool Succeeds(string program, params string[] arguments)
    {
        using var run = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        run.WaitForExit();
        return run.ExitCode == 0;
    }
}

/// <summary>A small tmpfs that a test fills and frees.</summary>
public sealed class SmallDisk : IAsyncDisposable
{
    private SmallDisk(string folder) => Folder = folder;

    /// <summary>Where it is mounted.</summary>
    public string Folder { get; }

    private string Ballast => Path.Combine(Folder, "ballast");

    /// <summary>Mounts one on a folder.</summary>
    public static async Task<SmallDisk> Make(string folder, int megabytes)
    {
        Directory.CreateDirectory(folder);
        await Run("mount", "-t", "tmpfs", "-o", string.Create(CultureInfo.InvariantCulture, $"size={megabytes}m"), "tmpfs", folder);
        return new SmallDisk(folder);
    }

    /// <summary>Takes all the room that is left.</summary>
    public void Fill()
    {
        using var ballast = new FileStream(Ballast, FileMode.Create);
        try
        {
            // In small steps, so that not even a page is left.
            for (var page = new byte[4096]; ;)
            {
                ballast.Write(page);
                ballast.Flush();
            }
        }
        catch (IOException)
        {
            // Full.
        }
    }

    /// <summary>Gives it back.</summary>
    public void Free() => File.Delete(Ballast);

    public async ValueTask DisposeAsync() => await Run("umount", "--lazy", Folder);

    private static async Task Run(string program, params string[] arguments)
    {
        using var run = Process.Start(program, arguments);
        await run.WaitForExitAsync();
        Assert.Equal(0, run.ExitCode);
    }
}
