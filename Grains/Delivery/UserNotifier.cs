using Microsoft.Extensions.Logging;
using Orleans.Chat.Grains.Interfaces;
using Orleans.Chat.Grains.Interfaces.Delivery;

namespace Orleans.Chat.Grains.Delivery;

/// <summary>
/// Tells one user's gateways something that is the user's alone: those its session knows, or all of them while that is not known or cannot be
/// asked. Gateways where the user is not ignore it.
/// </summary>
internal sealed partial class UserNotifier(IGrainFactory grains, IGatewayPublisher publisher, ILogger<UserNotifier> logger)
{
    public async Task TellAsync(string userId, GatewayEvent e)
    {
        foreach (var gateway in await GatewaysAsync(userId))
            await publisher.PublishAsync(gateway, e);
    }

    private async Task<IReadOnlyList<string>> GatewaysAsync(string userId)
    {
        try
        {
            var routes = await grains.Session(userId).Routes();
            return routes.Unknown ? publisher.LiveGateways : routes.Gateways;
        }
        catch (Exception fault)
        {
            Log.SessionSilent(logger, fault.GetType().Name);
            return publisher.LiveGateways;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "A user's session could not be asked ({Fault}); every gateway is told")]
        public static partial void SessionSilent(ILogger logger, string fault);
    }
}
