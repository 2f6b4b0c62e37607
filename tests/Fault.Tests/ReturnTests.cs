using Orleans.Chat.Load.Scenarios;

namespace Orleans.Chat.FaultTests;

/// <summary>Thousands of clients that lose their connections at once, as when a proxy before the gateways is restarted.</summary>
public sealed class ReturnTests
{
    private const string TakesLong = "Takes long: ./test.sh faults --all runs it.";
    private const int Users = 5_000;

    public static bool All => FaultTests.All;

    [Fact(Skip = TakesLong, SkipUnless = nameof(All))]
    public async Task All_who_are_cut_at_once_are_back_with_what_they_missed_and_that_costs_less_than_coming_anew()
    {
        await using var cluster = new FaultCluster();
        await cluster.InitializeAsync();

        var result = await ReturnCommand.RunAsync(
            new ReturnSettings { Cluster = cluster.ClusterFile, Users = Users },
            TestContext.Current.CancellationToken
        );

        foreach (var (name, figure) in result.Figures)
            FaultRun.Tell($"{Users} cut at once: {name} {figure}");
        result.Figures["came"].ShouldBe(Users);
        result.Figures["connections"].ShouldBe(Users);
        result.Figures["server_cpu_ms_each"].ShouldBeLessThan(result.Figures["first_server_cpu_ms_each"]);
    }
}
