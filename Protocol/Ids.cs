using System.Security.Cryptography;
using System.Text;

namespace Orleans.Chat.Protocol;

/// <summary>The rules of ids: 1 to 36 of <c>A-Z a-z 0-9 - _ .</c>, the first a letter or digit, compared exactly.</summary>
public static class Ids
{
    /// <summary>The longest id, in characters.</summary>
    public const int MaxLength = 36;

    /// <summary>What the ids of direct chats begin with; nobody may choose such an id.</summary>
    public const string DirectPrefix = "d-";

    /// <summary>Whether this is an id.</summary>
    public static bool IsValid(string? id)
    {
        if (id is null || id.Length is 0 or > MaxLength || !char.IsAsciiLetterOrDigit(id[0]))
            return false;
        foreach (var c in id)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or '.'))
                return false;
        }
        return true;
    }

    /// <summary>Whether this is a UUID in its canonical form of 36 characters, as message ids are.</summary>
    public static bool IsUuid(string? id) => id is { Length: 36 } && Guid.TryParseExact(id, "D", out _);

    /// <summary>Whether this is the id of a direct chat.</summary>
    public static bool IsDirect(string chatId) => chatId.StartsWith(DirectPrefix, StringComparison.Ordinal);

    /// <summary>
    /// The one direct chat of two people: <c>d-</c> and 34 characters of the SHA-256 of the sorted pair (136 bits), so that both
    /// find it without asking anybody.
    /// </summary>
    public static string Direct(string one, string other)
    {
        var (first, second) = string.CompareOrdinal(one, other) <= 0 ? (one, other) : (other, one);
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(first + "\n" + second));
        return DirectPrefix + Convert.ToHexStringLower(hash.AsSpan(0, 17));
    }

    /// <summary>A new id, UUID version 7.</summary>
    public static string New() => Guid.CreateVersion7().ToString();
}
