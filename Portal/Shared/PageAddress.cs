namespace Portal.Shared;

/// <summary>The address of a page or file with what was asked for.</summary>
internal static class PageAddress
{
    /// <summary>The path with a query of the words that are given.</summary>
    /// <param name="path">Below the root, without a slash before it.</param>
    /// <param name="words">Names and what they stand for; what is empty is left out.</param>
    public static string Of(string path, params (string Name, string? Value)[] words)
    {
        var query = words.Where(word => !string.IsNullOrWhiteSpace(word.Value)).Select(word => $"{word.Name}={Uri.EscapeDataString(word.Value!.Trim())}").ToList();
        return query.Count == 0 ? path : $"{path}?{string.Join('&', query)}";
    }
}
