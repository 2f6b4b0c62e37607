using Microsoft.AspNetCore.SignalR;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Gateway.Delivery;

/// <summary>What the hub tells the delivery side of its connections.</summary>
internal interface IConnections
{
    /// <summary>Takes a connection: when this returns null its <c>hello</c> is on the way; otherwise the connection is to be refused.</summary>
    Task<Problem?> OpenedAsync(HubCallerContext context, string userId, string sessionId, DateTimeOffset tokenExpiresAt);

    /// <summary>The connection is gone. Safe for one that was refused.</summary>
    Task ClosedAsync(HubCallerContext context);

    /// <summary>Replaces whose presence the connection is told of; answers where they are now.</summary>
    Task<UserPresence[]> WatchPresenceAsync(string connectionId, string[] userIds);

    /// <summary>The connection showed a newer token.</summary>
    void TokenExtended(string connectionId, DateTimeOffset expiresAt);
}
