namespace Orleans.Chat.FaultTests;

/// <summary>Silos that the network can tell apart: each is a user that there is not. Needs root, and sources that everybody may read.</summary>
public sealed class PartitionedCluster() : FaultCluster(arguments => arguments with { SiloUser = FirstSiloUser })
{
    internal const int FirstSiloUser = 61_300;
}

/// <summary>A silo that the others do not hear goes on serving, while they open its chats elsewhere.</summary>
public sealed class PartitionTests
{
    private const string TakesMinutes = "Takes minutes: ./test.sh faults runs it.";

    public static bool Selected => FaultTests.Selected;

    [Fact(Skip = TakesMinutes, SkipUnless = nameof(Selected))]
    public async Task What_is_promised_holds_on_both_sides()
    {
        await using var cluster = new PartitionedCluster();
        await cluster.InitializeAsync();
        await FaultTests.HoldsAsync(cluster, "partition-silo");
    }
}
