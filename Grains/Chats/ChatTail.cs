using Orleans.Chat.Storage.Chats;

namespace Orleans.Chat.Grains.Chats;

/* The newest messages of an active chat, as they are now, and its newest changes: what the newest page, small gaps and repeats are
 * answered from without a query. Dense: message seqs from First to Last, change revisions likewise. */
internal sealed class ChatTail(int capacity, int changeCapacity)
{
    private readonly Queue<MessageRow> _order = new();
    private readonly Dictionary<long, MessageRow> _bySeq = [];
    private readonly Dictionary<string, long> _byId = new(StringComparer.Ordinal);
    private readonly Dictionary<long, HashSet<string>> _hidden = [];
    private readonly Dictionary<long, long> _created = [];
    private readonly Queue<ChangeRow> _changes = new();

    /// <summary>The seq of the oldest message here; one above the head when there is none.</summary>
    public long First { get; private set; } = 1;

    public long Last { get; private set; }

    public void Load(IReadOnlyList<MessageRow> messages, long head)
    {
        Last = head;
        First = head + 1 - messages.Count;
        foreach (var message in messages)
            Put(message);
    }

    /// <param name="message">The next message.</param>
    /// <param name="revision">The revision that it was created at.</param>
    public void Add(MessageRow message, long revision)
    {
        Put(message);
        _created[message.Seq] = revision;
        Last = message.Seq;
        if (_order.Count <= capacity)
            return;
        var oldest = _order.Dequeue();
        _bySeq.Remove(oldest.Seq);
        _byId.Remove(oldest.MessageId);
        _hidden.Remove(oldest.Seq);
        _created.Remove(oldest.Seq);
        First = oldest.Seq + 1;
    }

    private void Put(MessageRow message)
    {
        _order.Enqueue(message);
        _bySeq[message.Seq] = message;
        _byId[message.MessageId] = message.Seq;
    }

    public MessageRow? Find(long seq) => _bySeq.GetValueOrDefault(seq);

    public MessageRow? Find(string messageId) => _byId.TryGetValue(messageId, out var seq) ? _bySeq[seq] : null;

    /// <summary>A message that this activation appended, and the revision it was created at: the answer to a repeat.</summary>
    public (MessageRow Message, long Revision)? Sent(string messageId) =>
        Find(messageId) is { } message && _created.TryGetValue(message.Seq, out var revision) ? (message, revision) : null;

    /// <summary>Replaces a message by what it is now, if it is here.</summary>
    public void Replace(MessageRow message)
    {
        if (_bySeq.ContainsKey(message.Seq))
            _bySeq[message.Seq] = message;
    }

    public void Hide(long seq, string userId)
    {
        if (seq < First)
            return;
        if (!_hidden.TryGetValue(seq, out var users))
            _hidden.Add(seq, users = new HashSet<string>(StringComparer.Ordinal));
        users.Add(userId);
    }

    public IReadOnlyList<string> HiddenFrom(long seq) => _hidden.TryGetValue(seq, out var users) ? [.. users] : [];

    public bool IsHidden(long seq, string userId) => _hidden.TryGetValue(seq, out var users) && users.Contains(userId);

    /// <summary>Remembers a change, without its message, which is looked up when it is asked for.</summary>
    public void Note(ChangeRow change)
    {
        _changes.Enqueue(change with { Message = null });
        if (_changes.Count > changeCapacity)
            _changes.Dequeue();
    }

    /// <summary>Changes after a revision with their messages as they are now; null when one of them is not here.</summary>
    public List<ChangeRow>? Changes(long after, long head, int limit)
    {
        if (after >= head)
            return [];
        if (_changes.Count == 0 || _changes.Peek().Revision > after + 1)
            return null;
        var found = new List<ChangeRow>();
        foreach (var change in _changes)
        {
            if (change.Revision <= after)
                continue;
            if (found.Count == limit)
                break;
            if (change.Kind is not (>= ChangeKind.MessageCreated and <= ChangeKind.ReactionRemoved))
                found.Add(change);
            else if (Find(change.Seq) is { } message)
                found.Add(change with { Message = message, HiddenFrom = HiddenFrom(change.Seq) });
            else
                return null;
        }
        return found;
    }

    /// <summary>The ordinal of the message at a seq; null when it is not here.</summary>
    public long? Ordinal(long seq) => Find(seq)?.Ordinal;
}
