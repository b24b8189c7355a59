using System.Text.RegularExpressions;

namespace Portal.Domain.Tests.Tidy;

/// <summary>A rule that the compiler does not know.</summary>
/// <param name="Remedy">What is wrong and what to do, as the end of a sentence that begins with the file.</param>
/// <param name="Applies">The files that it is about.</param>
/// <param name="Find">The offsets of its violations in the text that it looks at.</param>
public sealed record Rule(string Remedy, Func<SourceFile, bool> Applies, Func<SourceFile, IEnumerable<(string Text, int Offset)>> Find)
{
    /// <summary>A rule against a pattern in code, comments and strings left aside.</summary>
    public static Rule AgainstCode(Regex pattern, Func<SourceFile, bool> applies, string remedy) => Against(pattern, file => file.Code, applies, remedy);

    /// <summary>A rule against a pattern in code and in strings, such as SQL.</summary>
    public static Rule AgainstText(Regex pattern, Func<SourceFile, bool> applies, string remedy) => Against(pattern, file => file.WithoutComments, applies, remedy);

    /// <summary>A rule against a pattern anywhere, comments too.</summary>
    public static Rule AgainstAll(Regex pattern, Func<SourceFile, bool> applies, string remedy) => Against(pattern, file => file.Text, applies, remedy);

    /// <summary>A sentence for each violation in these files.</summary>
    public IReadOnlyList<string> ViolationsIn(IEnumerable<SourceFile> files) =>
        [.. from file in files
            where Applies(file)
            from found in Find(file)
            let line = found.Text.AsSpan(0, found.Offset).Count('\n') + 1
            select $"{file.Path}:{line} {Remedy}"];

    private static Rule Against(Regex pattern, Func<SourceFile, string> look, Func<SourceFile, bool> applies, string remedy) =>
        new(remedy, applies, file => pattern.Matches(look(file)).Select(match => (look(file), match.Index)));
}
