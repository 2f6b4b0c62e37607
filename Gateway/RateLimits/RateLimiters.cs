using System.Net;
using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Gateway.RateLimits;

internal enum RateLimit
{
    Sends,
    Requests,
    SignIns,
}

/// <summary>The table of limits. Each gateway counts for itself: a limit protects it, and needs nobody to be asked.</summary>
internal sealed class RateLimiters(IOptions<RateLimitOptions> options) : IDisposable
{
    private readonly Dictionary<RateLimit, PartitionedRateLimiter<string>> _table = new()
    {
        [RateLimit.Sends] = Bucket(options.Value.SendsPerSecond, options.Value.SendsAtOnce),
        [RateLimit.Requests] = Bucket(options.Value.RequestsPerSecond, options.Value.RequestsAtOnce),
        [RateLimit.SignIns] = Bucket(options.Value.SignInsPerSecond, options.Value.SignInsAtOnce),
    };

    /// <summary>Null, or the problem to answer with.</summary>
    public Problem? Take(RateLimit limit, string key)
    {
        if (!options.Value.Enabled)
            return null;
        using var lease = _table[limit].AttemptAcquire(key);
        if (lease.IsAcquired)
            return null;
        var wait = lease.TryGetMetadata(MetadataName.RetryAfter, out var after) ? after : TimeSpan.FromSeconds(1);
        return Problem.Of(ProblemCodes.RateLimited, "Too many requests; wait a little.") with
        {
            RetryAfterMs = Math.Max(1, (long)wait.TotalMilliseconds),
        };
    }

    /// <summary>As <see cref="Take"/>, for who is known only by its address.</summary>
    public Problem? TakeByAddress(RateLimit limit, IPAddress? address) =>
        address is null || (options.Value.ExemptLoopback && IPAddress.IsLoopback(address)) ? null : Take(limit, KeyOf(address));

    public void Dispose()
    {
        foreach (var limiter in _table.Values)
            limiter.Dispose();
    }

    /// <summary>One customer has a whole /64 of IPv6.</summary>
    private static string KeyOf(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        var bytes = address.GetAddressBytes();
        return Convert.ToHexString(bytes.AsSpan(0, Math.Min(bytes.Length, 8)));
    }

    private static PartitionedRateLimiter<string> Bucket(int perSecond, int atOnce) =>
        PartitionedRateLimiter.Create<string, string>(key =>
            RateLimitPartition.GetTokenBucketLimiter(
                key,
                _ => new TokenBucketRateLimiterOptions
                {
                    TokenLimit = atOnce,
                    TokensPerPeriod = perSecond,
                    ReplenishmentPeriod = TimeSpan.FromSeconds(1),
                    QueueLimit = 0,
                }
            )
        );
}
