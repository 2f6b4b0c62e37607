using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Orleans.Chat.Gateway.RateLimits;

namespace Orleans.Chat.Gateway.Tests.RateLimits;

/// <summary>The limits of one gateway, and what tells of them.</summary>
internal sealed class LimitedGateway : IMeterFactory
{
    private readonly List<Meter> _meters = [];

    public LimitedGateway(RateLimitOptions options, TimeProvider time, ISharedBuckets? shared)
    {
        var metrics = new GatewayMetrics(this);
        Limiters = new RateLimiters(Options.Create(options), metrics, time, shared);
        Reports = new BucketReports(Limiters, metrics, time, NullLogger<BucketReports>.Instance, shared);
    }

    public RateLimiters Limiters { get; }

    public BucketReports Reports { get; }

    public Task RoundAsync() => Reports.RunOnceAsync(TestContext.Current.CancellationToken);

    /// <summary>How many of so many calls were let through.</summary>
    public int Take(int calls, string user = "anna") => Enumerable.Range(0, calls).Count(_ => Limiters.Take(RateLimit.Sends, user) is null);

    public Meter Create(MeterOptions options)
    {
        var meter = new Meter(options);
        _meters.Add(meter);
        return meter;
    }

    public void Dispose()
    {
        Reports.Dispose();
        _meters.ForEach(m => m.Dispose());
    }
}
