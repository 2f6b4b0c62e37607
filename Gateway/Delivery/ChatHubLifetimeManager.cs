using System.Collections.Concurrent;
using Microsoft.AspNetCore.SignalR;
using Orleans.Chat.Gateway.Transports;

namespace Orleans.Chat.Gateway.Delivery;

/* SignalR's own groups and users are not used: its lists are walked over all connections for each message. This keeps the contexts, so
 * that delivery can write one prepared message to exactly the connections that get it. */
internal sealed class ChatHubLifetimeManager<THub>(ILogger<DefaultHubLifetimeManager<THub>> logger)
    : DefaultHubLifetimeManager<THub>(logger),
        IHubPorts
    where THub : Hub
{
    private readonly ConcurrentDictionary<string, HubConnectionContext> _connections = new(StringComparer.Ordinal);

    public IConnectionPort? Find(string connectionId) =>
        _connections.TryGetValue(connectionId, out var connection) ? HubPorts.Of(connection) : null;

    public override Task OnConnectedAsync(HubConnectionContext connection)
    {
        HubPorts.Attach(connection);
        _connections[connection.ConnectionId] = connection;
        return base.OnConnectedAsync(connection);
    }

    public override Task OnDisconnectedAsync(HubConnectionContext connection)
    {
        _connections.TryRemove(connection.ConnectionId, out _);
        return base.OnDisconnectedAsync(connection);
    }
}

/// <summary>The transports of the connections of this process.</summary>
internal interface IHubPorts
{
    IConnectionPort? Find(string connectionId);
}
