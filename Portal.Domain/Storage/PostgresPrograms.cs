using System.Globalization;

namespace Portal.Domain.Storage;

/// <summary>The folder of PostgreSQL's server programs (initdb, pg_ctl, postgres) and the major version that they are.</summary>
internal sealed record PostgresPrograms(string Folder, int Version)
{
    /// <summary>The oldest major version that the schema works on.</summary>
    public const int OldestVersion = 15;

    private static readonly string[] s_needed = ["initdb", "pg_ctl", "postgres"];

    /// <summary>Where Debian keeps them, newest first, then the folders of PATH.</summary>
    public static IEnumerable<string> UsualFolders()
    {
        const string debian = "/usr/lib/postgresql";
        var ofDebian = Directory.Exists(debian)
            ? Directory.GetDirectories(debian).OrderByDescending(VersionInPath).Select(folder => Path.Combine(folder, "bin"))
            : [];
        var ofPath = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries);
        return ofDebian.Concat(ofPath);
    }

    /// <summary>Finds the programs that can open a database made by <paramref name="made"/>, or the newest ones where none was made yet.</summary>
    /// <exception cref="StartException">None are there, or none of a version that fits; the message says which Debian package to install.</exception>
    public static async Task<PostgresPrograms> Find(IEnumerable<string> folders, int? made, CancellationToken cancellation)
    {
        var found = new List<int>();
        foreach (var folder in folders.Where(IsComplete))
        {
            var version = await VersionOf(folder, cancellation);
            found.Add(version);
            if (made is { } exactly ? version == exactly : version >= OldestVersion)
            {
                return new PostgresPrograms(folder, version);
            }
        }

        var others = found.Count == 0 ? "" : $" (found: {string.Join(", ", found.Distinct())})";
        throw new StartException(made is { } old
            ? $"The private database was made by PostgreSQL {old}, and the programs of that version are not on this machine{others}. Install Debian's package "
                + $"postgresql-{old}; or dump the database with them and load it into a newer one that ConnectionStrings__Portal names."
            : $"PostgreSQL's server programs, version {OldestVersion} or newer, are not on this machine{others}. Install Debian's package postgresql "
                + "(apt-get install postgresql), or name a database in ConnectionStrings__Portal.");
    }

    /// <summary>The full path of one of the programs.</summary>
    public string PathOf(string program) => Path.Combine(Folder, program);

    private static bool IsComplete(string folder) => s_needed.All(program => File.Exists(Path.Combine(folder, program)));

    private static int VersionInPath(string folder) =>
        int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : 0;

    private static async Task<int> VersionOf(string folder, CancellationToken cancellation)
    {
        // "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)", "postgres (PostgreSQL) 18beta1"
        var answer = await ChildProgram.Run([Path.Combine(folder, "postgres"), "--version"], cancellation);
        var digits = answer.Output.Split(") ").Skip(1).FirstOrDefault()?.TakeWhile(char.IsAsciiDigit) ?? [];
        return int.TryParse(string.Concat(digits), NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : 0;
    }
}
