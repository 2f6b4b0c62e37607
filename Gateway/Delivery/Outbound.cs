using Orleans.Chat.Protocol;

namespace Orleans.Chat.Gateway.Delivery;

/* What waits for one connection. SignalR itself keeps any number of writes for a client that does not read; here the queue is bounded,
 * and the stream of events never waits for a connection.
 *
 * Offer only queues, under the delivery lock; Flush writes, outside of it, one write at a time, and goes on by itself when a write had to wait.
 * When the queue is full, hints go first. Then each chat's durable events become one gap marker that names the last revision before them;
 * as long as the marker waits it stands for later events of the chat too, since the client pulls when it reads it. When even the
 * markers are too many, one sync.required stands for all. So revisions only rise on a connection, and nothing durable is lost unsaid. */
internal sealed class Outbound(IConnectionPort port, OutboundLimits limits, TimeProvider time, DeliveryMetrics metrics)
{
    private readonly Lock _lock = new();
    private readonly List<Queued> _queue = [];
    private long _bytes;
    private long _writeStarted;
    private int _markers;
    private bool _writing;
    private bool _overflowed;
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
            switch (push.Kind)
            {
                case PushKind.Control:
                    if (_queue.Count >= limits.Items)
                        StartOver();
                    Add(push);
                    break;
                case PushKind.Hint:
                    OfferHint(push);
                    break;
                default:
                    OfferDurable(push);
                    break;
            }
        }
    }

    /// <summary>Writes what waits, unless a write is under way, which then goes on with it.</summary>
    public void Flush()
    {
        while (TryTake(out var push))
        {
            ValueTask write;
            try
            {
                write = port.WriteAsync(push);
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
            Clear();
            if (last is not null)
                Add(last);
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
            Clear();
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
            return _writing && !_closed && time.GetElapsedTime(_writeStarted) > (_overflowed ? limits.OverflowStall : limits.Stall);
    }

    private void OfferHint(Push push)
    {
        if (_queue.Count == 0)
        {
            Add(push);
            return;
        }
        foreach (var part in push.Parts)
        {
            var at = _queue.FindIndex(q => q.Push.Kind == PushKind.Hint && q.Push.Events.Length == 1 && q.Push.Key == part.Key);
            if (at >= 0)
            {
                _bytes -= _queue[at].Size;
                _queue.RemoveAt(at);
                Add(part);
            }
            else if (HasRoomFor(part))
                Add(part);
            else
                metrics.HintDropped();
        }
    }

    private void OfferDurable(Push push)
    {
        if (Marked(push.ChatId))
            return;
        if (!HasRoomFor(push))
        {
            _overflowed = true;
            DropHints();
        }
        if (!HasRoomFor(push))
        {
            Collapse();
            if (Marked(push.ChatId))
                return;
        }
        if (HasRoomFor(push))
            Add(push);
        else if (_queue.Count < limits.Items)
            AddMarker(push.ChatId!, push.First - 1);
        else
            StartOver();
    }

    private bool Marked(string? chatId) => _markers > 0 && _queue.Exists(q => q.Push.Kind == PushKind.Gap && q.Push.ChatId == chatId);

    private bool HasRoomFor(Push push) => _queue.Count == 0 || (_queue.Count < limits.Items && _bytes + port.SizeOf(push) <= limits.Bytes);

    private void Add(Push push)
    {
        // A push that finds nobody before it does not wait, and its size does not matter.
        var size = _queue.Count == 0 && !_writing ? 0 : port.SizeOf(push);
        _queue.Add(new Queued(push, size));
        _bytes += size;
        if (push.Kind == PushKind.Gap)
            _markers++;
    }

    private void DropHints()
    {
        var before = _queue.Count;
        var kept = _queue.FindAll(q => q.Push.Kind != PushKind.Hint);
        for (var i = kept.Count; i < before; i++)
            metrics.HintDropped();
        Replace(kept.Select(q => q.Push));
    }

    /// <summary>Each chat's durable events become one marker, where the first of them stood.</summary>
    private void Collapse()
    {
        var waiting = _queue.ToArray();
        var marked = new HashSet<string>(StringComparer.Ordinal);
        Clear();
        foreach (var (push, _) in waiting)
        {
            if (push.ChatId is not { } chat || push.Kind is not (PushKind.Durable or PushKind.Gap))
                Add(push);
            else if (!marked.Add(chat))
                continue;
            else if (push.Kind == PushKind.Gap)
                Add(push);
            else
                AddMarker(chat, push.First - 1);
        }
    }

    private void AddMarker(string chat, long after)
    {
        metrics.GapMade();
        Add(Push.Gap(chat, after));
    }

    /// <summary>More than the queue has places for even as markers: one sync.required stands for everything but the hello.</summary>
    private void StartOver()
    {
        var hello = _queue.FindAll(q => q.Push.Events[0] is HelloEvent);
        Replace(hello.Select(q => q.Push).Append(Push.Control(new SyncRequired(0))));
        metrics.GapMade();
    }

    private void Replace(IEnumerable<Push> pushes)
    {
        var all = pushes.ToArray();
        Clear();
        foreach (var push in all)
            Add(push);
    }

    private void Clear()
    {
        _queue.Clear();
        _bytes = 0;
        _markers = 0;
    }

    private bool TryTake(out Push push)
    {
        push = null!;
        lock (_lock)
        {
            if (_writing || _closed)
                return false;
            if (_queue.Count > 0)
            {
                (push, var size) = _queue[0];
                _queue.RemoveAt(0);
                _bytes -= size;
                if (push.Kind == PushKind.Gap)
                    _markers--;
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
            _overflowed = false;
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

    private readonly record struct Queued(Push Push, int Size);
}

internal sealed record OutboundLimits(int Items, int Bytes, TimeSpan Stall, TimeSpan OverflowStall)
{
    public static OutboundLimits Of(DeliveryOptions options) =>
        new(
            options.QueueItems,
            options.QueueBytes,
            TimeSpan.FromSeconds(options.StallSeconds),
            TimeSpan.FromSeconds(options.OverflowStallSeconds)
        );
}

/// <summary>The transport of one connection.</summary>
internal interface IConnectionPort
{
    /// <summary>Bytes of the push in the connection's protocol.</summary>
    int SizeOf(Push push);

    /// <summary>Writes; incomplete while the client does not read.</summary>
    ValueTask WriteAsync(Push push);

    /// <summary>Ends the connection in good order.</summary>
    void Close();

    /// <summary>Ends the connection at once, also one that is stuck in a write.</summary>
    void Abort();
}
