using Portal.Domain.Storage;

namespace Portal.Domain.Metering.Spooling;

/// <summary>Makes the spool's folders, and sees to it that one process owns them.</summary>
internal static class SpoolLock
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Takes the folder until what is returned is disposed; null where another process has it.</summary>
    /// <exception cref="StartException">The folder cannot be used; the message says what to change.</exception>
    public static FileStream? Take(string folder, string quarantineFolder)
    {
        try
        {
            Directory.CreateDirectory(folder, Private);
            Directory.CreateDirectory(quarantineFolder, Private);
            DurableFolder.Flush(Path.GetDirectoryName(folder)!);

            // The kernel lets go of it when the process ends, however it ends.
            return new FileStream(Path.Combine(folder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new StartException($"The folder {folder} is not writable for the user '{Environment.UserName}'. Hand it over (chown) or name another data folder in Portal__DataFolder.", e);
        }
        catch (IOException) when (File.Exists(Path.Combine(folder, "lock")))
        {
            return null;
        }
        catch (IOException e)
        {
            throw new StartException($"The folder {folder}, which takes events while the database is away, cannot be used: {e.Message} Name another data folder in Portal__DataFolder.", e);
        }
    }
}
