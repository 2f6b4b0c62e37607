namespace Orleans.Chat.Gateway.Delivery;

/* Writes to the many connections of large chats, some at a time, in turns with all else that the process does: the events of other chats, and the
 * writes that these make, must not wait for ten thousand. What a connection gets is in its queue already, in its order, whoever flushes it.
 *
 * A connection stands in the line once, at the place that its first push got: what comes for it meanwhile leaves in the same write. So the more there
 * is to write, the less each of it costs, and nobody waits for more than the line as it was. */
internal sealed class BulkFlush : IThreadPoolWorkItem
{
    /// <summary>A part of a millisecond of work.</summary>
    public const int AtOnce = 16;
    private readonly Lock _lock = new();
    private readonly Queue<LocalConnection> _line = new();

    /// <summary>At once: the other half of the machine is everybody else's.</summary>
    private readonly int _most = (Environment.ProcessorCount + 1) / 2;
    private int _working;

    /// <summary>Those that stand in the line already keep their places.</summary>
    public void Add(List<LocalConnection> connections)
    {
        int more;
        lock (_lock)
        {
            foreach (var connection in connections)
            {
                if (connection.InLine)
                    continue;
                connection.InLine = true;
                _line.Enqueue(connection);
            }
            more = Math.Clamp((_line.Count + AtOnce - 1) / AtOnce, 0, _most) - _working;
            _working += Math.Max(more, 0);
        }
        for (; more > 0; more--)
            Queue();
    }

    public void Execute()
    {
        for (var i = 0; i < AtOnce; i++)
        {
            if (Next() is not { } connection)
                return;
            connection.Outbound.Flush();
        }
        // The pool's line is not the kernel's: who waits for this core would get it only once this thread's slice is over.
        Thread.Yield();
        Queue();
    }

    private LocalConnection? Next()
    {
        lock (_lock)
        {
            if (_line.TryDequeue(out var connection))
                // Before it is flushed: what is offered from here on may find the flush over, and needs a place of its own.
                connection.InLine = false;
            else
                _working--;
            return connection;
        }
    }

    /// <summary>Behind what waits now.</summary>
    private void Queue() => ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
}
