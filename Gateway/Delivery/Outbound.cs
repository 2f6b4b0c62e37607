namespace Orleans.Chat.Gateway.Delivery;

/* What is written to one connection. SignalR itself keeps any number of writes for a client that does not read; here the queue is bounded,
 * and the stream of events never waits for a connection. What waits together is written together, up to some kilobytes.
 *
 * Offer only queues, under the delivery lock; Flush writes, outside of it, one write at a time, and goes on by itself when a write had to wait. */
internal sealed class Outbound(IConnectionPort port, OutboundLimits limits, TimeProvider time, DeliveryMetrics metrics)
{
    /// <summary>A copy that costs less than the call of the kernel that it spares; and a write that even a bad network ends before it counts as stalled.</summary>
    private const int MostBytes = 16 * 1024;
    private readonly Lock _lock = new();
    private readonly OutboundQueue _queue = new(port, limits, metrics);
    private long _writeStarted;
    private bool _writing;
    private bool _closing;
    private bool _closed;

    /// <summary>Pushes that wait.</summary>
    public int Depth
    {
        get
        {
            lock (_lock)
                return _queue.Count;
        }
    }

    /// <summary>Queues a push; it is written at the next <see cref="Flush"/>.</summary>
    public void Offer(Push push)
    {
        lock (_lock)
        {
            if (_closing || _closed)
                return;
            _queue.Offer(push, idle: !_writing);
        }
    }

    /// <summary>Writes what waits, unless a write is under way, which then goes on with it.</summary>
    public void Flush()
    {
        while (TryTake(out var push, out var together))
        {
            ValueTask write;
            try
            {
                write = together is null ? port.WriteAsync(push) : port.WriteAsync(together);
            }
            catch (Exception)
            {
                // As a write that fails later.
                CutOff();
                return;
            }
            if (!write.IsCompletedSuccessfully)
            {
                _ = FinishAsync(write);
                return;
            }
            Written();
        }
    }

    /// <summary>Ends the connection after this last push, in place of all that waits.</summary>
    public void CloseAfter(Push? last)
    {
        lock (_lock)
        {
            if (_closing || _closed)
                return;
            _queue.Clear();
            if (last is not null)
                _queue.Offer(last, idle: !_writing);
            _closing = true;
        }
        Flush();
    }

    /// <summary>Ends the connection now, whatever waits.</summary>
    public void CutOff()
    {
        lock (_lock)
        {
            if (_closed)
                return;
            _closed = true;
            _queue.Clear();
        }
        port.Abort();
    }

    /// <summary>Whether the write under way takes longer than may be.</summary>
    public bool Stalled()
    {
        // Asked of all connections all the time, and hardly any writes. A write that has just begun has not stalled.
        if (!Volatile.Read(ref _writing))
            return false;
        lock (_lock)
            return _writing && !_closed && time.GetElapsedTime(_writeStarted) > (_queue.Overflowed ? limits.OverflowStall : limits.Stall);
    }

    /// <summary>The next one, and where more may go with it all of these.</summary>
    private bool TryTake(out Push push, out Push[]? together)
    {
        (push, together) = (null!, null);
        lock (_lock)
        {
            if (_writing || _closed)
                return false;
            if (_queue.Count > 0)
            {
                if (_queue.Count == 1)
                    push = _queue.Take();
                else
                    together = _queue.TakeTogether(MostBytes);
                _writing = true;
                _writeStarted = time.GetTimestamp();
                return true;
            }
            if (!_closing)
                return false;
            _closed = true;
        }
        port.Close();
        return false;
    }

    private void Written()
    {
        lock (_lock)
        {
            _writing = false;
            _queue.Overflowed = false;
        }
    }

    private async Task FinishAsync(ValueTask write)
    {
        try
        {
            await write;
        }
        catch (Exception)
        {
            // The connection is gone; the hub hears of it by itself.
            CutOff();
            return;
        }
        Written();
        Flush();
    }
}
