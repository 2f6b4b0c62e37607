using Orleans.Chat.EndToEnd;

namespace Orleans.Chat.SystemTests;

/// <summary>What many reads do to silos.</summary>
public sealed class SharedReadsTests(ClusterPlace place)
{
    /// <summary>Each goes to one of two silos, or to the other: that all go to one is not to be feared.</summary>
    private const int Reads = 40;

    [Fact]
    public async Task One_gateways_reads_are_shared_by_the_silos_and_no_statement_is_logged()
    {
        await using var alice = await place.NewUserAsync("alice");
        await Place.NewGroupAsync(alice);
        for (var i = 0; i < Reads; i++)
            (await alice.PostAsync("sync", new { since = (string?)null })).Status.ShouldBe(200);

        foreach (var silo in place.Cluster.Silos)
        {
            (await Metrics.SumAsync(silo, "orleans_catalog_activation_created_total", "grain_type=\"chat-list\"")).ShouldBeGreaterThan(0);
            (await File.ReadAllTextAsync(silo.Process.LogFile)).ShouldNotContain("execution completed");
        }
    }
}
