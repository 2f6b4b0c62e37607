using Orleans.Chat.Load.Chaos;
using Orleans.Chat.Load.Measuring;
using Orleans.Chat.Load.Population;

namespace Orleans.Chat.FaultTests;

/// <summary>One silo more under load, and one less. Nothing is started again here.</summary>
public sealed class SiloCountTests
{
    private const string TakesLong = "Takes long: ./test.sh faults --all runs it.";
    private const int NewChats = 200;

    public static bool All => FaultTests.All;

    [Fact(Skip = TakesLong, SkipUnless = nameof(All))]
    public async Task A_silo_that_joins_takes_its_share_of_new_chats_and_no_more()
    {
        await using var cluster = await NewAsync();
        var silos = new SiloCount(new ClusterProcesses(cluster.ClusterFile), FaultRun.Tell);
        IReadOnlyList<int> before = [],
            after = [];
        async Task AddAsync(CancellationToken cancellationToken)
        {
            await silos.More.BeginAsync(cancellationToken);
            before = await SiloChats.CountAsync(silos.Urls, cancellationToken);
            await MakeChatsAsync(cluster, cancellationToken);
            after = await SiloChats.CountAsync(silos.Urls, cancellationToken);
        }

        await FaultTests.HoldsAsync(cluster, "add-silo", [new Fault("add-silo", AddAsync, silos.More.HealAsync)]);

        int[] taken = [.. after.Zip(before, (a, b) => a - b)];
        FaultRun.Tell($"of {NewChats} new chats the silos took {string.Join(", ", taken)}; the last had joined");
        taken.Length.ShouldBe(4);
        // A fair share is a quarter; chance alone is within 15 of it nineteen times in twenty.
        taken.ShouldAllBe(n => n > NewChats / 10 && n < NewChats / 2);
    }

    [Fact(Skip = TakesLong, SkipUnless = nameof(All))]
    public async Task Chats_of_a_silo_that_leaves_are_opened_on_all_others()
    {
        await using var cluster = await NewAsync();

        await FaultTests.HoldsAsync(cluster, "remove-silo");

        var left = await SiloChats.CountAsync(
            new ClusterProcesses(cluster.ClusterFile).Urls("silo"),
            TestContext.Current.CancellationToken
        );
        left.Count.ShouldBe(2);
        left.ShouldAllBe(chats => chats > 0);
    }

    private static async Task<FaultCluster> NewAsync()
    {
        var cluster = new FaultCluster(arguments => arguments with { Restart = false });
        await cluster.InitializeAsync();
        return cluster;
    }

    private static async Task MakeChatsAsync(FaultCluster cluster, CancellationToken cancellationToken)
    {
        using var server = new ChatServer([.. cluster.Cluster.Gateways.Select(g => g.Url)]);
        var users = await server.UsersAsync(2, cancellationToken);
        await ChatServer.InParallelAsync(NewChats, _ => server.ChatAsync(direct: false, users, cancellationToken), cancellationToken);
    }
}
