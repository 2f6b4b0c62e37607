using System.Net;
using Microsoft.Extensions.Options;
using Orleans.Chat.Gateway.RateLimits;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Gateway.Admission;

/* Whether a connection may begin, and whether it may open. What the gateway cannot bear is `overloaded`, with a time to come back that differs
 * from client to client, since those who are refused together would come back together; what one user or address has too much of is
 * `rate_limited`. Nothing is done to connections that are open. */
internal sealed class Gate
{
    private readonly RateLimiters _limiters;
    private readonly GatewayMetrics _metrics;
    private readonly Random _random;
    private readonly TimeProvider _time;
    private readonly AdmissionOptions _options;
    private readonly ConnectionSlots _slots;
    private readonly TokenBucket _connects;
    private readonly BucketSize _size;

    public Gate(RateLimiters limiters, GatewayMetrics metrics, Random random, TimeProvider time, IOptions<AdmissionOptions> options)
    {
        (_limiters, _metrics, _random, _time, _options) = (limiters, metrics, random, time, options.Value);
        _slots = new ConnectionSlots(
            limiters.Enabled
                ? new SlotLimits(_options.MaxConnections, _options.MaxConnectionsPerUser, _options.MaxConnectionsPerAddress)
                : new SlotLimits(_options.MaxConnections, null, null)
        );
        _size = new BucketSize(_options.ConnectsPerSecond, _options.ConnectsAtOnce, Share: 1, Apart: false);
        _connects = new TokenBucket(new BucketKey("gateway"), _size, limiters.Now);
        metrics.WatchSlots(() => _slots.Count);
    }

    /// <summary>Null, or why no connection may begin: before it is known whose it is, and before anything is done for it.</summary>
    public Problem? Begin(IPAddress? address)
    {
        // The address first: its flood must not use up what all may begin.
        if (_slots.Look(_limiters.KeyOf(address)) is var missing and not NoSlot.None)
            return Refuse(missing);
        return _limiters.Enabled && _connects.Take(_size, told: false, _limiters.Now) is { Wait: > 0 }
            ? Overloaded("gateway_connects")
            : null;
    }

    /// <summary>Null, or why it may not open; with the slot to give back when it ends.</summary>
    public Problem? Open(string user, IPAddress? address, out IDisposable? slot)
    {
        var missing = _slots.Take(user, _limiters.KeyOf(address), out slot);
        return missing == NoSlot.None ? null : Refuse(missing);
    }

    private Problem Refuse(NoSlot missing)
    {
        if (missing == NoSlot.Gateway)
            return Overloaded("gateway_connections");
        _metrics.Refused(missing == NoSlot.User ? "user_connections" : "address_connections");
        return Problem.Of(ProblemCodes.RateLimited, "Too many connections; close one.") with { RetryAfterMs = Later() };
    }

    private Problem Overloaded(string limit)
    {
        _metrics.Refused(limit);
        return Problem.Of(ProblemCodes.Overloaded, "This gateway takes no more connections now.") with { RetryAfterMs = Later() };
    }

    private long Later()
    {
        double draw;
        lock (_random)
            draw = _random.NextDouble();
        return (long)(_options.RetrySeconds * 1_000 * (1 + (2 * draw)));
    }
}
