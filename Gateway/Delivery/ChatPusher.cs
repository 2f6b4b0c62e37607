using Orleans.Chat.Grains.Interfaces.Delivery;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Gateway.Delivery;

/* Gathers the revisions of one chat that follow each other without a change of its members, and pushes them to each member as one call.
 * Nearly always all members get the same push, which is made once; who may not see some of it gets a form with noops, made once for
 * each pattern of what is hidden. Under the gate only. */
internal sealed partial class ChatPusher(
    ConnectionTable connections,
    DeliveryMetrics metrics,
    TimeProvider time,
    ILogger<ChatPusher> logger
)
{
    private const int MaxRun = 64;
    private readonly List<DeliveryEntry> _run = new(MaxRun);
    private readonly Dictionary<(int Start, ulong Hidden), Push> _forms = [];
    private int _pushed;

    public void Begin()
    {
        _run.Clear();
        _pushed = 0;
    }

    public void Add(LocalChat chat, DeliveryEntry entry)
    {
        _run.Add(entry);
        if (_run.Count == MaxRun)
            Flush(chat);
    }

    public void Flush(LocalChat chat)
    {
        if (_run.Count == 0)
            return;
        var first = _run[0].Revision;
        var (lowest, anyHidden) = Bounds();
        Push? whole = null;
        foreach (var member in chat.Members.Values)
        {
            var seesAll = !anyHidden && (chat.HistoryAll || member.JoinedSeq < lowest);
            var hidden = seesAll ? 0 : HiddenFrom(member, chat.HistoryAll);
            foreach (var (connection, from) in member.Seats)
            {
                var start = (int)Math.Clamp(from - first + 1, 0, _run.Count);
                if (start == _run.Count)
                    continue;
                var push = start == 0 && hidden == 0 ? whole ??= Make(chat.Id, 0, 0) : Form(chat.Id, start, hidden);
                connections.Offer(connection, push);
                _pushed++;
            }
        }
        _run.Clear();
        _forms.Clear();
    }

    public void Measure(long publishedAtMs)
    {
        if (_pushed == 0)
            return;
        metrics.Delivered(_pushed);
        if (publishedAtMs > 0)
            metrics.Latency(TimeSpan.FromMilliseconds(Math.Max(0, time.GetUtcNow().ToUnixTimeMilliseconds() - publishedAtMs)));
    }

    /// <summary>Hints go to every member but the one that caused them.</summary>
    public void PushHints(LocalChat chat, ChatEphemeral hints)
    {
        if (hints.Events.Length == 0)
            return;
        var push = Push.Hint(hints.Events);
        foreach (var member in chat.Members.Values)
        {
            if (member.UserId == hints.Except)
                continue;
            foreach (var seat in member.Seats)
                connections.Offer(seat.Connection, push);
        }
    }

    /// <summary>The lowest message that the run is about, and whether somebody deleted one for itself.</summary>
    private (long Lowest, bool AnyHidden) Bounds()
    {
        var lowest = long.MaxValue;
        var hidden = false;
        foreach (var entry in _run)
        {
            if (entry.MessageSeq > 0)
                lowest = Math.Min(lowest, entry.MessageSeq);
            hidden |= entry.HiddenFrom is { Length: > 0 };
        }
        return (lowest, hidden);
    }

    private ulong HiddenFrom(LocalMember member, bool historyAll)
    {
        ulong hidden = 0;
        for (var i = 0; i < _run.Count; i++)
        {
            if (!_run[i].VisibleTo(member.UserId, member.JoinedSeq, historyAll))
                hidden |= 1UL << i;
        }
        return hidden;
    }

    private Push Form(string chatId, int start, ulong hidden)
    {
        hidden = hidden >> start << start;
        if (!_forms.TryGetValue((start, hidden), out var push))
            _forms.Add((start, hidden), push = Make(chatId, start, hidden));
        return push;
    }

    private Push Make(string chatId, int start, ulong hidden)
    {
        var events = new ChatEvent[_run.Count - start];
        for (var i = start; i < _run.Count; i++)
        {
            var entry = _run[i];
            events[i - start] = (hidden & (1UL << i)) == 0 ? entry.Event : new Noop { ChatId = chatId, Revision = entry.Revision };
        }
        return Push.Durable(chatId, events, _run[start].Revision, Unserializable);
    }

    private void Unserializable(Push push, Exception fault)
    {
        metrics.Unserializable();
        // Not its message: that may quote what was written.
        Log.Unserializable(logger, push.ChatId!, push.First, push.First + push.Events.Length - 1, fault.GetType().Name);
    }

    private static partial class Log
    {
        [LoggerMessage(
            1,
            LogLevel.Error,
            "Chat {Chat}: revisions {First} to {Last} cannot be serialised ({Fault}); its members are told that they are missing"
        )]
        public static partial void Unserializable(ILogger logger, string chat, long first, long last, string fault);
    }
}
