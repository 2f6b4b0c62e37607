namespace Orleans.Chat.Gateway.Delivery;

/* Writes to the many connections of a large chat, some at a time, in turns with all else that the process does: the events of other chats, and the
 * writes that these make, must not wait for ten thousand. What a connection gets is in its queue already, in its order, whoever flushes it. */
internal sealed class BulkFlush(List<LocalConnection> connections) : IThreadPoolWorkItem
{
    /// <summary>A part of a millisecond of work.</summary>
    public const int AtOnce = 16;
    private int _next;

    public void Execute()
    {
        for (var end = Math.Min(_next + AtOnce, connections.Count); _next < end; _next++)
            connections[_next].Outbound.Flush();
        if (_next < connections.Count)
            Queue();
    }

    /// <summary>Behind what waits now.</summary>
    public void Queue() => ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
}
