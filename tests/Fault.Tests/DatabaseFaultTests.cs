namespace Orleans.Chat.FaultTests;

/// <summary>Faults of what PostgreSQL stands on: its volumes, and the machine that it is on. Each needs a cluster of its own, and volumes need root.</summary>
public sealed class DatabaseFaultTests
{
    private const string TakesMinutes = "Takes minutes: ./test.sh faults runs it.";
    private const string TakesLong = "Takes long: ./test.sh faults --all runs it.";
    private const int Megabytes = 256;

    public static bool Selected => FaultTests.Selected;

    public static bool All => FaultTests.All;

    [Fact(Skip = TakesMinutes, SkipUnless = nameof(Selected))]
    public async Task A_full_disk_refuses_what_may_be_repeated_and_heals_by_itself()
    {
        await using var cluster = await WithVolumesAsync();
        var postgres = cluster.Cluster.Postgres.Pid;

        var (_, refusals, _) = await FaultTests.HoldsAsync(cluster, "full-disk");

        // Nothing was written, and that is known; a member who was just removed is not found.
        refusals.Counts.ShouldContainKey("overloaded");
        refusals.Counts.Keys.ShouldBeSubsetOf(["overloaded", "unavailable", "not_found"]);
        cluster.Cluster.Postgres.Pid.ShouldBe(postgres);
    }

    [Fact(Skip = TakesMinutes, SkipUnless = nameof(Selected))]
    public async Task A_full_volume_of_the_log_stops_PostgreSQL_until_there_is_space_and_it_is_started()
    {
        await using var cluster = await WithVolumesAsync();
        var postgres = cluster.Cluster.Postgres.Pid;

        var (_, refusals, _) = await FaultTests.HoldsAsync(cluster, "full-wal");

        refusals.Counts.ShouldContainKey("unavailable");
        cluster.Cluster.Postgres.Pid.ShouldNotBe(postgres);
    }

    [Fact(Skip = TakesLong, SkipUnless = nameof(All))]
    public async Task What_is_promised_holds_on_a_slow_disk()
    {
        await using var cluster = await WithVolumesAsync();
        var (verdict, _, _) = await FaultTests.HoldsAsync(cluster, "slow-disk");
        // Else the disk was not slow.
        verdict.DuringFaults.ShouldNotBeNull().MedianMilliseconds.ShouldBeGreaterThan(100);
    }

    [Fact(Skip = TakesMinutes, SkipUnless = nameof(Selected))]
    public async Task A_synchronous_standby_takes_over_with_all_that_was_acknowledged()
    {
        await using var cluster = new FaultCluster(arguments => arguments with { Standby = true });
        await cluster.InitializeAsync();
        var standby = cluster.Cluster.Standby.ShouldNotBeNull();

        await FaultTests.HoldsAsync(cluster, "failover-postgres");

        cluster.Cluster.Postgres.Process.HasExited.ShouldBeTrue();
        (await File.ReadAllTextAsync(cluster.ClusterFile)).ShouldContain($"\"pid\": {standby.Process.Pid},");
    }

    private static async Task<FaultCluster> WithVolumesAsync()
    {
        var cluster = new FaultCluster(arguments => arguments with { Volumes = Megabytes });
        await cluster.InitializeAsync();
        return cluster;
    }
}
