using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Grains.Users;

/* The texts of refresh tokens, <user>.<session>.<secret>, and connection tickets, <user>.<secret>: the user (base64url, since an id may hold a
 * dot) only says which grain to ask; 256 random bits are what is trusted. Servers keep nothing but the SHA-256 of the whole text. */
internal static class OpaqueTokens
{
    private const int SecretBytes = 32;
    private const int MaxLength = 200;

    public static string NewRefresh(string userId, string sessionId) => $"{Encode(userId)}.{sessionId}.{Secret()}";

    public static string NewTicket(string userId) => $"{Encode(userId)}.{Secret()}";

    public static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));

    /// <summary>The user that a token says it is of; null when it cannot be one of ours.</summary>
    public static string? UserOf(string token)
    {
        var end = token.Length > MaxLength ? -1 : token.IndexOf('.', StringComparison.Ordinal);
        if (end <= 0 || !Base64Url.IsValid(token.AsSpan(0, end)))
            return null;
        var userId = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(token.AsSpan(0, end)));
        return Ids.IsValid(userId) ? userId : null;
    }

    private static string Encode(string userId) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(userId));

    private static string Secret() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(SecretBytes));
}
