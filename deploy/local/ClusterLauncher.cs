namespace Orleans.Chat.LocalCluster;

/// <summary>
/// A whole cluster on this machine: PostgreSQL, Redis, silos, gateways, each a process of its own. For <c>run.sh cluster</c> and for tests
/// that break processes.
/// </summary>
public sealed class ClusterLauncher(ClusterArguments arguments) : IAsyncDisposable
{
    private readonly ClusterFile _file = new(arguments.Data);
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<(IServer Server, Supervisor Supervisor)> _watched = [];
    private readonly List<Task> _watching = [];
    private readonly List<IServer> _started = [];
    private List<ServerProcess> _silos = [];
    private List<ServerProcess> _gateways = [];

    /// <summary>The database.</summary>
    public PostgresServer Postgres { get; } =
        new(Path.Combine(arguments.Data, "postgres"), settings: arguments.PostgresSettings)
        {
            Volumes = arguments.Volumes is { } size ? new PostgresVolumes(Path.Combine(arguments.Data, "volumes"), size) : null,
        };

    /// <summary>The one that follows it; null without one.</summary>
    public PostgresServer? Standby { get; private set; }

    /// <summary>Membership and subscriptions.</summary>
    public RedisServer Redis { get; } = new(Path.Combine(arguments.Data, "redis"));

    /// <summary>In the order of their names.</summary>
    public IReadOnlyList<ServerProcess> Silos => _silos;

    /// <summary>In the order of their names.</summary>
    public IReadOnlyList<ServerProcess> Gateways => _gateways;

    /// <summary>Starts everything, returns when every gateway is ready, and keeps <c>cluster.json</c> from then on.</summary>
    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        _file.Clear();
        for (var port = arguments.Port; port < arguments.Port + arguments.Gateways; port++)
        {
            if (!FreePorts.IsFree(port))
                throw new ServerStartException($"Port {port} is taken: choose another with --port.");
        }
        await StartAllAsync([Postgres, Redis], cancellationToken);
        var settings = new ClusterSettings(arguments, await DatabaseAsync(cancellationToken), Redis)
        {
            Clocks = arguments.Clocks ? await MovableClocks.MakeAsync(arguments.Data, cancellationToken) : null,
        };
        _silos = [.. Enumerable.Range(1, arguments.Silos).Select(settings.Silo)];
        await StartAllAsync(_silos, cancellationToken);
        _gateways = [.. Enumerable.Range(1, arguments.Gateways).Select(settings.Gateway)];
        await StartAllAsync(_gateways, cancellationToken);
        foreach (var server in _started)
            _watched.Add((server, new Supervisor(server, IsRestarted(server), WriteFile)));
        WriteFile();
        _watching.AddRange(_watched.Select(w => w.Supervisor.RunAsync(_stopping.Token)));
    }

    /// <summary>Stops everything: first the gateways, which tell their clients, then the silos, which commit what they have, then the stores.</summary>
    public async Task StopAsync()
    {
        await _stopping.CancelAsync();
        _file.Close();
        await Task.WhenAll(_watching).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await StopAllAsync(_gateways);
        await StopAllAsync(_silos);
        await StopAllAsync(Standby is null ? [Redis, Postgres] : [Redis, Standby, Postgres]);
    }

    /// <summary>Kills everything now.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(_watching).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var server in _started)
            await server.DisposeAsync();
        _file.Close();
        _stopping.Dispose();
    }

    // One that comes back after its standby took over can be written to as well, and would be.
    private bool IsRestarted(IServer server) => arguments.Restart && (Standby is null || server != Postgres);

    /// <summary>The silos' connection string, when a standby is wanted once it follows.</summary>
    private async Task<string> DatabaseAsync(CancellationToken cancellationToken)
    {
        if (!arguments.Standby)
            return Postgres.ConnectionString;
        Standby = new PostgresServer(Path.Combine(arguments.Data, "postgres-standby")) { Primary = Postgres };
        await StartAllAsync([Standby], cancellationToken);
        await new SynchronousStandby(Postgres, Standby).BeginAsync(cancellationToken);
        return Postgres.ConnectionStringWith(Standby);
    }

    private async Task StartAllAsync(IReadOnlyCollection<IServer> servers, CancellationToken cancellationToken)
    {
        Console.WriteLine($"starting {string.Join(", ", servers.Select(s => s.Name))}");
        _started.AddRange(servers);
        using var oneFailed = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await foreach (var start in Task.WhenEach(servers.Select(s => s.StartAsync(oneFailed.Token))))
        {
            try
            {
                await start;
            }
            catch
            {
                await oneFailed.CancelAsync();
                throw;
            }
        }
    }

    private async Task StopAllAsync(IReadOnlyCollection<IServer> servers)
    {
        var running = servers.Where(_started.Contains).ToList();
        if (running.Count > 0)
            Console.WriteLine($"stopping {string.Join(", ", running.Select(s => s.Name))}");
        var clean = await Task.WhenAll(running.Select(s => s.StopAsync()));
        foreach (var (server, _) in running.Zip(clean).Where(s => !s.Second))
            Console.WriteLine($"{server.Name} did not stop in time and was killed");
    }

    private void WriteFile()
    {
        bool Kept(IServer server) => _watched.Exists(w => w.Server == server && w.Supervisor.IsKept);
        _file.Write(
            Kept(Postgres) ? Postgres : null,
            Standby is not null && Kept(Standby) ? Standby : null,
            Kept(Redis) ? Redis : null,
            _silos.Where(Kept),
            _gateways.Where(Kept)
        );
    }
}
