using Orleans.Chat.Protocol;
using Orleans.Chat.Storage.Chats;

namespace Orleans.Chat.Grains.Chats;

/* What an activation knows of its chat: the state at Revision, which is what readers and members are shown. Changes come from the log
 * in revision order; one that is known early waits for those before it, so that state and pushes never show a hole. */
internal sealed class ActiveChat
{
    private readonly SortedDictionary<long, Action> _early = [];
    private (long Delivered, string? DeliveredBy, long DeliveredNext, long Read, string? ReadBy, long ReadNext)? _lowest;

    public ActiveChat(OpenChat log, ChatRow row, IEnumerable<MemberRow> members, ChatTail tail)
    {
        Log = log;
        Row = row;
        Tail = tail;
        Members = members.ToDictionary(m => m.UserId, m => new ChatMember(m), StringComparer.Ordinal);
        Revision = row.Revision;
    }

    public OpenChat Log { get; }

    /// <summary>The row as of <see cref="Revision"/>.</summary>
    public ChatRow Row { get; private set; }
    public ChatTail Tail { get; }
    public Dictionary<string, ChatMember> Members { get; }
    public long Revision { get; private set; }
    public long HeadSeq => Row.HeadSeq;

    public bool HistoryAll => ChatRules.HistoryAll(Row.Settings);

    /// <summary>Of a direct chat: who blocks the other. Both may.</summary>
    public HashSet<string> Blockers { get; } = new(StringComparer.Ordinal);

    /// <summary>Applies a committed change when all before it are applied.</summary>
    public void Apply(long revision, Action change)
    {
        if (revision == Revision + 1 && _early.Count == 0)
        {
            Step(change);
            return;
        }
        _early.Add(revision, change);
        while (_early.Remove(Revision + 1, out var next))
            Step(next);
    }

    private void Step(Action change)
    {
        Revision++;
        change();
        Row = Row with { Revision = Revision };
    }

    public void Set(Func<ChatRow, ChatRow> change) => Row = change(Row);

    /// <summary>Moves a member's cursors forward; false when neither moved.</summary>
    public bool Advance(ChatMember member, long delivered, long read, long readOrdinal)
    {
        var (oldDelivered, oldRead) = (member.DeliveredSeq, member.ReadSeq);
        if (!member.Advance(delivered, read, readOrdinal))
            return false;
        // Who was above the two lowest is not one of them now. To look at all members for each message would be the cost of a large chat.
        if (_lowest is { } lowest && (oldDelivered <= lowest.DeliveredNext || oldRead <= lowest.ReadNext))
            _lowest = null;
        return true;
    }

    public void Join(ChatMember member)
    {
        Members[member.UserId] = member;
        Row = Row with { MemberCount = Members.Count };
        _lowest = null;
    }

    public void Leave(string userId)
    {
        Members.Remove(userId);
        Row = Row with { MemberCount = Members.Count };
        _lowest = null;
    }

    /// <summary>The last seq that a member may not see.</summary>
    public long Floor(ChatMember member) => HistoryAll ? 0 : member.JoinedSeq;

    /// <summary>A message's status: how far all members but its sender are.</summary>
    public string StatusOf(long seq, string senderId)
    {
        var others = Members.ContainsKey(senderId) ? Members.Count - 1 : Members.Count;
        if (others == 0 || Blockers.Count > 0)
            return MessageStatus.Sent;
        var lowest = _lowest ??= Lowest();
        if ((lowest.ReadBy == senderId ? lowest.ReadNext : lowest.Read) >= seq)
            return MessageStatus.Read;
        return (lowest.DeliveredBy == senderId ? lowest.DeliveredNext : lowest.Delivered) >= seq
            ? MessageStatus.Delivered
            : MessageStatus.Sent;
    }

    /// <summary>The two lowest of each cursor: the lowest of all but one member is one of them.</summary>
    private (long, string?, long, long, string?, long) Lowest()
    {
        var (delivered, deliveredNext, read, readNext) = (long.MaxValue, long.MaxValue, long.MaxValue, long.MaxValue);
        string? deliveredBy = null;
        string? readBy = null;
        foreach (var member in Members.Values)
        {
            if (member.DeliveredSeq < delivered)
                (deliveredNext, delivered, deliveredBy) = (delivered, member.DeliveredSeq, member.UserId);
            else
                deliveredNext = Math.Min(deliveredNext, member.DeliveredSeq);
            if (member.ReadSeq < read)
                (readNext, read, readBy) = (read, member.ReadSeq, member.UserId);
            else
                readNext = Math.Min(readNext, member.ReadSeq);
        }
        return (delivered, deliveredBy, deliveredNext, read, readBy, readNext);
    }
}
