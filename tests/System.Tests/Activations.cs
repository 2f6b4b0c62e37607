using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orleans.Chat.Grains.Interfaces;
using Orleans.Chat.LocalCluster;
using Orleans.Chat.Support;
using Orleans.Configuration;
using StackExchange.Redis;

namespace Orleans.Chat.SystemTests;

/// <summary>Where grains are, asked of the cluster itself: a test that kills a grain's silo must know and not hope.</summary>
internal sealed class Activations : IAsyncDisposable
{
    private readonly ClusterLauncher _cluster;
    private readonly IHost _client;

    private Activations(ClusterLauncher cluster, IHost client) => (_cluster, _client) = (cluster, client);

    public IGrainFactory Grains => _client.Services.GetRequiredService<IClusterClient>();

    public static async Task<Activations> ConnectAsync(ClusterLauncher cluster)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        // The processes' own, so that this is a client of their cluster.
        var settings = new ConfigurationBuilder()
            .AddInMemoryCollection(
                cluster.Silos[0].Settings.Select(v => KeyValuePair.Create(v.Key.Replace("__", ":", StringComparison.Ordinal), v.Value))
            )
            .Build();
        builder.UseOrleansClient(client =>
        {
            client.Configure<ClusterOptions>(settings.GetSection("Cluster"));
            client.Configure<ClientMessagingOptions>(o => o.ResponseTimeout = TimeSpan.FromSeconds(5));
            client.Configure<GatewayOptions>(o => o.GatewayListRefreshPeriod = TimeSpan.FromSeconds(1));
            client.UseRedisClustering(o => o.ConfigurationOptions = ConfigurationOptions.Parse(cluster.Redis.ConnectionString));
        });
        var host = builder.Build();
        await host.StartAsync(TestContext.Current.CancellationToken);
        return new Activations(cluster, host);
    }

    /// <summary>The silo that holds the grain's activation; null when there is none. The directory's answer may come out of a cache.</summary>
    public async Task<ServerProcess?> SiloOfAsync(IAddressable grain)
    {
        var active = await Grains.Management().GetDetailedGrainStatistics();
        return active.Where(a => a.GrainId == grain.GetGrainId()).Select(a => Process(a.SiloAddress)).SingleOrDefault();
    }

    /// <summary>Waits until the cluster agrees on how many silos are active.</summary>
    public Task ActiveSilosAsync(int count) =>
        Eventually.HoldsAsync(
            $"{count} active silos",
            TimeSpan.FromSeconds(30),
            async () =>
            {
                try
                {
                    return (await Grains.Management().GetHosts(onlyActive: true)).Count == count;
                }
                catch (Exception e) when (e is TimeoutException or OrleansException)
                {
                    // The management grain may have been in the silo that died.
                    return false;
                }
            }
        );

    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5), TimeProvider.System);
        await _client.StopAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _client.Dispose();
    }

    private ServerProcess Process(SiloAddress address) =>
        _cluster.Silos.Single(s => s.Settings["Cluster__SiloPort"] == $"{address.Endpoint.Port}");
}
