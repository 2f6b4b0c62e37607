using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.IdentityModel.Tokens;

namespace Orleans.Chat.Gateway.Auth;

/// <summary>A token whose signature was found good, by a key and within times that are compared again whenever it is shown.</summary>
internal sealed record VerifiedToken(TokenClaims Claims, SecurityKey Key, DateTime NotBefore, DateTime Expires);

/* A client shows the same token with each request, and to verify a signature costs as much as the rest of a small request. So what was verified is
 * remembered, under the token's hash: in memory there are no tokens, and one that differs anywhere is another. Only good ones are kept, so who has none
 * takes no room. When it is full, those that were not asked for go. */
internal sealed class VerifiedTokens : IDisposable
{
    private const int Most = 50_000;
    private readonly MemoryCache _cache = new(new MemoryCacheOptions { SizeLimit = Most });

    public VerifiedToken? Find(string token) => _cache.Get<VerifiedToken>(HashOf(token));

    public void Keep(string token, VerifiedToken verified) =>
        _cache.Set(HashOf(token), verified, new MemoryCacheEntryOptions { Size = 1, SlidingExpiration = TimeSpan.FromMinutes(5) });

    public void Dispose() => _cache.Dispose();

    private static Hash HashOf(string token)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(MemoryMarshal.AsBytes(token.AsSpan()), hash);
        return MemoryMarshal.Read<Hash>(hash);
    }

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Hash(ulong A, ulong B, ulong C, ulong D);
}
