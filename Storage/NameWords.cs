using System.Globalization;
using System.Text;

namespace Orleans.Chat.Storage;

/* What names are searched by. The application folds and not the database: folding must not depend on a database's locale, and must be the
 * same in both. */
internal static class NameWords
{
    /// <summary>Above every text that begins with a prefix, in the order of code points: the end of the prefix's range.</summary>
    public const string Last = "\U0010FFFF";

    private const int MaxWord = 64;
    private const int MaxWords = 16;

    /// <summary>The words of a name, in lower case, with one space between.</summary>
    public static string Fold(string? name)
    {
        var words = new StringBuilder();
        foreach (var rune in (name ?? "").EnumerateRunes())
        {
            if (Rune.IsLetterOrDigit(rune) || Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark)
                words.Append(Rune.ToLowerInvariant(rune).ToString());
            else if (words.Length > 0 && words[^1] != ' ')
                words.Append(' ');
        }
        return words.ToString().TrimEnd();
    }

    /// <summary>What a user is found by the beginning of: its id in lower case, and its folded name from each word on.</summary>
    public static string[] OfUser(string userId, string displayName)
    {
        var words = new HashSet<string>(StringComparer.Ordinal) { userId.ToLowerInvariant() };
        var rest = Fold(displayName);
        for (var i = 0; i < MaxWords && rest.Length > 0; i++)
        {
            words.Add(Cut(rest));
            var space = rest.IndexOf(' ', StringComparison.Ordinal);
            rest = space < 0 ? "" : rest[(space + 1)..];
        }
        return [.. words];
    }

    /// <summary>The beginnings that a query asks for: as an id and as words. Empty for a query that can match nothing.</summary>
    public static string[] OfQuery(string query)
    {
        var prefixes = new HashSet<string>(StringComparer.Ordinal) { Cut(query.Trim().ToLowerInvariant()), Cut(Fold(query)) };
        prefixes.Remove("");
        return [.. prefixes];
    }

    /// <summary>Never between the halves of a surrogate pair.</summary>
    private static string Cut(string text) =>
        text.Length <= MaxWord ? text
        : char.IsHighSurrogate(text[MaxWord - 1]) ? text[..(MaxWord - 1)]
        : text[..MaxWord];
}
