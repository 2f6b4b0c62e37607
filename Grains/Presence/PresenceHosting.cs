using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans.Chat.Grains.Delivery;

namespace Orleans.Chat.Grains.Presence;

internal static class PresenceHosting
{
    /// <summary>What presence needs beside the stores, a publisher and a clock.</summary>
    public static IServiceCollection AddPresence(this IServiceCollection services)
    {
        services.TryAddSingleton<UserNotifier>();
        return services.AddHosted<LastSeenFlusher>();
    }
}
