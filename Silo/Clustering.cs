using System.Net;
using System.Net.Sockets;
using Orleans.Chat.Grains.Clustering;
using Orleans.Chat.Security;
using Orleans.Configuration;

namespace Orleans.Chat.Silo;

/// <summary>Membership and the time-outs that decide how long a fault is felt.</summary>
internal static class Clustering
{
    public static ISiloBuilder UseChatClustering(this ISiloBuilder silo, IConfiguration configuration)
    {
        var settings =
            configuration.GetSection(ClusterSettingsOptions.Section).Get<ClusterSettingsOptions>() ?? new ClusterSettingsOptions();
        silo.Services.AddOptions<ClusterSettingsOptions>()
            .BindConfiguration(ClusterSettingsOptions.Section)
            .ValidateDataAnnotations()
            .ValidateOnStart();
        silo.Configure<ClusterOptions>(o => (o.ClusterId, o.ServiceId) = (settings.ClusterId, settings.ServiceId));
        // A silo that is gone must be known to be gone within seconds; probes of 1 s were measured to give no false alarms.
        silo.Configure<ClusterMembershipOptions>(o =>
        {
            o.ProbeTimeout = TimeSpan.FromSeconds(1);
            // The default, four probes, lets a silo that is paused and not dead go unnoticed for 12.5 s; with this, 3.2 s.
            o.MaxProbeTimeout = TimeSpan.FromSeconds(1);
            o.NumMissedProbesLimit = 3;
            o.TableRefreshTimeout = TimeSpan.FromSeconds(5);
            o.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(5);
        });
        // A call in flight to a dead silo waits for the whole of it, and a stream's delivery likewise.
        silo.Configure<SiloMessagingOptions>(o =>
        {
            o.ResponseTimeout = TimeSpan.FromSeconds(5);
            o.ClientDropTimeout = TimeSpan.FromSeconds(10);
            o.MaxMessageBodySize = 16 * 1024 * 1024;
        });
        silo.Configure<GrainCollectionOptions>(o => o.CollectionAge = TimeSpan.FromMinutes(10));
        UseTls(silo, configuration);
        silo.Services.RefuseAbstractTypes();
        var (siloPort, gatewayPort) = (Port(settings.SiloPort), Port(settings.GatewayPort));
        if (settings.Membership == "Localhost")
            return silo.UseLocalhostClustering(siloPort, gatewayPort, null, settings.ServiceId, settings.ClusterId);
        silo.ConfigureEndpoints(IPAddress.Parse(settings.AdvertisedAddress), siloPort, gatewayPort, listenOnAnyHostAddress: false);
        return UseRedis(silo, configuration, settings);
    }

    private static int Port(int port) => port == 0 ? FreePort() : port;

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static void UseTls(ISiloBuilder silo, IConfiguration configuration)
    {
        if (!silo.Services.AddClusterTls(configuration))
            return;
        silo.Services.AddOptions<SiloConnectionOptions>()
            .Configure<PeerTls>(
                (connections, tls) =>
                {
                    connections.ConfigureSiloInboundConnection(tls.Accept);
                    connections.ConfigureSiloOutboundConnection(tls.Connect);
                    connections.ConfigureGatewayInboundConnection(tls.Accept);
                }
            );
    }

    private static ISiloBuilder UseRedis(ISiloBuilder silo, IConfiguration configuration, ClusterSettingsOptions settings)
    {
        var redis = RedisConnection.From(configuration);
        silo.Services.AddSingleton<IClusterIncarnation>(new RedisIncarnation(redis, settings.ClusterId));
        return silo.UseRedisClustering(o => o.ConfigurationOptions = redis);
    }
}
