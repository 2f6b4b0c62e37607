using Orleans.Chat.LocalCluster;
using Orleans.Chat.Support;

// Each cluster takes the whole machine: beside another, a silo that joins is too slow to answer and is declared dead.
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]

namespace Orleans.Chat.FaultTests;

/// <summary>Three silos, two gateways, PostgreSQL and Redis as processes of their own, each started again a second after it died.</summary>
public class FaultCluster : IAsyncLifetime
{
    private readonly TestFolder _folder = new("faults");
    private readonly Func<ClusterArguments, ClusterArguments> _with;

    public FaultCluster()
        : this(arguments => arguments) { }

    /// <summary>One that is another in something: its servers a mutant's, its silos users of their own, its disks of a size.</summary>
    protected internal FaultCluster(Func<ClusterArguments, ClusterArguments> with) => _with = with;

    public ClusterLauncher Cluster { get; private set; } = null!;

    public string ClusterFile => Path.Combine(_folder.Path, "cluster.json");

    public string Folder => _folder.Path;

    public async ValueTask InitializeAsync()
    {
        // Inherited by the servers: limits have tests of their own, and hashing a few dozen passwords at full strength takes its time.
        Environment.SetEnvironmentVariable("RateLimits__Enabled", "false");
        Environment.SetEnvironmentVariable("Auth__PasswordIterations", "1000");
        Environment.SetEnvironmentVariable("Auth__AccessTokenSeconds", "7200");
        Cluster = new ClusterLauncher(
            _with(
                new ClusterArguments
                {
                    Silos = 3,
                    Gateways = 2,
                    Port = FreePorts.TakePair(),
                    Data = _folder.Path,
                    Restart = true,
                }
            )
        );
        await Cluster.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Cluster.DisposeAsync();
        _folder.Delete();
        GC.SuppressFinalize(this);
    }
}
