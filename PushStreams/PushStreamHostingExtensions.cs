using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace Orleans.Chat.PushStreams;

/// <summary>Adds the provider: on silos, which publish and deliver, and on clients, which subscribe.</summary>
public static class PushStreamHostingExtensions
{
    /// <summary>
    /// Adds a push stream provider to a silo. It needs grain storage named <c>PubSubStore</c>, durable in a cluster of more than one silo:
    /// subscriptions are kept there. What is published is handed over, not copied, and must not be changed after.
    /// </summary>
    public static ISiloBuilder AddPushStreams(this ISiloBuilder silo, string name, Action<PushStreamOptions>? configure = null)
    {
        AddOptions(silo.Services, name, configure);
        silo.Services.AddMetrics();
        silo.Services.AddKeyedSingleton(name, (services, key) => ActivatorUtilities.CreateInstance<PushQueue>(services, (string)key!));
        silo.Services.AddOptions<StreamPullingAgentOptions>(name)
            .Configure<IOptionsMonitor<PushStreamOptions>>(
                (agent, options) =>
                {
                    var push = options.Get(name);
                    // A cursor's batch holds up to BatchSize events already; more than one a call would multiply it.
                    agent.BatchContainerBatchSize = 1;
                    agent.MaxEventDeliveryTime = push.MaxEventDeliveryTime;
                    agent.GetQueueMsgsTimerPeriod = push.GetQueueMsgsTimerPeriod;
                }
            );
        return silo.AddPersistentStreams(
            name,
            static (services, provider) => new PushAdapterFactory(provider, services.GetRequiredKeyedService<PushQueue>(provider)),
            static streams => streams.ConfigurePartitionBalancing((_, _) => new LocalQueueBalancer())
        );
    }

    /// <summary>
    /// Adds a push stream provider to a client, which can subscribe and not publish. Its options are the silo's, so that one method can
    /// configure both; none of them changes what a client does.
    /// </summary>
    public static IClientBuilder AddPushStreams(this IClientBuilder client, string name, Action<PushStreamOptions>? configure = null)
    {
        AddOptions(client.Services, name, configure);
        return client.AddPersistentStreams(name, static (_, provider) => new PushAdapterFactory(provider, queue: null), null);
    }

    private static void AddOptions(IServiceCollection services, string name, Action<PushStreamOptions>? configure)
    {
        var options = services.AddOptionsWithValidateOnStart<PushStreamOptions, PushStreamOptionsValidator>(name);
        if (configure is not null)
            options.Configure(configure);
    }
}
