using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Configuration;

namespace Orleans.Chat.PushStreams;

/// <summary>Adds the provider: on silos, which publish and deliver, and on clients, which subscribe.</summary>
public static class PushStreamHostingExtensions
{
    // The agent waits in the receiver; this is only how soon it looks again after an empty round.
    private static readonly TimeSpan Again = TimeSpan.FromMilliseconds(20);

    /// <summary>Adds a push stream provider to a silo.</summary>
    public static ISiloBuilder AddPushStreams(this ISiloBuilder silo, string name, Action<PushStreamOptions>? configure = null)
    {
        silo.Services.AddOptions<PushStreamOptions>(name)
            .Configure(configure ?? (_ => { }))
            .Validate(o => o.BatchSize > 0 && o.BacklogPerStream > 0, "BatchSize and BacklogPerStream must be above 0.");
        silo.Services.AddOptions<StreamPullingAgentOptions>(name)
            .Configure<IOptionsMonitor<PushStreamOptions>>(
                (agent, push) =>
                {
                    agent.BatchContainerBatchSize = push.Get(name).BatchSize;
                    agent.MaxEventDeliveryTime = push.Get(name).MaxEventDeliveryTime;
                    agent.GetQueueMsgsTimerPeriod = Again;
                }
            );
        return silo.AddPersistentStreams(
            name,
            (services, provider) => new PushAdapterFactory(provider, ActivatorUtilities.CreateInstance<PushQueue>(services, provider)),
            streams => streams.ConfigurePartitionBalancing((_, _) => new LocalQueueBalancer())
        );
    }

    /// <summary>Adds a push stream provider to a client, which can subscribe and not publish.</summary>
    public static IClientBuilder AddPushStreams(this IClientBuilder client, string name) =>
        client.AddPersistentStreams(name, (_, provider) => new PushAdapterFactory(provider, queue: null), null);
}
