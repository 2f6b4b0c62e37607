using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans.Chat.Grains.Chats;
using Orleans.Chat.Grains.Clustering;
using Orleans.Chat.Grains.Delivery;
using Orleans.Chat.Grains.Presence;
using Orleans.Chat.Grains.Sessions;
using Orleans.Chat.Grains.Users;

namespace Orleans.Chat.Grains;

/// <summary>What a silo needs to hold the grains of chat: a line a feature.</summary>
public static class GrainsHostingExtensions
{
    /// <summary>Adds the grains' services. Storage, clustering and the stream provider are the host's to add.</summary>
    public static ISiloBuilder AddChatGrains(this ISiloBuilder silo)
    {
        var services = silo.Services;
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<IClusterIncarnation, ProcessIncarnation>();
        services.AddMetrics();
        services.AddDelivery().AddSessions().AddClusterState().AddChats().AddAccounts().AddPresence();
        silo.AddIncomingGrainCallFilter<StoreFaultFilter>();
        return silo;
    }

    private static IServiceCollection AddDelivery(this IServiceCollection services)
    {
        services.AddOptions<DeliveryOptions>().BindConfiguration(DeliveryOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddHosted<GatewayWatch>().AddHosted<GatewayPublisher>().AddHosted<RouteTable>();
        services.AddSingleton<PublisherMetrics>();
        services.AddSingleton<IGatewayPublisher>(s => s.GetRequiredService<GatewayPublisher>());
        return services;
    }

    private static IServiceCollection AddSessions(this IServiceCollection services) =>
        services.AddHosted<Inquiries>().AddHosted<LocalSessions>();

    private static IServiceCollection AddClusterState(this IServiceCollection services) =>
        services.AddSingleton<ActiveChatMetrics>().AddSingleton<ActiveChats>().AddHosted<ClusterState>();

    private static IServiceCollection AddChats(this IServiceCollection services)
    {
        services
            .AddOptions<ChatOptions>()
            .BindConfiguration(ChatOptions.Section)
            .PostConfigure<IConfiguration>(
                (chat, configuration) =>
                {
                    // One switch for all limits of rates: see RateLimitOptions of the gateway.
                    if (!configuration.GetValue("RateLimits:Enabled", true))
                        chat.DeliveriesPerSecond = int.MaxValue;
                }
            )
            .ValidateDataAnnotations()
            .ValidateOnStart();
        return services.AddHosted<CursorFlusher>();
    }

    /// <summary>One instance, hosted and injectable.</summary>
    internal static IServiceCollection AddHosted<T>(this IServiceCollection services)
        where T : class, Microsoft.Extensions.Hosting.IHostedService =>
        services.AddSingleton<T>().AddHostedService(s => s.GetRequiredService<T>());
}
