using Orleans.Chat.LocalCluster;
using Orleans.Chat.Support;

namespace Orleans.Chat.FaultTests;

/// <summary>Three silos, two gateways, PostgreSQL and Redis as processes of their own, each started again a second after it died.</summary>
public class FaultCluster : IAsyncLifetime
{
    private readonly TestFolder _folder = new("faults");
    private readonly string? _binaries;
    private readonly int? _siloUser;

    public FaultCluster()
        : this(binaries: null) { }

    /// <summary>One whose servers are others, a mutant's, or whose silos are users of their own.</summary>
    protected internal FaultCluster(string? binaries, int? siloUser = null) => (_binaries, _siloUser) = (binaries, siloUser);

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
            new ClusterArguments
            {
                Silos = 3,
                Gateways = 2,
                Port = FreePorts.TakePair(),
                Data = _folder.Path,
                Restart = true,
                SiloUser = _siloUser,
                Binaries = _binaries,
            }
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
