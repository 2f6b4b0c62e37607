using Orleans.Chat.Grains.Interfaces.Chats;

namespace Orleans.Chat.Grains.Interfaces.Sessions;

/// <summary>
/// Where a user is connected: which connections on which gateway instances. Only memory: when it activates it asks every live
/// gateway, and until all have answered or are known dead, "unknown" means every gateway.
/// </summary>
/// <remarks>Key: the user id.</remarks>
[Alias("session-grain"), GrainInterfaceType("session")]
public interface IUserSessionGrain : IGrainWithStringKey
{
    /// <summary>A connection opened. When this returns, every silo with an active chat of this user routes to the gateway.</summary>
    [Alias("connect")]
    Task Connect(string gatewayId, string connectionId, string sessionId);

    /// <summary>A connection closed.</summary>
    [Alias("disconnect")]
    Task Disconnect(string gatewayId, string connectionId);

    /// <summary>A gateway's whole answer about this user, asked for or after a change of the cluster; empty when the user isn't there.</summary>
    [Alias("announce")]
    Task Announce(string gatewayId, ConnectionInfo[] connections);

    /// <summary>A silo wants to know where this user is as long as it has an active chat of the user's.</summary>
    [Alias("watch-routes")]
    Task<UserRoutes> WatchRoutes(IRouteObserver observer, string silo);

    /// <summary>The silo has no active chat of this user's any more.</summary>
    [Alias("unwatch-routes")]
    Task UnwatchRoutes(string silo);

    /// <summary>The gateways this user is on.</summary>
    [Alias("routes")]
    Task<UserRoutes> Routes();

    /// <summary>A gateway died: everything it held here is given up.</summary>
    [Alias("gateway-gone")]
    Task GatewayGone(string gatewayId);

    /// <summary>Remembers cursors that are acknowledged and may not be flushed yet.</summary>
    [Alias("note-cursors")]
    Task NoteCursors(Cursor[] cursors);

    /// <summary>The remembered cursors that may not be in the store yet.</summary>
    [Alias("cursors")]
    Task<Cursor[]> RecentCursors();
}

#pragma warning disable CS1591
[GenerateSerializer, Immutable, Alias("connection")]
public sealed record ConnectionInfo([property: Id(0)] string ConnectionId, [property: Id(1)] string SessionId);

/// <summary>The gateways a user is on. Of two, the one with the higher <see cref="Version"/> holds.</summary>
[GenerateSerializer, Immutable, Alias("user-routes")]
public sealed record UserRoutes
{
    [Id(0)]
    public required string UserId { get; init; }

    /// <summary>Rises with every change; starts at the activation's clock ticks, so that a later activation's are higher.</summary>
    [Id(1)]
    public required long Version { get; init; }

    [Id(2)]
    public required string[] Gateways { get; init; }

    /// <summary>Not every gateway has answered yet: the user may be on any.</summary>
    [Id(3)]
    public required bool Unknown { get; init; }

    /// <summary>The silo that holds the session: when it dies, this is not to be trusted any more.</summary>
    [Id(4)]
    public required string Silo { get; init; }
}

/// <summary>A silo's table of routes, told by sessions.</summary>
[Alias("route-observer"), GrainInterfaceType("route-observer")]
public interface IRouteObserver : IGrainObserver
{
    /// <summary>Where the user is now. Awaited, so that a connecting client's chats know before its <c>hello</c>.</summary>
    [Alias("changed")]
    Task RoutesChanged(UserRoutes routes);
}
