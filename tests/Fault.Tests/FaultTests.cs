using Orleans.Chat.Check.Verdicts;
using Orleans.Chat.Load.Chaos;

namespace Orleans.Chat.FaultTests;

/* Each fault is put into a cluster that 25 devices use: they send, edit, delete, read, are removed and come back. What all of them saw is then held to what
 * is promised. One runs with every test run; ./test.sh faults runs ten minutes of them, ./test.sh faults --all all. */
public sealed class FaultTests(FaultCluster cluster) : IClassFixture<FaultCluster>
{
    private const string TakesMinutes = "Takes minutes: ./test.sh faults runs it.";
    private const string TakesLong = "Takes long: ./test.sh faults --all runs it.";

    /// <summary>Milliseconds in which 99 of 100 sends are acknowledged, with all their repeats.</summary>
    private const double LongestOfAHundred = 2_000;

    /// <summary>A heap that grew under load is not given back at once; what is kept for those who wait has a bound far below.</summary>
    private const long MostGrowth = 250L << 20;

    public static bool Selected => Environment.GetEnvironmentVariable("FAULTS") is "selection" or "all";

    public static bool All => Environment.GetEnvironmentVariable("FAULTS") is "all";

    [Fact]
    public Task A_silo_is_killed() => HoldsAsync("kill-silo");

    [Theory(Skip = TakesMinutes, SkipUnless = nameof(Selected))]
    [InlineData("none")]
    [InlineData("kill-gateway")]
    [InlineData("kill-postgres")]
    [InlineData("kill-redis")]
    [InlineData("kill-silos")]
    [InlineData("pause-silo")]
    public Task What_is_promised_holds(string fault) => HoldsAsync(fault);

    [Theory(Skip = TakesMinutes, SkipUnless = nameof(Selected))]
    [InlineData("roll-silos")]
    [InlineData("roll-gateways")]
    public async Task While_servers_are_replaced_in_turn_no_send_fails_and_few_wait(string fault)
    {
        var (verdict, refusals, _) = await HoldsAsync(cluster, fault);
        // What failed was mended by a repeat, or refused for good, its sender removed meanwhile.
        refusals.GivenUp.ShouldBe(0);
        verdict.DuringFaults.ShouldNotBeNull().P99Milliseconds.ShouldBeLessThan(LongestOfAHundred);
    }

    [Theory(Skip = TakesLong, SkipUnless = nameof(All))]
    [InlineData("pause-gateway")]
    [InlineData("pause-postgres")]
    [InlineData("pause-redis")]
    [InlineData("stop-silo")]
    [InlineData("stop-gateway")]
    [InlineData("stop-postgres")]
    [InlineData("stop-redis")]
    [InlineData("delay-silos")]
    [InlineData("loss-silos")]
    [InlineData("half-open")]
    public Task It_holds_in_these_too(string fault) => HoldsAsync(fault);

    private async Task HoldsAsync(string fault) => await HoldsAsync(cluster, fault);

    internal static Task<FaultResult> HoldsAsync(FaultCluster cluster, string fault) =>
        HoldsAsync(cluster, fault, FaultRun.BuiltInOrNone(cluster, fault));

    internal static async Task<FaultResult> HoldsAsync(FaultCluster cluster, string name, Fault[] faults)
    {
        var result = await FaultRun.AsyncOf(cluster, name, faults);
        var verdict = result.Verdict;
        verdict.Promises.Where(p => p.Standing == Standing.Broken).ShouldBeEmpty();
        verdict.Held.ShouldBeTrue();
        // Were nothing acknowledged, or nothing known, all of it would hold.
        verdict.Weak.ShouldBeFalse();
        verdict.Sends.Acknowledged.ShouldBeGreaterThan(1_000);
        result.Memory.ShouldAllBe(m => m.After < m.Before + MostGrowth);
        return result;
    }
}
