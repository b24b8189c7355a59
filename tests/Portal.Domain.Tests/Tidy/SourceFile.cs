using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace Portal.Domain.Tests.Tidy;

/// <summary>A file of the repository that people write and read.</summary>
/// <param name="Path">From the repository's root, with slashes.</param>
/// <param name="Text">All of it.</param>
public sealed partial record SourceFile(string Path, string Text)
{
    private static readonly string[] s_folders = ["Portal", "Portal.Api", "Portal.Domain", "tests"];
    private static readonly string[] s_endings = [".cs", ".razor", ".csproj"];
    private static readonly string[] s_notWritten = ["/bin/", "/obj/", "/Migrations/", "/wwwroot/"];

    /// <summary>How many lines it has.</summary>
    public int Lines => Text.AsSpan().Count('\n') + (Text.EndsWith('\n') ? 0 : 1);

    /// <summary>The text without comments: strings, and with them SQL, are still there. Line breaks stay, so that line numbers hold.</summary>
    public string WithoutComments => Tokens().Replace(Text, token => token.Value.StartsWith('/') ? Breaks(token) : token.Value);

    /// <summary>What the compiler acts upon: no comments, no text in quotes.</summary>
    public string Code => Tokens().Replace(Text, token => token.Value.StartsWith('/') ? Breaks(token) : "\"\"" + Breaks(token));

    /// <summary>Whether it lies below one of these folders, each with a slash at its end.</summary>
    public bool IsBelow(params string[] folders) => folders.Any(folder => Path.StartsWith(folder, StringComparison.Ordinal));

    /// <summary>Every file but those that a tool writes, and these rules with their planted violations.</summary>
    public static IReadOnlyList<SourceFile> OfRepository()
    {
        var root = Root;
        return [.. s_folders.SelectMany(folder => Directory.EnumerateFiles(System.IO.Path.Combine(root, folder), "*", SearchOption.AllDirectories))
            .Where(file => s_endings.Contains(System.IO.Path.GetExtension(file)))
            .Select(file => (File: file, Path: System.IO.Path.GetRelativePath(root, file)))
            .Where(found => !s_notWritten.Any(part => ("/" + found.Path).Contains(part, StringComparison.Ordinal)))
            .Where(found => !found.Path.Contains("/Tidy", StringComparison.Ordinal))
            .Select(found => new SourceFile(found.Path, File.ReadAllText(found.File)))];
    }

    /// <summary>The repository's folder.</summary>
    public static string Root { get; } = Above();

    private static string Above([CallerFilePath] string here = "")
    {
        var folder = Directory.GetParent(here);
        while (folder is not null && !File.Exists(System.IO.Path.Combine(folder.FullName, "Portal.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException($"No folder above {here} holds Portal.sln.");
    }

    private static string Breaks(Match token) => new('\n', token.Value.Count(character => character == '\n'));

    [GeneratedRegex("""
        "{3,}[\s\S]*?"{3,}|@"(?:""|[^"])*"|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])'|//[^\n]*|/\*[\s\S]*?\*/
        """, RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex Tokens();
}
