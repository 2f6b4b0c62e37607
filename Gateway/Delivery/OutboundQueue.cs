using Orleans.Chat.Protocol;

namespace Orleans.Chat.Gateway.Delivery;

/* What waits for one connection, and what gives way when it is too much. Hints go first. Then each chat's durable events become one gap marker that
 * names the last revision before them; as long as the marker waits it stands for later events of the chat too, since the client pulls when it reads it.
 * When even the markers are too many, one sync.required stands for all. So revisions only rise on a connection, and nothing durable is lost unsaid.
 *
 * Not for several threads at once: Outbound locks. */
internal sealed class OutboundQueue(IConnectionPort port, OutboundLimits limits, DeliveryMetrics metrics)
{
    private readonly List<Queued> _waiting = [];
    private long _bytes;
    private int _markers;

    public int Count => _waiting.Count;

    /// <summary>Whether something had to give way since this was last set back.</summary>
    public bool Overflowed { get; set; }

    /// <summary>Queues it, or what stands for it. What comes while nothing is written and nobody waits does not wait: its size does not matter.</summary>
    public void Offer(Push push, bool idle)
    {
        if (idle && _waiting.Count == 0)
        {
            Add(push, size: 0);
            return;
        }
        switch (push.Kind)
        {
            case PushKind.Control:
                if (_waiting.Count >= limits.Items)
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

    /// <summary>The next one. There must be one.</summary>
    public Push Take()
    {
        var (push, size) = _waiting[0];
        _waiting.RemoveAt(0);
        Uncount(push, size);
        return push;
    }

    /// <summary>The next one, and those behind it that are no more than so many bytes with it. There must be one.</summary>
    public Push[] TakeTogether(int bytes)
    {
        var size = port.SizeOf(_waiting[0].Push);
        var count = 1;
        while (count < _waiting.Count && (size += port.SizeOf(_waiting[count].Push)) <= bytes)
            count++;
        var taken = new Push[count];
        for (var i = 0; i < count; i++)
        {
            var (push, counted) = _waiting[i];
            taken[i] = push;
            Uncount(push, counted);
        }
        _waiting.RemoveRange(0, count);
        return taken;
    }

    public void Clear()
    {
        _waiting.Clear();
        _bytes = 0;
        _markers = 0;
    }

    private void Add(Push push) => Add(push, port.SizeOf(push));

    private void Add(Push push, int size)
    {
        _waiting.Add(new Queued(push, size));
        _bytes += size;
        if (push.Kind == PushKind.Gap)
            _markers++;
    }

    private void Uncount(Push push, int size)
    {
        _bytes -= size;
        if (push.Kind == PushKind.Gap)
            _markers--;
    }

    private void OfferHint(Push push)
    {
        if (_waiting.Count == 0)
        {
            Add(push);
            return;
        }
        foreach (var part in push.Parts)
        {
            var at = _waiting.FindIndex(q => q.Push.Kind == PushKind.Hint && q.Push.Events.Length == 1 && q.Push.Key == part.Key);
            if (at >= 0)
            {
                _bytes -= _waiting[at].Size;
                _waiting.RemoveAt(at);
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
            Overflowed = true;
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
        else if (_waiting.Count < limits.Items)
            AddMarker(push.ChatId!, push.First - 1);
        else
            StartOver();
    }

    private bool Marked(string? chatId)
    {
        // Not by a delegate, which would be made at each delivery, marked or not.
        for (var i = 0; _markers > 0 && i < _waiting.Count; i++)
        {
            if (_waiting[i].Push is { Kind: PushKind.Gap } marker && marker.ChatId == chatId)
                return true;
        }
        return false;
    }

    private bool HasRoomFor(Push push) =>
        _waiting.Count == 0 || (_waiting.Count < limits.Items && _bytes + port.SizeOf(push) <= limits.Bytes);

    private void DropHints()
    {
        var before = _waiting.Count;
        var kept = _waiting.FindAll(q => q.Push.Kind != PushKind.Hint);
        for (var i = kept.Count; i < before; i++)
            metrics.HintDropped();
        Replace(kept.Select(q => q.Push));
    }

    /// <summary>Each chat's durable events become one marker, where the first of them stood.</summary>
    private void Collapse()
    {
        var waiting = _waiting.ToArray();
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
        var hello = _waiting.FindAll(q => q.Push.Events[0] is HelloEvent);
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

    private readonly record struct Queued(Push Push, int Size);
}
