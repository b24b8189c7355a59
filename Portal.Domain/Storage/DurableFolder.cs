using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Portal.Domain.Storage;

/// <summary>Makes what happens to the files of a folder survive a power failure: .NET flushes files, but not the folder that names them.</summary>
internal static class DurableFolder
{
    // O_RDONLY | O_CLOEXEC, the same on every Linux that .NET runs on.
    private const int ReadOnly = 0x80000;

    /// <summary>Flushes the folder's entries: files that were made, renamed or deleted.</summary>
    /// <exception cref="IOException">The disk refuses.</exception>
    public static void Flush(string folder)
    {
        var handle = Open(Encoding.UTF8.GetBytes(folder + '\0'), ReadOnly);
        if (handle < 0)
        {
            throw Failure(folder);
        }

        using var owned = new SafeFileHandle(handle, ownsHandle: true);
        if (FSync(handle) != 0)
        {
            throw Failure(folder);
        }
    }

    /// <summary>Puts a file under its name whole or not at all, flushed to the disk, readable by its owner alone.</summary>
    /// <exception cref="IOException">The disk refuses; the file is as it was.</exception>
    public static void WriteWhole(string path, ReadOnlySpan<byte> content)
    {
        var aside = path + ".new";
        try
        {
            using (var file = File.OpenHandle(aside, FileMode.Create, FileAccess.Write))
            {
                File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
                RandomAccess.Write(file, content, 0);
                RandomAccess.FlushToDisk(file);
            }

            File.Move(aside, path, overwrite: true);
        }
        catch
        {
            File.Delete(aside);
            throw;
        }

        Flush(Path.GetDirectoryName(path)!);
    }

    private static IOException Failure(string folder) =>
        new($"The folder {folder} cannot be flushed to the disk: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}.");

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int Open(byte[] path, int flags);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int FSync(int handle);
}
