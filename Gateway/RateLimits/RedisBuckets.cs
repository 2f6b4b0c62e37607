using StackExchange.Redis;

namespace Orleans.Chat.Gateway.RateLimits;

/* The one bucket of each key, in Redis: its balance and when that was, by Redis' own clock, so that gateways' clocks do not matter. A report
 * is one script, and with it one round trip. A key that is missing is a full bucket, and each key expires when its bucket would be full.
 *
 * A balance may fall below zero, where gateways gave away more than there was before they knew: that is paid back before anybody is let
 * through again, or the rate would not hold. It cannot fall below what all gateways together can have given away in between.
 *
 * In a Redis Cluster a script's keys must lie on one node: the braces in their names see to it, so one node carries all limits of a cluster of
 * gateways. The script is sent as text when a node does not have it yet. */
internal sealed class RedisBuckets(ConfigurationOptions redis, string clusterId, string gateway) : ISharedBuckets, IDisposable
{
    /// <summary>A gateway that has not reported for so long counts no more.</summary>
    private const int GatewayMs = 5_000;

    // KEYS: the gateways, then the buckets. ARGV: this gateway, GatewayMs, then rate, burst, used of each bucket. Answers how many gateways
    // there are, then balances in thousandths, since Redis cuts numbers off at the point.
    private const string Script = """
        local t = redis.call('TIME')
        local now = t[1] * 1000 + t[2] / 1000
        redis.call('ZADD', KEYS[1], now, ARGV[1])
        redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[2])
        redis.call('PEXPIRE', KEYS[1], ARGV[2] * 2)
        local answer = { redis.call('ZCARD', KEYS[1]) }
        for i = 2, #KEYS do
          local rate, burst, used = tonumber(ARGV[i * 3 - 3]), tonumber(ARGV[i * 3 - 2]), tonumber(ARGV[i * 3 - 1])
          local balance, kept = burst, redis.call('GET', KEYS[i])
          if kept then
            local at
            balance, at = string.match(kept, '^(%S+) (%S+)$')
            balance = math.min(burst, balance + math.max(0, now - at) * rate / 1000)
          end
          balance = math.max(balance - used, -answer[1] * (burst + rate))
          redis.call('SET', KEYS[i], string.format('%.3f %.3f', balance, now), 'PX', math.ceil((burst - balance) * 1000 / rate) + 1000)
          answer[i] = math.floor(balance * 1000)
        end
        return answer
        """;

    private readonly string _prefix = $"{{{clusterId}/limits}}/";
    private readonly SemaphoreSlim _one = new(1);
    private ConnectionMultiplexer? _connection;

    public async Task<SharedBalances> ReportAsync(IReadOnlyList<BucketUse> uses, CancellationToken cancellationToken)
    {
        var keys = new RedisKey[uses.Count + 1];
        var values = new RedisValue[(uses.Count * 3) + 2];
        keys[0] = Gateways;
        (values[0], values[1]) = (gateway, GatewayMs);
        for (var i = 0; i < uses.Count; i++)
        {
            keys[i + 1] = _prefix + uses[i].Key;
            (values[(i * 3) + 2], values[(i * 3) + 3], values[(i * 3) + 4]) = (uses[i].Rate, uses[i].Burst, uses[i].Used);
        }
        var database = await DatabaseAsync(cancellationToken);
        var answer = (long[])(await database.ScriptEvaluateAsync(Script, keys, values))!;
        return new SharedBalances((int)answer[0], [.. answer.Skip(1).Select(b => b / 1_000.0)]);
    }

    public async Task LeaveAsync(CancellationToken cancellationToken) =>
        await (await DatabaseAsync(cancellationToken)).SortedSetRemoveAsync(Gateways, gateway);

    public void Dispose()
    {
        _connection?.Dispose();
        _one.Dispose();
    }

    private RedisKey Gateways => _prefix + "gateways";

    private async Task<IDatabase> DatabaseAsync(CancellationToken cancellationToken)
    {
        if (_connection is null)
        {
            await _one.WaitAsync(cancellationToken);
            try
            {
                _connection ??= await ConnectionMultiplexer.ConnectAsync(Patient(redis));
            }
            finally
            {
                _one.Release();
            }
        }
        return _connection.GetDatabase();
    }

    // It looks for Redis by itself for ever, and meanwhile fails what is asked at once instead of keeping it.
    private static ConfigurationOptions Patient(ConfigurationOptions redis)
    {
        var own = redis.Clone();
        own.AbortOnConnectFail = false;
        own.BacklogPolicy = BacklogPolicy.FailFast;
        own.AsyncTimeout = (int)BucketReports.Patience.TotalMilliseconds;
        return own;
    }
}
