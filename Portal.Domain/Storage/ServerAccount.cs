namespace Portal.Domain.Storage;

/// <summary>The user that PostgreSQL runs as. It refuses root, so a host that runs as root starts it as another one.</summary>
/// <param name="User">That user's name.</param>
/// <param name="Group">Its own group; null where the host itself is that user and has nothing to change.</param>
internal sealed record ServerAccount(string User, string? Group)
{
    /// <summary>The user that Debian's PostgreSQL package makes.</summary>
    private const string DebianUser = "postgres";

    /// <summary>The owner of a database that is there already, else the host's own user, else (for root) Debian's.</summary>
    public static async Task<ServerAccount> For(string folder, CancellationToken cancellation)
    {
        // An empty folder, made by hand or by a mistake, says nothing about an owner. It is made again with the right one.
        await ChildProgram.Run(["rmdir", "--", folder], cancellation);
        var owner = Directory.Exists(folder) ? await OwnerOf(folder, cancellation) : null;
        if (!Environment.IsPrivilegedProcess)
        {
            var self = Environment.UserName;
            return owner is null || owner == self
                ? new ServerAccount(self, Group: null)
                : throw new StartException($"The private database in {folder} belongs to the user '{owner}', and this host runs as '{self}'. Start it as "
                    + $"'{owner}' (or as root, where root started it first), or hand the folder over: chown -R {self} {folder}");
        }

        if (owner == "root")
        {
            throw new StartException($"The private database in {folder} belongs to root, and PostgreSQL refuses to run as root. "
                + $"Hand it over: chown -R {DebianUser}: {folder}");
        }

        var user = owner ?? DebianUser;
        var group = await ChildProgram.Run(["id", "-gn", user], cancellation);
        return group.Succeeded
            ? new ServerAccount(user, group.Output)
            : throw new StartException($"PostgreSQL refuses to run as root, and this machine has no user '{user}' to run it as. Make one "
                + $"(adduser --system --group {user}), or start the Portal as another user than root.");
    }

    /// <summary>The command line that runs a program as this user.</summary>
    public IEnumerable<string> CommandLine(IEnumerable<string> program) =>
        Group is null ? program : ["setpriv", $"--reuid={User}", $"--regid={Group}", "--init-groups", "--", .. program];

    /// <summary>Makes an empty folder that only this user (and root) may enter.</summary>
    public async Task MakePrivateFolder(string folder, CancellationToken cancellation)
    {
        string[] owner = Group is null ? [] : ["-o", User, "-g", Group];
        var made = await ChildProgram.Run(["install", "-d", "-m", "700", .. owner, "--", folder], cancellation);
        if (!made.Succeeded)
        {
            throw new StartException($"The folder {folder} cannot be made for the user '{User}': {made.Output}. Make its parent folder writable, "
                + "or set Portal__DataFolder to a folder that is.");
        }
    }

    /// <summary>Whether the folder is this user's own and closed to everybody else.</summary>
    public async Task<bool> OwnsAlone(string folder, CancellationToken cancellation)
    {
        var answer = await ChildProgram.Run(["stat", "-c", "%U %a %F", "--", folder], cancellation);
        return answer.Output == $"{User} 700 directory";
    }

    /// <summary>Checks that this user may pass through the folder and every one above it.</summary>
    /// <exception cref="StartException">One is closed; the message names it and the remedy.</exception>
    public async Task MustReach(string folder, CancellationToken cancellation)
    {
        if (await MayEnter(folder, cancellation))
        {
            return;
        }

        var closed = folder;
        for (var parent = Path.GetDirectoryName(folder); parent is not null && !await MayEnter(parent, cancellation); parent = Path.GetDirectoryName(parent))
        {
            closed = parent;
        }

        throw new StartException($"The folder {closed} is closed to the user '{User}', and the private database lies below it. (PostgreSQL refuses to run as "
            + $"root, so it runs as '{User}'.) Put the data elsewhere: Portal__DataFolder=/var/lib/portal; or let others pass through: chmod o+x {closed}");
    }

    private async Task<bool> MayEnter(string folder, CancellationToken cancellation) =>
        (await ChildProgram.Run(CommandLine(["test", "-x", folder]), cancellation)).Succeeded;

    private static async Task<string> OwnerOf(string folder, CancellationToken cancellation)
    {
        var owner = await ChildProgram.Run(["stat", "-c", "%U", "--", folder], cancellation);
        return owner.Succeeded ? owner.Output : throw new StartException($"The folder {folder} cannot be looked at: {owner.Output}.");
    }
}
