using Orleans.Chat.Grains.Interfaces;
using Orleans.Chat.Grains.Interfaces.Chats;
using Orleans.Chat.Grains.Interfaces.Delivery;
using Orleans.Chat.Grains.Interfaces.Sessions;
using Orleans.Chat.Protocol;
using ConnectionInfo = Orleans.Chat.Grains.Interfaces.Sessions.ConnectionInfo;

namespace Orleans.Chat.Gateway.Delivery;

internal sealed class ClusterCalls(IClusterClient cluster, GatewayIdentity gateway) : IClusterCalls
{
    public Task ConnectAsync(string userId, string connectionId, string sessionId) =>
        cluster.Session(userId).Connect(gateway.Id, connectionId, sessionId);

    public Task DisconnectAsync(string userId, string connectionId) => cluster.Session(userId).Disconnect(gateway.Id, connectionId);

    public Task AnnounceAsync(string userId, ConnectionInfo[] connections) => cluster.Session(userId).Announce(gateway.Id, connections);

    public Task<Membership[]> MembershipsAsync(string[] users) => cluster.ChatLists().Memberships(users);

    public Task<Outcome<ChatDelivery>> PullAsync(string chatId, long afterRevision, int limit) =>
        cluster.Chat(chatId).Pull(afterRevision, limit);

    public Task<string[]> SharingChatAsync(string caller, string[] users) => cluster.ChatLists().SharingChat(caller, users);

    public Task<UserPresence?> WatchAsync(string userId, string viewer) => cluster.Presence(userId).Watch(gateway.Id, viewer);

    public Task UnwatchAsync(string userId) => cluster.Presence(userId).Unwatch(gateway.Id);

    public Task<string> HistoryIdAsync() => cluster.Directory().HistoryId();

    public Task<GatewayList> HeartbeatAsync(int connections, bool draining, int stream) =>
        cluster
            .Gateways()
            .Heartbeat(
                new GatewayStatus
                {
                    GatewayId = gateway.Id,
                    Connections = connections,
                    Draining = draining,
                    Stream = stream,
                }
            );

    public Task LeaveAsync() => cluster.Gateways().Leave(gateway.Id);

    public async Task<int> ActiveSilosAsync() => (await cluster.Management().GetHosts(onlyActive: true)).Count;
}
