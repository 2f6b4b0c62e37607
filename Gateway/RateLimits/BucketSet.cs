using System.Collections.Concurrent;

namespace Orleans.Chat.Gateway.RateLimits;

/// <summary>Whose bucket: a user, address or connection, and a chat where the row counts chats.</summary>
internal readonly record struct BucketKey(string Owner, string Chat = "");

/* The buckets of one row. One that is full and has nothing to tell is dropped, so there are as many as keys were busy of late. Those that are
 * to be told of stand in a queue, each once: a report looks at those alone, however many there are. */
internal sealed class BucketSet(RateLimitRow row, RateLimitOptions options)
{
    /// <summary>More keys than this at once are a flood of many, which limits of one do not stop; the newest of them go uncounted.</summary>
    private const int MaxKept = 1_000_000;

    private readonly ConcurrentDictionary<BucketKey, TokenBucket> _buckets = new();
    private readonly ConcurrentQueue<TokenBucket> _toTell = new();
    private int _count;

    public RateLimitRow Row => row;

    public int Rate { get; } = row.Rate(options);

    public int Burst { get; } = row.Burst(options);

    public int Count => Volatile.Read(ref _count);

    /// <summary>Seconds to wait, or 0 when a token was taken.</summary>
    public double Take(in BucketKey key, Agreement agreement, double now)
    {
        var size = Size(agreement);
        while (true)
        {
            if (!_buckets.TryGetValue(key, out var bucket))
            {
                if (Count >= MaxKept)
                    return 0;
                bucket = Add(key, size, now);
            }
            if (bucket.Take(size, agreement.Tells && row.Shared, now) is not { } taken)
                continue;
            if (taken.Report)
                _toTell.Enqueue(bucket);
            return taken.Wait;
        }
    }

    /// <summary>Moves up to so many uses into a report.</summary>
    public void BeginReport(List<(TokenBucket Bucket, BucketSet Set)> into, List<BucketUse> uses, int most, Agreement agreement, double now)
    {
        var size = Size(agreement);
        while (uses.Count < most && _toTell.TryDequeue(out var bucket))
        {
            into.Add((bucket, this));
            uses.Add(new BucketUse(NameOf(bucket.Key), Rate, Burst, bucket.BeginReport(size, now)));
        }
    }

    /// <summary>Drops what is idle, and has what was slow, but not slow enough, told of.</summary>
    public void Sweep(Agreement agreement, double now)
    {
        var size = Size(agreement);
        var tells = agreement.Tells && row.Shared;
        foreach (var (key, bucket) in _buckets)
        {
            if (tells && bucket.Review(size, agreement.Gateways, now))
                _toTell.Enqueue(bucket);
            else if (bucket.Drop(size, now) && _buckets.TryRemove(key, out _))
                Interlocked.Decrement(ref _count);
        }
    }

    public BucketSize Size(Agreement agreement) =>
        row.Shared ? new(Rate, Burst, agreement.Share, agreement.Apart) : new(Rate, Burst, 1, false);

    private TokenBucket Add(in BucketKey key, in BucketSize size, double now)
    {
        var made = new TokenBucket(key, size, now);
        var bucket = _buckets.GetOrAdd(key, made);
        if (ReferenceEquals(bucket, made))
            Interlocked.Increment(ref _count);
        return bucket;
    }

    // No id has a slash.
    private string NameOf(in BucketKey key) => key.Chat.Length == 0 ? $"{row.Name}/{key.Owner}" : $"{row.Name}/{key.Owner}/{key.Chat}";
}
