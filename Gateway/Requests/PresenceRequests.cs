using Microsoft.Extensions.Options;
using Orleans.Chat.Gateway.Delivery;
using Orleans.Chat.Gateway.Validation;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Gateway.Requests;

/// <summary>What a connection watches.</summary>
internal sealed class PresenceRequests(IConnections connections, IOptions<LimitOptions> limits)
{
    public async Task<Outcome<Presences>> WatchAsync(string connectionId, WatchPresence request) =>
        AccountRules.WatchPresence(request, limits.Value) is { } problem
            ? problem
            : new Presences { Items = await connections.WatchPresenceAsync(connectionId, request.UserIds!) };
}
