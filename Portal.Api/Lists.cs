using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Mvc;
using Portal.Domain.Values;

namespace Portal.Api;

/// <summary>Which page of a list is asked for: <c>?limit=</c> (1 to 1,000, clamped, 50 where none is given) and <c>&amp;after=</c>.</summary>
/// <param name="Limit">The most items of the page.</param>
/// <param name="After">The <c>next</c> of the page before; nothing for the first page.</param>
public sealed record ListQuery(
    [property: FromQuery(Name = "limit")] int? Limit = null,
    [property: FromQuery(Name = "after")] string? After = null)
{
    /// <summary>The largest page.</summary>
    public const int LimitMax = 1_000;

    /// <summary>The page where no limit is given.</summary>
    public const int LimitDefault = 50;

    /// <summary>How many rows to read: one more than the page holds, which says whether there is a next one.</summary>
    public int Take => Size + 1;

    /// <summary>How many items the page holds.</summary>
    public int Size => Math.Clamp(Limit ?? LimitDefault, 1, LimitMax);

    /// <summary>The number after which the page begins; <see cref="long.MinValue"/> for the first page.</summary>
    public long AfterNumber => Cursor() is not { } text ? long.MinValue
        : long.TryParse(text, CultureInfo.InvariantCulture, out var number) ? number
        : throw Bad();

    /// <summary>The id after which the page begins; the empty one for the first page.</summary>
    public Guid AfterId => Cursor() is not { } text ? Guid.Empty : Guid.TryParse(text, out var id) ? id : throw Bad();

    /// <summary>Whether a row of a list that is ordered by key belongs to this page or a later one.</summary>
    public bool IsAfter(string key) => Cursor() is not { } text || string.CompareOrdinal(key, text) > 0;

    /// <summary>A page of what was read with <see cref="Take"/>.</summary>
    /// <param name="rows">The rows, in the order of the list.</param>
    /// <param name="place">What says where a row stands in the order; the next page begins after it.</param>
    /// <param name="show">A row as it is answered.</param>
    public Listing<TItem> Page<TRow, TItem>(IReadOnlyList<TRow> rows, Func<TRow, object> place, Func<TRow, TItem> show) => new(
        [.. rows.Take(Size).Select(show)],
        rows.Count > Size ? Base64Url.EncodeToString(Encoding.UTF8.GetBytes(Convert.ToString(place(rows[Size - 1]), CultureInfo.InvariantCulture)!)) : null);

    private string? Cursor()
    {
        if (string.IsNullOrEmpty(After))
        {
            return null;
        }

        return Base64Url.IsValid(After) ? Encoding.UTF8.GetString(Base64Url.DecodeFromChars(After)) : throw Bad();
    }

    private static InvalidInputException Bad() =>
        InvalidInputException.At("after", "This is no place in the list: pass on the 'next' of the page before as it is, or leave it out for the first page.");
}

/// <summary>A page of a list.</summary>
/// <param name="Items">The items.</param>
/// <param name="Next">What to send as <c>after</c> for the next page; null on the last one.</param>
public sealed record Listing<T>(IReadOnlyList<T> Items, string? Next);
