using Orleans.Chat.Check.Verdicts;

namespace Orleans.Chat.FaultTests;

/* Each fault is put into a cluster that 25 devices use: they send, edit, delete, read, are removed and come back. What all of them saw is then held to what
 * is promised. One runs with every test run; ./test.sh faults runs ten minutes of them, ./test.sh faults --all all. */
public sealed class FaultTests(FaultCluster cluster) : IClassFixture<FaultCluster>
{
    private const string TakesMinutes = "Takes minutes: ./test.sh faults runs it.";
    private const string TakesLong = "Takes long: ./test.sh faults --all runs it.";

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
    [InlineData("roll-silos")]
    [InlineData("roll-gateways")]
    public Task What_is_promised_holds(string fault) => HoldsAsync(fault);

    [Theory(Skip = TakesLong, SkipUnless = nameof(All))]
    [InlineData("pause-gateway")]
    [InlineData("pause-postgres")]
    [InlineData("pause-redis")]
    [InlineData("stop-silo")]
    [InlineData("stop-gateway")]
    [InlineData("stop-postgres")]
    [InlineData("stop-redis")]
    public Task It_holds_in_these_too(string fault) => HoldsAsync(fault);

    private Task HoldsAsync(string fault) => HoldsAsync(cluster, fault);

    internal static async Task HoldsAsync(FaultCluster cluster, string fault)
    {
        var verdict = await FaultRun.AsyncOf(cluster, fault);
        verdict.Promises.Where(p => p.Standing == Standing.Broken).ShouldBeEmpty();
        verdict.Held.ShouldBeTrue();
        // Were nothing acknowledged, or nothing known, all of it would hold.
        verdict.Weak.ShouldBeFalse();
        verdict.Sends.Acknowledged.ShouldBeGreaterThan(1_000);
    }
}
