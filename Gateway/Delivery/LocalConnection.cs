using Orleans.Chat.Grains.Interfaces.Delivery;

namespace Orleans.Chat.Gateway.Delivery;

/* One connection of this gateway. Everything here is guarded by the table's gate, but for what says otherwise, and the queue, which guards
 * itself. Its times are the table's Now, which no step of the machine's clock moves. */
internal sealed class LocalConnection(string id, string userId, string sessionId, TimeSpan tokenExpiresAt, Outbound outbound)
{
    public string Id { get; } = id;

    public string UserId { get; } = userId;

    public string SessionId { get; } = sessionId;

    public Outbound Outbound { get; } = outbound;

    public TimeSpan TokenExpiresAt { get; set; } = tokenExpiresAt;

    /// <summary>
    /// While the connection opens: the changes of memberships that passed and may concern it, since the chats that are being read for it may
    /// be older. Null when it is open, which is when its hello was queued.
    /// </summary>
    public List<(string ChatId, DeliveryEntry Entry)>? Passed { get; set; } = [];

    public bool Open => Passed is null;

    /// <summary>The chats that it has a seat in.</summary>
    public HashSet<LocalChat> Chats { get; } = [];

    /// <summary>When it is to be closed in good order, while the gateway drains.</summary>
    public TimeSpan? CloseAt { get; set; }

    /// <summary>When it is cut off, after it was told that it ends.</summary>
    public TimeSpan? AbortAt { get; set; }

    /// <summary>Whether it is among those to flush when the gate is left.</summary>
    public bool Touched { get; set; }

    /// <summary>Whether it waits to be flushed in its turn. Guarded by <see cref="BulkFlush"/>.</summary>
    public bool InLine { get; set; }
}
