namespace Orleans.Chat.Gateway.RateLimits;

/* Tells the cluster what was taken here and lays what it answers under the copies of this gateway. One question at a time, for up to a
 * thousand buckets; who takes little is not among them. A store that does not answer in time is away: each gateway then has its share of
 * every bucket, and looks for the store again with empty reports, so that nothing piles up for it. */
internal sealed partial class BucketReports(
    RateLimiters limiters,
    GatewayMetrics metrics,
    TimeProvider time,
    ILogger<BucketReports> logger,
    ISharedBuckets? shared = null
) : BackgroundService
{
    /// <summary>How long copies may go apart: the error of a bucket that is used everywhere at once is what is taken in this time.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    /// <summary>A store that takes longer is as good as away.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private const int Most = 1_000;
    private static readonly TimeSpan Sign = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan SweepEvery = TimeSpan.FromSeconds(10);
    private readonly List<(TokenBucket Bucket, BucketSet Set)> _asked = [];
    private readonly List<BucketUse> _uses = [];
    private long? _told;
    private long _swept = time.GetTimestamp();

    /// <summary>One round: sweeps if it is time to, and reports if there is something to say.</summary>
    internal async Task RunOnceAsync(CancellationToken cancellationToken)
    {
        if (time.GetElapsedTime(_swept) >= SweepEvery)
        {
            _swept = time.GetTimestamp();
            foreach (var set in limiters.Sets)
                set.Sweep(limiters.Agreement, limiters.Now);
        }
        if (shared is null)
            return;
        do
        {
            Gather();
            if (_uses.Count == 0 && !limiters.Agreement.Apart && _told is { } told && time.GetElapsedTime(told) < Sign)
                return;
            await ReportAsync(shared, cancellationToken);
        } while (_uses.Count == Most);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (shared is null)
            return;
        try
        {
            await shared.LeaveAsync(cancellationToken).WaitAsync(Patience, time, cancellationToken);
        }
        catch (Exception fault)
        {
            // The others find out by themselves.
            Log.NotLeft(logger, fault.GetType().Name);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        do await RunOnceAsync(stoppingToken);
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private void Gather()
    {
        _asked.Clear();
        _uses.Clear();
        // While the store is away each copy goes on by its share.
        if (limiters.Agreement.Apart)
            return;
        foreach (var set in limiters.Sets)
            set.BeginReport(_asked, _uses, Most, limiters.Agreement, limiters.Now);
    }

    private async Task ReportAsync(ISharedBuckets store, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await store.ReportAsync(_uses, cancellationToken).WaitAsync(Patience, time, cancellationToken);
            _told = time.GetTimestamp();
            if (limiters.Agreement.Apart)
                Log.Back(logger);
            limiters.Agreement = new Agreement(Math.Max(1, answer.Gateways), Tells: true, Apart: false);
            foreach (var ((bucket, set), balance) in _asked.Zip(answer.Balances))
                bucket.Settle(set.Size(limiters.Agreement), balance, limiters.Now);
        }
        catch (Exception fault) when (!cancellationToken.IsCancellationRequested)
        {
            metrics.LimitReportFailed();
            foreach (var (bucket, _) in _asked)
                bucket.Unanswered();
            var before = limiters.Agreement;
            if (!before.Apart)
                Log.Away(logger, fault.GetType().Name, before.Gateways);
            limiters.Agreement = before with { Tells = false, Apart = true };
            // Not to ask again at once.
            _uses.Clear();
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Limits are not shared now ({Fault}): each of {Gateways} gateways holds to its part of them")]
        public static partial void Away(ILogger logger, string fault, int gateways);

        [LoggerMessage(2, LogLevel.Information, "Limits are shared again")]
        public static partial void Back(ILogger logger);

        [LoggerMessage(3, LogLevel.Information, "The other gateways could not be told that this one left ({Fault})")]
        public static partial void NotLeft(ILogger logger, string fault);
    }
}
