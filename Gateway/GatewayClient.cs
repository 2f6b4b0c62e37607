using Orleans.Chat.Gateway.Delivery;
using Orleans.Chat.Gateway.RateLimits;
using Orleans.Chat.Grains.Interfaces;
using Orleans.Chat.PushStreams;
using Orleans.Chat.Security;
using Orleans.Configuration;

namespace Orleans.Chat.Gateway;

/// <summary>The way to the silos of a gateway that is a process of its own.</summary>
internal static partial class GatewayClient
{
    // Shorter than what a client of the chat waits; a call in flight to a dead silo waits for the whole of it.
    private static readonly TimeSpan ResponseTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ListRefresh = TimeSpan.FromSeconds(10);

    public static WebApplicationBuilder AddChatGatewayClient(this WebApplicationBuilder builder)
    {
        builder
            .Services.AddOptionsWithValidateOnStart<GatewayClusterOptions, GatewayClusterOptionsValidator>()
            .BindConfiguration(GatewayClusterOptions.Section);
        var settings =
            builder.Configuration.GetSection(GatewayClusterOptions.Section).Get<GatewayClusterOptions>() ?? new GatewayClusterOptions();
        var redis = RedisConnection.From(builder.Configuration);
        // The instance, and not the node: one that starts again is another that tells.
        builder.Services.AddSingleton<ISharedBuckets>(s => new RedisBuckets(
            redis,
            settings.ClusterId,
            s.GetRequiredService<GatewayIdentity>().Id
        ));
        builder.UseOrleansClient(client =>
        {
            client.Configure<ClusterOptions>(o => (o.ClusterId, o.ServiceId) = (settings.ClusterId, settings.ServiceId));
            client.Configure<ClientMessagingOptions>(o => o.ResponseTimeout = ResponseTimeout);
            client.Configure<Orleans.Configuration.GatewayOptions>(o => o.GatewayListRefreshPeriod = ListRefresh);
            client.UseRedisClustering(o => o.ConfigurationOptions = redis);
            if (client.Services.AddClusterTls(builder.Configuration))
                client.Services.AddOptions<ClientConnectionOptions>().Configure<PeerTls>((o, tls) => o.ConfigureConnection(tls.Connect));
            client.Services.RefuseAbstractTypes();
            client.Services.AddSingleton<IClientConnectionRetryFilter>(s => new ConnectRetry(
                settings,
                TimeProvider.System,
                s.GetRequiredService<ILogger<ConnectRetry>>()
            ));
            client.AddPushStreams(ChatStreams.Delivery);
        });
        return builder;
    }

    /* Gateways and silos start together, in any order: the gateway tries until it is stopped. Many gateways that start at once do not ask
     * in step. Why it has to is said each time: Orleans says nothing of a Redis that is not there, or that is not who it is to be. */
    private sealed partial class ConnectRetry(GatewayClusterOptions settings, TimeProvider time, ILogger<ConnectRetry> logger)
        : IClientConnectionRetryFilter
    {
        private int _tries;

        public async Task<bool> ShouldRetryConnectionAttempt(Exception exception, CancellationToken cancellationToken)
        {
            Log.NotYet(logger, exception.Message, exception.GetBaseException().Message);
            var limit = TimeSpan.FromSeconds(settings.MaxConnectPauseSeconds);
            var pause = TimeSpan.FromMilliseconds(250 * Math.Pow(2, Math.Min(_tries++, 10)));
            pause = pause < limit ? pause : limit;
            await Task.Delay(pause * (0.5 + (0.5 * Random.Shared.NextDouble())), time, cancellationToken);
            return true;
        }

        private static partial class Log
        {
            [LoggerMessage(1, LogLevel.Warning, "No way to the silos yet: {Reason} ({Cause})")]
            public static partial void NotYet(ILogger logger, string reason, string cause);
        }
    }
}
