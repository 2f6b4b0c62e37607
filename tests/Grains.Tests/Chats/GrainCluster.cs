using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Orleans.Chat.Grains.Interfaces;
using Orleans.Chat.Grains.Interfaces.Delivery;
using Orleans.Chat.PushStreams;
using Orleans.Chat.Storage;
using Orleans.Chat.Storage.PostgreSql;
using Orleans.Chat.Storage.Users;
using Orleans.Configuration;
using Orleans.Storage;
using Orleans.TestingHost;

namespace Orleans.Chat.Grains.Tests.Chats;

/// <summary>What a test's cluster is made of.</summary>
internal sealed record ClusterSetup
{
    public short Silos { get; init; } = 1;

    /// <summary>Whether the clock goes on by itself; otherwise it stands until the test moves it.</summary>
    public bool ClockRuns { get; init; } = true;

    public Action<IServiceCollection> Configure { get; init; } = _ => { };

    /// <summary>The store, of the place that the cluster is started over.</summary>
    public Action<IServiceCollection, string> Store { get; init; } =
        (services, connectionString) => services.AddPostgresChatStorage(connectionString).AddPostgresAccountStorage(connectionString);
}

/* Real silos with all grains of chat over a real database. Only the gateways are played (TestGateway).
 *
 * The product's clock is the test's: it runs as fast as the real one and can be set forward. Orleans' own loops have the real one. */
internal sealed class GrainCluster : IAsyncDisposable
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(10);

    // On a machine that stalls the clock is late, and no lease runs out for it.
    private static readonly TimeSpan LongestTick = TimeSpan.FromMilliseconds(50);
    private readonly List<TestGateway> _gateways = [];
    private readonly CancellationTokenSource _stopped = new();
    private readonly SharedGrainStorage _subscriptions = new();
    private Task _running = Task.CompletedTask;
    private int _ids;

    private GrainCluster(string database, ClusterSetup setup)
    {
        var builder = new InProcessTestClusterBuilder(setup.Silos);
        builder.ConfigureSilo((_, silo) => Configure(silo, database, setup));
        builder.ConfigureClient(client => client.AddPushStreams(ChatStreams.Delivery));
        Cluster = builder.Build();
    }

    public InProcessTestCluster Cluster { get; }

    public IClusterClient Client => Cluster.Client;

    public FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));

    public static async Task<GrainCluster> StartAsync(string database, ClusterSetup? setup = null)
    {
        setup ??= new ClusterSetup();
        var cluster = new GrainCluster(database, setup);
        await cluster.Cluster.DeployAsync(TestContext.Current.CancellationToken);
        if (setup.ClockRuns)
            cluster._running = cluster.RunClockAsync();
        return cluster;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var gateway in _gateways)
            await gateway.FallSilentAsync();
        // The clock runs until the silos are down: what they wait for while they stop must come.
        await Cluster.StopAllSilosAsync(CancellationToken.None);
        await _stopped.CancelAsync();
        await _running;
        await Cluster.DisposeAsync();
        _stopped.Dispose();
    }

    public T Service<T>(SiloAddress? silo = null)
        where T : notnull => Cluster.GetSiloServiceProvider(silo!).GetRequiredService<T>();

    public Task DeactivateAsync(IAddressable grain) => Cluster.DeactivateAsync(grain);

    /// <summary>The silo where the grain is active. Asks the silos themselves: the directory's answer may come out of a cache.</summary>
    public async Task<SiloAddress?> PlaceOfAsync(IAddressable grain)
    {
        var active = await Client.Management().GetDetailedGrainStatistics();
        return active.Where(a => a.GrainId == grain.GetGrainId()).Select(a => a.SiloAddress).SingleOrDefault();
    }

    public InProcessSiloHandle Silo(SiloAddress address) => Cluster.Silos.Single(s => s.SiloAddress.Equals(address));

    /// <summary>An id of this cluster's own.</summary>
    public string NewId(string name) => $"{name}-{Interlocked.Increment(ref _ids)}-{Guid.CreateVersion7().ToString("N")[20..]}";

    /// <summary>A user with an account.</summary>
    public async Task<string> NewUserAsync(string name)
    {
        var row = new UserRow
        {
            UserId = NewId(name),
            DisplayName = name,
            CreatedAt = Clock.GetUtcNow(),
        };
        (await Service<IAccountStore>().CreateAsync(row, TestContext.Current.CancellationToken)).ShouldBeTrue();
        return row.UserId;
    }

    /// <summary>A gateway that has joined, and that every silo knows.</summary>
    public async Task<TestGateway> NewGatewayAsync(string name = "gateway")
    {
        var gateway = new TestGateway(this, NewId(name));
        _gateways.Add(gateway);
        await gateway.StartAsync();
        return gateway;
    }

    private void Configure(ISiloBuilder silo, string database, ClusterSetup setup)
    {
        silo.Services.AddSingleton<TimeProvider>(Clock);
        silo.Services.UseTimeProviderForBackgroundAreas(TimeProvider.System);
        silo.Services.AddOptions<StorageOptions>();
        setup.Store(silo.Services, database);
        // As Silo/Clustering has them: a silo that is gone must be known to be gone within seconds.
        silo.Configure<ClusterMembershipOptions>(o =>
        {
            o.ProbeTimeout = TimeSpan.FromSeconds(1);
            o.NumMissedProbesLimit = 3;
            o.TableRefreshTimeout = TimeSpan.FromSeconds(5);
            o.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(5);
        });
        silo.Configure<SiloMessagingOptions>(o => o.ResponseTimeout = TimeSpan.FromSeconds(5));
        silo.Services.AddKeyedSingleton<IGrainStorage>(ChatStreams.PubSubStore, _subscriptions);
        silo.AddPushStreams(ChatStreams.Delivery, o => o.OverflowEvent = _ => new GatewayItem("", 0, new Overflow()));
        silo.AddChatGrains();
        setup.Configure(silo.Services);
    }

    private async Task RunClockAsync()
    {
        using var timer = new PeriodicTimer(Tick);
        var last = TimeProvider.System.GetTimestamp();
        try
        {
            while (await timer.WaitForNextTickAsync(_stopped.Token))
            {
                var now = TimeProvider.System.GetTimestamp();
                var elapsed = TimeProvider.System.GetElapsedTime(last, now);
                Clock.Advance(elapsed < LongestTick ? elapsed : LongestTick);
                last = now;
            }
        }
        catch (OperationCanceledException) when (_stopped.IsCancellationRequested)
        {
            // The cluster is down.
        }
    }
}
