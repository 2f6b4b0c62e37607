namespace Orleans.Chat.Gateway.RateLimits;

/// <summary>How large a bucket is at this gateway now.</summary>
/// <param name="Rate">Tokens per second of the whole bucket.</param>
/// <param name="Burst">Tokens of the whole bucket.</param>
/// <param name="Share">The part of both that is this gateway's: 1, or one of as many as there are gateways while they cannot agree.</param>
/// <param name="Apart">Whether the gateways cannot agree now.</param>
internal readonly record struct BucketSize(double Rate, double Burst, double Share, bool Apart)
{
    public double RateHere => Rate * Share;

    /// <summary>Never less than one: a bucket that holds no token would refuse for ever.</summary>
    public double BurstHere => Math.Max(1, Burst * Share);
}

/// <summary>What a bucket said.</summary>
/// <param name="Wait">Seconds until there is a token again; 0 when one was taken.</param>
/// <param name="Report">Its use is now to be told to the cluster; said once for each report.</param>
internal readonly record struct Taken(double Wait, bool Report);

/* A bucket of one key at this gateway. Alone it is a common token bucket. Where gateways share it, each has a copy that refills at the whole
 * rate and tells now and then what it took; the answer is what is left of the one bucket, and what was taken here since the question comes off
 * that. So copies may give away more than there is for as long as a report takes, and then all of them are in debt together: over time the
 * rate is the one bucket's.
 *
 * While the gateways cannot agree, each has its share of the tokens there were, of the rate and of the size. When they can again, what this
 * one's share lacks of being full is what it reports: the store may have forgotten everything meanwhile. */
internal sealed class TokenBucket(in BucketKey key, in BucketSize size, double now)
{
    /// <summary>The part of a bucket that may be taken before it is told of at once.</summary>
    public const double Untold = 0.05;

    private readonly Lock _lock = new();
    private double _tokens = size.BurstHere;
    private double _at = now;
    private double _share = size.Share;
    private bool _apart = size.Apart;
    private double _used;
    private double _since = now;
    private double _asked;
    private bool _reporting;
    private bool _dropped;

    public BucketKey Key { get; } = key;

    /// <summary>Takes a token if there is one; null when the bucket was dropped and another one is to be asked.</summary>
    /// <param name="size">Its size now.</param>
    /// <param name="told">Whether its use is told to a cluster.</param>
    /// <param name="now">Seconds of a clock that only grows.</param>
    public Taken? Take(in BucketSize size, bool told, double now)
    {
        lock (_lock)
        {
            if (_dropped)
                return null;
            Refill(size, now);
            if (_tokens < 1)
                return new Taken((1 - _tokens) / size.RateHere, Report: false);
            _tokens--;
            if (!told)
                return default(Taken);
            _used++;
            var report = !_reporting && (_used >= Math.Max(1, size.Burst * Untold) || _tokens < size.BurstHere / 2);
            _reporting |= report;
            return new Taken(0, report);
        }
    }

    /// <summary>What was taken since the last report; from now on it counts as told.</summary>
    public double BeginReport(in BucketSize size, double now)
    {
        lock (_lock)
        {
            Refill(size, now);
            (_asked, _used, _since) = (_used, 0, now);
            return _asked;
        }
    }

    /// <summary>The answer: what is left of the bucket as it was when asked.</summary>
    public void Settle(in BucketSize size, double balance, double now)
    {
        lock (_lock)
        {
            Refill(size, now);
            (_tokens, _asked, _reporting) = (Math.Min(balance, size.BurstHere) - _used, 0, false);
        }
    }

    /// <summary>There was no answer.</summary>
    public void Unanswered()
    {
        lock (_lock)
            (_used, _asked, _reporting) = (_used + _asked, 0, false);
    }

    /// <summary>
    /// Forgets use that is so slow that all gateways together could not exceed the rate by more than the untold part; true when what is left is
    /// to be told.
    /// </summary>
    public bool Review(in BucketSize size, int gateways, double now)
    {
        lock (_lock)
        {
            Refill(size, now);
            if (_reporting || _dropped)
                return false;
            if (_used > size.Rate * (now - _since) * Untold / gateways)
                return _reporting = true;
            (_used, _since) = (0, now);
            return false;
        }
    }

    /// <summary>Drops it if nothing would be lost by it: it is full and has nothing to tell.</summary>
    public bool Drop(in BucketSize size, double now)
    {
        lock (_lock)
        {
            Refill(size, now);
            return _dropped = !_reporting && _used == 0 && _tokens >= size.BurstHere;
        }
    }

    private void Refill(in BucketSize size, double now)
    {
        if (_share != size.Share || _apart != size.Apart)
            Change(size, now);
        if (now <= _at)
            return;
        _tokens = Math.Min(size.BurstHere, _tokens + ((now - _at) * size.RateHere));
        _at = now;
    }

    private void Change(in BucketSize size, double now)
    {
        var before = size with { Share = _share };
        if (now > _at)
            (_tokens, _at) = (Math.Min(before.BurstHere, _tokens + ((now - _at) * before.RateHere)), now);
        if (_apart && !size.Apart)
            (_used, _since) = (Math.Max(0, before.BurstHere - _tokens), now);
        _tokens *= size.Share / _share;
        (_share, _apart) = (size.Share, size.Apart);
    }
}
