using System.Net;
using Microsoft.Extensions.Options;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Gateway.RateLimits;

/// <summary>A refusal by a limit of rates.</summary>
/// <param name="Row">Which limit.</param>
/// <param name="Burst">Its size.</param>
/// <param name="Window">Seconds in which an empty bucket fills.</param>
/// <param name="Wait">Until it would not be refused, if nothing else is asked meanwhile.</param>
internal sealed record RateRefusal(RateLimitRow Row, int Burst, int Window, TimeSpan Wait)
{
    public Problem Problem { get; } =
        Problem.Of(ProblemCodes.RateLimited, "Too many requests; wait a little.") with
        {
            RetryAfterMs = Math.Max(1, (long)Math.Ceiling(Wait.TotalMilliseconds)),
        };
}

/* Asks the buckets of the table. Nothing here waits for anybody: what the gateways tell each other is done beside it, by BucketReports. */
internal sealed class RateLimiters
{
    private readonly RateLimitOptions _options;
    private readonly GatewayMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly long _began;
    private readonly BucketSet[] _sets;
    private volatile Agreement _agreement;

    public RateLimiters(IOptions<RateLimitOptions> options, GatewayMetrics metrics, TimeProvider time, ISharedBuckets? shared = null)
    {
        (_options, _metrics, _time, _began) = (options.Value, metrics, time, time.GetTimestamp());
        _sets = [.. RateLimitTable.Rows.Select(r => new BucketSet(r, _options))];
        _agreement = shared is null ? Agreement.Alone : Agreement.Beginning;
    }

    public bool Enabled => _options.Enabled;

    public IReadOnlyList<BucketSet> Sets => _sets;

    /// <summary>Whom the buckets are shared with, for all that is known.</summary>
    public Agreement Agreement
    {
        get => _agreement;
        set => _agreement = value;
    }

    /// <summary>Seconds since this was made.</summary>
    public double Now => _time.GetElapsedTime(_began).TotalSeconds;

    /// <summary>Null, or the refusal.</summary>
    /// <param name="limit">A limit of users or connections.</param>
    /// <param name="owner">The user's id, or the connection's.</param>
    /// <param name="chat">The chat's id where the limit counts chats.</param>
    public RateRefusal? Take(RateLimit limit, string owner, string chat = "")
    {
        if (!_options.Enabled)
            return null;
        var set = _sets[(int)limit];
        var wait = set.Take(new BucketKey(owner, chat), _agreement, Now);
        return wait <= 0 ? null : Refuse(set, wait);
    }

    /// <summary>As <see cref="Take"/>, for who is known only by its address.</summary>
    public RateRefusal? TakeByAddress(RateLimit limit, IPAddress? address) => KeyOf(address) is { } key ? Take(limit, key) : null;

    /// <summary>What stands for an address in limits: one customer has a whole /64 of IPv6. Null for one that is exempt.</summary>
    public string? KeyOf(IPAddress? address)
    {
        if (address is null || (_options.ExemptLoopback && IPAddress.IsLoopback(address)))
            return null;
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out var length);
        return Convert.ToHexString(bytes[..Math.Min(length, 8)]);
    }

    private RateRefusal Refuse(BucketSet set, double wait)
    {
        _metrics.Refused(set.Row.Name);
        return new RateRefusal(set.Row, set.Burst, Math.Max(1, (set.Burst + set.Rate - 1) / set.Rate), TimeSpan.FromSeconds(wait));
    }
}
