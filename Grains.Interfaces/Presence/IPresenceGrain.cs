using Orleans.Chat.Protocol;

namespace Orleans.Chat.Grains.Interfaces.Presence;

/// <summary>What others may see of a user being there. Key: the user id.</summary>
[Alias("presence-grain"), GrainInterfaceType("presence")]
public interface IPresenceGrain : IGrainWithStringKey
{
    /// <summary>From the user's session grain: the number of live connections.</summary>
    [Alias("connected")]
    Task Connected(int connections);

    /// <summary>The user chose a status: <c>online</c>, <c>away</c>, <c>dnd</c> or <c>invisible</c>.</summary>
    [Alias("set")]
    Task Set(string status);

    /// <summary>The presence as a viewer that shares a chat sees it.</summary>
    [Alias("get")]
    Task<UserPresence> Get(string viewer);

    /// <summary>
    /// As <see cref="Get"/>, and this gateway is told of changes until <see cref="Unwatch"/> or its death. Null while it is not known where the user
    /// is, as just after a silo died: to be asked again.
    /// </summary>
    [Alias("watch")]
    Task<UserPresence?> Watch(string gatewayId, string viewer);

    /// <summary>No connection of this gateway watches any more.</summary>
    [Alias("unwatch")]
    Task Unwatch(string gatewayId);

    /// <summary>The user's blocks or privacy changed: read them again.</summary>
    [Alias("refresh")]
    Task Refresh();
}
