namespace Orleans.Chat.FaultTests;

/// <summary>A gateway whose clock is an hour wrong, for a while. Needs gcc.</summary>
public sealed class ClockTests
{
    private const string TakesLong = "Takes long: ./test.sh faults --all runs it.";

    public static bool All => FaultTests.All;

    [Theory(Skip = TakesLong, SkipUnless = nameof(All))]
    [InlineData("clock-forward")]
    [InlineData("clock-back")]
    public async Task What_is_promised_holds(string fault)
    {
        await using var cluster = new FaultCluster(arguments => arguments with { Clocks = true });
        await cluster.InitializeAsync();
        await FaultTests.HoldsAsync(cluster, fault);
    }
}
