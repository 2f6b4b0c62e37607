using Orleans.Chat.Grains.Interfaces.Chats;
using Orleans.Chat.Grains.Interfaces.Delivery;
using Orleans.Chat.Grains.Interfaces.Sessions;
using Orleans.Chat.Protocol;
using ConnectionInfo = Orleans.Chat.Grains.Interfaces.Sessions.ConnectionInfo;

namespace Orleans.Chat.Gateway.Delivery;

/// <summary>The calls that delivery makes of grains, in the name of this gateway instance.</summary>
internal interface IClusterCalls
{
    Task ConnectAsync(string userId, string connectionId, string sessionId);

    Task DisconnectAsync(string userId, string connectionId);

    Task AnnounceAsync(string userId, ConnectionInfo[] connections);

    Task<Membership[]> MembershipsAsync(string[] users);

    Task<Outcome<ChatDelivery>> PullAsync(string chatId, long afterRevision, int limit);

    Task<string[]> SharingChatAsync(string caller, string[] users);

    Task<UserPresence?> WatchAsync(string userId, string viewer);

    Task UnwatchAsync(string userId);

    Task<string> HistoryIdAsync();

    Task<GatewayList> HeartbeatAsync(int connections, bool draining, int stream);

    Task LeaveAsync();

    /// <summary>The number of active silos.</summary>
    Task<int> ActiveSilosAsync();
}
