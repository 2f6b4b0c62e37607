using Orleans.Chat.EndToEnd;
using Orleans.Chat.LocalCluster;

[assembly: AssemblyFixture(typeof(Orleans.Chat.SystemTests.ClusterPlace))]

namespace Orleans.Chat.SystemTests;

/// <summary>Two silos and two gateways as processes of their own, with PostgreSQL and Redis.</summary>
public sealed class ClusterPlace : Place, IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("orleans-chat-system-").FullName;
    private ClusterLauncher _cluster = null!;

    public override Uri Here => _cluster.Gateways[0].Url;

    public override Uri There => _cluster.Gateways[^1].Url;

    public ClusterLauncher Cluster => _cluster;

    public async ValueTask InitializeAsync()
    {
        _cluster = new ClusterLauncher(
            new ClusterArguments
            {
                Silos = 2,
                Gateways = 2,
                Port = TwoFreePorts(),
                Data = _folder,
            }
        );
        await _cluster.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _cluster.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private static int TwoFreePorts()
    {
        while (true)
        {
            var port = FreePorts.Take();
            if (FreePorts.IsFree(port + 1))
                return port;
        }
    }
}

public sealed class ClusterMessageTests(ClusterPlace place) : MessageScenarios(place);

public sealed class ClusterPeopleTests(ClusterPlace place) : PeopleScenarios(place);
