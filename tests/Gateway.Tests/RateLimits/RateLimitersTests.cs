using System.Net;
using Microsoft.Extensions.Time.Testing;
using Orleans.Chat.Gateway.RateLimits;

namespace Orleans.Chat.Gateway.Tests.RateLimits;

/* A gateway that sends 10 a second and 100 at once. */
public sealed class RateLimitersTests : IDisposable
{
    private static readonly RateLimitOptions Options = new() { SendsPerSecond = 10, SendsAtOnce = 100 };

    private readonly FakeTimeProvider _time = new();
    private readonly FakeBuckets _cluster = new();
    private readonly LimitedGateway _alone;
    private readonly LimitedGateway _gateway;

    public RateLimitersTests() => (_alone, _gateway) = (new(Options, _time, null), new(Options, _time, _cluster));

    public void Dispose()
    {
        _alone.Dispose();
        _gateway.Dispose();
    }

    [Fact]
    public void The_table_has_each_limit_at_its_place_with_options_of_its_own()
    {
        RateLimitTable.Rows.Select(r => r.Limit).ShouldBe(Enum.GetValues<RateLimit>());
        RateLimitTable.Rows.Select(r => r.Name).ShouldBeUnique();
        var options = new RateLimitOptions();
        var numbers = typeof(RateLimitOptions).GetProperties().Where(p => p.PropertyType == typeof(int)).ToList();
        for (var i = 0; i < numbers.Count; i++)
            numbers[i].SetValue(options, i + 1);
        foreach (var row in RateLimitTable.Rows)
        {
            Value($"{row.Limit}PerSecond").ShouldBe(row.Rate(options));
            Value($"{row.Limit}AtOnce").ShouldBe(row.Burst(options));
        }
        numbers.Count.ShouldBe(2 * RateLimitTable.Rows.Count);

        int Value(string property) => (int)typeof(RateLimitOptions).GetProperty(property)!.GetValue(options)!;
    }

    [Fact]
    public void A_bucket_gives_its_burst_then_its_rate_and_says_how_long_to_wait()
    {
        _alone.Take(150).ShouldBe(100);
        var refusal = _alone.Limiters.Take(RateLimit.Sends, "anna").ShouldNotBeNull();
        refusal.Wait.ShouldBe(TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(1));
        refusal.Problem.RetryAfterMs.ShouldNotBeNull().ShouldBeInRange(99, 101);
        (refusal.Burst, refusal.Window).ShouldBe((100, 10));
        _alone.Take(1, "bob").ShouldBe(1);

        _time.Advance(TimeSpan.FromMilliseconds(refusal.Problem.RetryAfterMs!.Value));
        _alone.Take(5).ShouldBe(1);
        _time.Advance(TimeSpan.FromHours(1));
        _alone.Take(150).ShouldBe(100);
    }

