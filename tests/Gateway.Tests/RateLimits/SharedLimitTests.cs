using System.Diagnostics;
using Orleans.Chat.Gateway.RateLimits;
using Orleans.Chat.LocalCluster;
using Orleans.Chat.Support;
using StackExchange.Redis;

namespace Orleans.Chat.Gateway.Tests.RateLimits;

/* Three gateways and a real Redis. What one bucket would have let through is reckoned from the time that passed, however long the machine
 * took; the clock is the system's, since Redis has its own. */
public sealed class SharedLimitTests : IAsyncLifetime
{
    private const int Rate = 100;
    private const int Burst = 200;
    private static readonly RateLimitOptions Options = new() { SendsPerSecond = Rate, SendsAtOnce = Burst };

    private readonly TestFolder _folder = new("limits");
    private readonly List<RedisBuckets> _stores = [];
    private readonly List<LimitedGateway> _gateways = [];
    private RedisServer _redis = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _redis = new RedisServer(_folder.Path);
        await _redis.StartAsync(Token);
        for (var i = 0; i < 3; i++)
        {
            var store = new RedisBuckets(ConfigurationOptions.Parse(_redis.ConnectionString), "cluster", $"gateway-{i}");
            var gateway = new LimitedGateway(Options, TimeProvider.System, store);
            await gateway.Reports.StartAsync(Token);
            _stores.Add(store);
            _gateways.Add(gateway);
        }
        await Eventually.HoldsAsync(() => _gateways.TrueForAll(g => g.Limiters.Agreement.Gateways == 3));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var gateway in _gateways)
        {
            await gateway.Reports.StopAsync(CancellationToken.None);
            gateway.Dispose();
        }
        foreach (var store in _stores)
            store.Dispose();
        await _redis.StopAsync();
        await _redis.DisposeAsync();
        _folder.Delete();
    }

    [Fact]
    public async Task Three_gateways_at_ten_times_the_rate_let_through_what_one_bucket_would()
    {
        var (let, seconds) = await DriveAsync(TimeSpan.FromSeconds(8), _gateways);
        ShouldBeWithinTenPercent(let, Burst + (Rate * seconds));
    }

    [Fact]
    public async Task One_gateway_alone_has_the_whole_limit()
    {
        var (let, seconds) = await DriveAsync(TimeSpan.FromSeconds(4), _gateways[..1]);
        ShouldBeWithinTenPercent(let, Burst + (Rate * seconds));
    }

    [Fact]
    public async Task Without_Redis_they_hold_to_shares_that_add_up_and_share_again_when_it_is_back()
    {
        await DriveAsync(TimeSpan.FromSeconds(3), _gateways);
        await _redis.Process.KillAsync();
        await Eventually.HoldsAsync(() => _gateways.TrueForAll(g => g.Limiters.Agreement.Apart));

        var (let, seconds) = await DriveAsync(TimeSpan.FromSeconds(4), _gateways);
        // What had come back while they noticed is at most the burst.
        ((double)let).ShouldBeInRange(0.9 * Rate * seconds, 1.1 * ((Rate * seconds) + Burst));
        var (alone, alonesSeconds) = await DriveAsync(TimeSpan.FromSeconds(2), _gateways[..1]);
        ((double)alone).ShouldBeInRange(0.9 * Rate * alonesSeconds / 3, 1.1 * ((Rate * alonesSeconds / 3) + 1));

        await _redis.StartAsync(Token);
        await Eventually.HoldsAsync(() => _gateways.TrueForAll(g => g.Limiters.Agreement is { Apart: false, Gateways: 3 }));
        (let, seconds) = await DriveAsync(TimeSpan.FromSeconds(4), _gateways);
        ((double)let).ShouldBeInRange(0.9 * Rate * seconds, 1.1 * ((Rate * seconds) + Burst));
    }

    [Fact]
    public async Task A_gateway_that_leaves_counts_no_more()
    {
        await _gateways[2].Reports.StopAsync(Token);
        await Eventually.HoldsAsync(() => _gateways[..2].TrueForAll(g => g.Limiters.Agreement.Gateways == 2));
    }

    [Fact]
    public async Task What_is_kept_of_a_bucket_expires_when_it_would_be_full()
    {
        var use = new BucketUse("sends/anna", Rate, Burst, Burst * 2);
        (await _stores[0].ReportAsync([use], Token)).Balances.ShouldHaveSingleItem().ShouldBe(-Burst);
        var mended = (await _stores[1].ReportAsync([use with { Used = 0 }], Token)).Balances[0];
        mended.ShouldBeInRange(-Burst, 0);
        await using var redis = await ConnectionMultiplexer.ConnectAsync(_redis.ConnectionString);
        var left = await redis.GetDatabase().KeyTimeToLiveAsync("{cluster/limits}/sends/anna");
        left.ShouldNotBeNull().TotalSeconds.ShouldBeInRange(1, (2.0 * Burst / Rate) + 1);
    }

    private static void ShouldBeWithinTenPercent(int let, double oneBucket) =>
        ((double)let).ShouldBeInRange(0.9 * oneBucket, 1.1 * oneBucket);

    /// <summary>Asks for one key, ten times as often as its rate, at all of them by turns; as many calls as the time that passed asks for.</summary>
    private static async Task<(int Let, double Seconds)> DriveAsync(TimeSpan time, List<LimitedGateway> gateways)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        var watch = Stopwatch.StartNew();
        var (asked, let) = (0, 0);
        while (watch.Elapsed < time)
        {
            for (var due = watch.Elapsed.TotalSeconds * 10 * Rate; asked < due; asked++)
                let += gateways[asked % gateways.Count].Take(1);
            await timer.WaitForNextTickAsync(Token);
        }
        return (let, watch.Elapsed.TotalSeconds);
    }
}
