using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Gateway.Delivery;

internal static class DeliveryRegistration
{
    /// <summary>
    /// Delivery to the connections of a hub. After <c>AddSignalR</c>, whose lifetime manager it replaces, and after the Orleans client (or silo), so that it
    /// stops before that. The <see cref="ServerConfig"/> that is registered goes into the <c>hello</c>.
    /// </summary>
    public static IServiceCollection AddDelivery<THub>(this IServiceCollection services, string gatewayName, TimeSpan drain)
        where THub : Hub
    {
        services.AddOptionsWithValidateOnStart<DeliveryOptions, DeliveryOptionsValidator>().BindConfiguration(DeliveryOptions.Section);
        services.AddMetrics();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(Random.Shared);

        services.AddSingleton<ChatHubLifetimeManager<THub>>();
        services.AddSingleton<HubLifetimeManager<THub>>(s => s.GetRequiredService<ChatHubLifetimeManager<THub>>());
        services.AddSingleton<IHubPorts>(s => s.GetRequiredService<ChatHubLifetimeManager<THub>>());

        services.AddSingleton(s => new GatewayIdentity(gatewayName, s.GetRequiredService<TimeProvider>()));
        services.AddSingleton<IClusterCalls, ClusterCalls>();
        services.AddSingleton<DeliveryMetrics>();
        services.AddSingleton<ConnectionTable>();
        services.AddSingleton<ChatPusher>();
        services.AddSingleton(s => new ChatTable(
            s.GetRequiredService<ConnectionTable>(),
            s.GetRequiredService<ChatPusher>(),
            s.GetRequiredService<DeliveryMetrics>(),
            s.GetRequiredService<IOptions<DeliveryOptions>>().Value.HeldPerChat
        ));
        services.AddSingleton<SyncCalls>();
        services.AddSingleton<Pulls>();
        services.AddSingleton<SessionLanes>();
        services.AddSingleton<MembershipReader>();
        services.AddSingleton<PresenceWatches>();
        services.AddSingleton<HelloSource>();
        services.AddSingleton(s => new Sources(
            s.GetRequiredService<TimeProvider>(),
            TimeSpan.FromSeconds(s.GetRequiredService<IOptions<DeliveryOptions>>().Value.SilenceSeconds)
        ));
        services.AddSingleton<Unheard>();
        services.AddSingleton(s => new Draining(
            s.GetRequiredService<ConnectionTable>(),
            s.GetRequiredService<Random>(),
            s.GetRequiredService<TimeProvider>(),
            drain
        ));
        services.AddSingleton<ItemRouter>();
        services.AddSingleton<IConnections, Connections>();
        services.AddSingleton<IHostLifetime, DrainingLifetime>();

        services.AddSingleton<Announcer>();
        services.AddSingleton<Resync>();
        services.AddSingleton<GatewayStream>();
        services.AddSingleton<IClusterConnectionStatusObserver>(s => new ClusterNews(s));
        services.AddHostedService<DeliveryStart>();
        services.AddHostedService(s => s.GetRequiredService<Announcer>());
        services.AddHostedService(s => s.GetRequiredService<Resync>());
        services.AddHostedService(s => s.GetRequiredService<GatewayStream>());
        services.AddHostedService<GatewayHeartbeat>();
        services.AddHostedService<PresenceUpkeep>();
        return services;
    }
}

/// <summary>Puts together what only calls back: pulls, and the gauges of the tables.</summary>
internal sealed class DeliveryStart(Pulls pulls, DeliveryMetrics metrics, ConnectionTable connections, ChatTable chats) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        metrics.Watch(() => connections.Count, () => connections.UserCount, () => chats.Count, connections.Queued);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        pulls.Stop();
        return Task.CompletedTask;
    }
}

/* The Orleans client makes its observers while it is itself being made, and the stream needs the client: so the stream is looked up
 * only when there is news. */
internal sealed class ClusterNews(IServiceProvider services) : IClusterConnectionStatusObserver
{
    public void NotifyGatewayCountChanged(int currentNumberOfGateways, int previousNumberOfGateways, bool connectionRecovered) =>
        services
            .GetRequiredService<GatewayStream>()
            .NotifyGatewayCountChanged(currentNumberOfGateways, previousNumberOfGateways, connectionRecovered);

    public void NotifyClusterConnectionLost() => services.GetRequiredService<GatewayStream>().NotifyClusterConnectionLost();
}