    [Fact]
    public async Task What_is_idle_is_kept_no_longer()
    {
        foreach (var user in Enumerable.Range(0, 1_000))
            _gateway.Take(1, $"user-{user}");
        _gateway.Take(60, "busy");
        var sends = _gateway.Limiters.Sets[(int)RateLimit.Sends];
        sends.Count.ShouldBe(1_001);
        await _gateway.RoundAsync();
        _time.Advance(TimeSpan.FromSeconds(11));
        _gateway.Take(60, "busy");
        await _gateway.RoundAsync();
        await _gateway.RoundAsync();
        sends.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Who_sends_little_is_not_told_of_and_who_sends_slowly_but_much_is()
    {
        await _gateway.RoundAsync();
        for (var second = 0; second < 60; second++)
        {
            _gateway.Take(second % 10 == 0 ? 1 : 0, "quiet");
            _gateway.Take(1, "slow");
            _time.Advance(TimeSpan.FromSeconds(1));
            await _gateway.RoundAsync();
        }
        _cluster.Uses.ShouldNotContain(u => u.Key == "sends/quiet");
        _cluster.Uses.Where(u => u.Key == "sends/slow").Sum(u => u.Used).ShouldBeInRange(48, 60);
    }

    [Fact]
    public async Task What_others_took_is_taken_here()
    {
        _cluster.TakenByOthers = 70;
        _gateway.Take(20).ShouldBe(20);
        await _gateway.RoundAsync();
        _gateway.Take(100).ShouldBe(10);
        _cluster.TakenByOthers = 30;
        await _gateway.RoundAsync();
        // Thirty too many were given away, and are paid back first.
        _time.Advance(TimeSpan.FromSeconds(3));
        _gateway.Take(100).ShouldBe(0);
        _time.Advance(TimeSpan.FromSeconds(1));
        _gateway.Take(100).ShouldBe(10);
    }

    [Fact]
    public async Task What_is_taken_while_a_report_is_under_way_is_kept()
    {
        _cluster.Stuck = new TaskCompletionSource();
        _gateway.Take(40);
        var round = _gateway.RoundAsync();
        _gateway.Take(25).ShouldBe(25);
        _cluster.Stuck.SetResult();
        await round;
        _gateway.Take(100).ShouldBe(35);
        await _gateway.RoundAsync();
        _cluster.Uses.Where(u => u.Key == "sends/anna").Select(u => u.Used).ShouldBe([40, 60]);
    }

    [Fact]
    public async Task Without_the_cluster_each_gateway_has_its_share_and_tells_afterwards_what_it_used()
    {
        _cluster.Gateways = 4;
        await _gateway.RoundAsync();
        _cluster.Fault = new TimeoutException();
        _time.Advance(TimeSpan.FromSeconds(2));
        await _gateway.RoundAsync();
        _gateway.Limiters.Agreement.Apart.ShouldBeTrue();

        _gateway.Take(100).ShouldBe(25);
        _time.Advance(TimeSpan.FromSeconds(2));
        _gateway.Take(100).ShouldBe(5);
        await _gateway.RoundAsync();
        // However long it lasts.
        _time.Advance(TimeSpan.FromHours(1));
        _gateway.Take(100).ShouldBe(25);

        _cluster.Fault = null;
        await _gateway.RoundAsync();
        _gateway.Limiters.Agreement.Apart.ShouldBeFalse();
        _gateway.Take(1);
        _time.Advance(TimeSpan.FromSeconds(11));
        await _gateway.RoundAsync();
        await _gateway.RoundAsync();
        // Nothing was left of its share of 25.
        _cluster.Uses.Sum(u => u.Used).ShouldBe(25);
    }

    [Fact]
    public async Task A_store_that_stands_still_is_away_after_a_second_and_holds_nobody_up()
    {
        _cluster.Gateways = 2;
        await _gateway.RoundAsync();
        _cluster.Stuck = new TaskCompletionSource();
        _gateway.Take(10);
        var round = _gateway.RoundAsync();
        round.IsCompleted.ShouldBeFalse();
        _gateway.Take(1).ShouldBe(1);
        _time.Advance(BucketReports.Patience);
        await round;
        _gateway.Limiters.Agreement.ShouldBe(new Agreement(2, Tells: false, Apart: true));
        // 89 and 10 of a second were left for both.
        _gateway.Take(100).ShouldBe(49);
    }

    [Fact]
    public async Task Nothing_is_said_more_than_once_a_second_where_there_is_nothing_to_say()
    {
        for (var round = 0; round < 100; round++)
        {
            await _gateway.RoundAsync();
            _time.Advance(BucketReports.Interval);
        }
        _cluster.Reports.Count.ShouldBe(5);
        _cluster.Uses.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("10.0.0.1", "::ffff:10.0.0.1", true)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:3::1", false)]
    [InlineData("10.0.0.1", "10.0.0.2", false)]
    public void An_address_is_one_of_ipv4_or_a_64_of_ipv6(string one, string other, bool same) =>
        (_alone.Limiters.KeyOf(IPAddress.Parse(one)) == _alone.Limiters.KeyOf(IPAddress.Parse(other))).ShouldBe(same);

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    [InlineData("::ffff:127.0.0.1")]
    public void Loopback_is_exempt_unless_it_is_not(string address)
    {
        _alone.Limiters.KeyOf(IPAddress.Parse(address)).ShouldBeNull();
        using var strict = new LimitedGateway(new RateLimitOptions { ExemptLoopback = false }, _time, null);
        strict.Limiters.KeyOf(IPAddress.Parse(address)).ShouldNotBeNull();
    }

    [Fact]
    public void Turned_off_nothing_is_refused()
    {
        using var off = new LimitedGateway(new RateLimitOptions { Enabled = false, SendsAtOnce = 1 }, _time, null);
        off.Take(100).ShouldBe(100);
    }
}
