using Orleans.Chat.EndToEnd;
using Orleans.Chat.LocalCluster;
using Orleans.Chat.Support;

[assembly: AssemblyFixture(typeof(Orleans.Chat.SystemTests.ClusterPlace))]

namespace Orleans.Chat.SystemTests;

/// <summary>Two silos and two gateways as processes of their own, with PostgreSQL and Redis.</summary>
public class ClusterPlace : Place, IAsyncLifetime
{
    private readonly TestFolder _folder = new("system");
    private ClusterLauncher _cluster = null!;

    public override Uri Here => _cluster.Gateways[0].Url;

    public override Uri There => _cluster.Gateways[^1].Url;

    public ClusterLauncher Cluster => _cluster;

    public async ValueTask InitializeAsync()
    {
        // Inherited by the servers: here the load is a fault's company, and limits have tests of their own.
        Environment.SetEnvironmentVariable("RateLimits__Enabled", "false");
        _cluster = new ClusterLauncher(
            new ClusterArguments
            {
                Silos = 2,
                Gateways = 2,
                Port = FreePorts.TakePair(),
                Data = _folder.Path,
            }
        );
        await _cluster.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _cluster.DisposeAsync();
        _folder.Delete();
        GC.SuppressFinalize(this);
    }
}

public sealed class ClusterMessageTests(ClusterPlace place) : MessageScenarios(place);

public sealed class ClusterPeopleTests(ClusterPlace place) : PeopleScenarios(place);
