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
    public PostgresServer Postgres { get; } = new(Path.Combine(arguments.Data, "postgres"), settings: arguments.PostgresSettings);

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
        _silos = [.. Enumerable.Range(1, arguments.Silos).Select(n => ClusterSettings.Silo(n, arguments, Postgres, Redis))];
        await StartAllAsync(_silos, cancellationToken);
        _gateways = [.. Enumerable.Range(1, arguments.Gateways).Select(n => ClusterSettings.Gateway(n, arguments, Redis))];
        await StartAllAsync(_gateways, cancellationToken);
        foreach (var server in _started)
            _watched.Add((server, new Supervisor(server, arguments.Restart, WriteFile)));
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
        await StopAllAsync([Redis, Postgres]);
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
        _file.Write(Kept(Postgres) ? Postgres : null, Kept(Redis) ? Redis : null, _silos.Where(Kept), _gateways.Where(Kept));
    }
}
