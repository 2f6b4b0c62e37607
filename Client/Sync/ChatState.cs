using Orleans.Chat.Protocol;

namespace Orleans.Chat.Client;

/* What a chat looks like after all events so far. Every event is an upsert by revision, so the same end is reached whether a change
 * was pushed as it happened or read later from a page that shows its message as it has become since. Cursors only grow. */

/// <summary>One chat as the events tell it: messages by <c>seq</c>, members and cursors. Safe to read from any thread.</summary>
public sealed class ChatState(string chatId, string? me = null, int messagesKept = int.MaxValue)
{
    private readonly Lock _lock = new();
    private readonly SortedList<long, Message> _messages = [];
    private readonly Dictionary<string, long> _seqs = new(StringComparer.Ordinal);
    private readonly HashSet<string> _hidden = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Member> _members = new(StringComparer.Ordinal);

    /// <summary>The chat.</summary>
    public string ChatId { get; } = chatId;

    /// <summary>The chat itself, as it was told last; null before anything told it.</summary>
    public ChatView? View { get; private set; }

    /// <summary>The revision of the last event applied.</summary>
    public long Revision { get; private set; }

    /// <summary>The newest messages that are held, by <c>seq</c>; those deleted for the caller alone are left out.</summary>
    public IReadOnlyList<Message> Messages
    {
        get
        {
            lock (_lock)
                return [.. _messages.Values.Where(message => !_hidden.Contains(message.MessageId))];
        }
    }

    /// <summary>The members that events told of, with their cursors.</summary>
    public IReadOnlyDictionary<string, Member> Members
    {
        get
        {
            lock (_lock)
                return new Dictionary<string, Member>(_members, StringComparer.Ordinal);
        }
    }

    /// <summary>Applies one event of this chat; events of unknown types change nothing.</summary>
    public void Apply(ChatEvent happened)
    {
        lock (_lock)
        {
            ApplyOne(happened);
            Revision = Math.Max(Revision, happened.Revision ?? 0);
        }
    }

    /// <summary>Adds a page of messages read over REST.</summary>
    public void Add(IEnumerable<Message> messages)
    {
        lock (_lock)
        {
            foreach (var message in messages)
                Upsert(message);
        }
    }

    /// <summary>Adds members read over REST.</summary>
    public void Add(IEnumerable<Member> members)
    {
        lock (_lock)
        {
            foreach (var member in members)
                Upsert(member);
        }
    }

    private void ApplyOne(ChatEvent happened)
    {
        switch (happened)
        {
            case MessageCreated { Message: var message }:
                Upsert(message);
                break;
            case MessageUpdated { Message: var message }:
                Upsert(message);
                break;
            case MessageDeleted { Message: var message }:
                Upsert(message);
                break;
            case ReactionChanged reaction:
                React(reaction);
                break;
            case MessageHidden hidden:
                _hidden.Add(hidden.MessageId);
                break;
            case MemberJoined { Member: var member }:
                Join(member);
                break;
            case MemberUpdated { Member: var member }:
                Upsert(member);
                break;
            case MemberLeft { Member: var member }:
                _members.Remove(member.UserId);
                break;
            case ReceiptEvent receipt:
                MoveCursors(receipt);
                break;
            default:
                ApplyToView(happened);
                break;
        }
    }

    private void ApplyToView(ChatEvent happened)
    {
        switch (happened)
        {
            case ChatSynced { Chat: var chat }:
                View = chat;
                DropUpTo(chat.JoinedSeq ?? 0);
                break;
            case ChatCreated { Chat: var chat }:
                See(chat);
                break;
            case ChatUpdated { Chat: var chat }:
                See(chat);
                break;
            case PreferencesUpdated { Preferences: var mine } when View is { } view:
                View = view with { MutedUntil = mine.MutedUntil, Pinned = mine.Pinned, Draft = mine.Draft };
                break;
        }
    }

    // No event carries one's own fields: they stay as the last answer told them.
    private void See(ChatView chat)
    {
        if (View is { } held && held.Revision > chat.Revision)
            return;
        View = chat with
        {
            Role = View?.Role,
            JoinedSeq = View?.JoinedSeq,
            UnreadCount = View?.UnreadCount,
            MentionCount = View?.MentionCount,
            DeliveredSeq = View?.DeliveredSeq,
            ReadSeq = View?.ReadSeq,
            MutedUntil = View?.MutedUntil,
            Pinned = View?.Pinned,
            LastMessage = View?.LastMessage,
            Draft = View?.Draft,
        };
    }

    private void Join(Member member)
    {
        Upsert(member);
        if (member.UserId == me)
            DropUpTo(member.JoinedSeq);
    }

    private void DropUpTo(long joinedSeq)
    {
        while (_messages.Count > 0 && _messages.GetKeyAtIndex(0) <= joinedSeq)
            RemoveFirst();
    }

    private void RemoveFirst()
    {
        _seqs.Remove(_messages.GetValueAtIndex(0).MessageId);
        _messages.RemoveAt(0);
    }

    private void Upsert(Message message)
    {
        if (_messages.TryGetValue(message.Seq, out var held) && held.Revision > message.Revision)
            return;
        _messages[message.Seq] = message;
        _seqs[message.MessageId] = message.Seq;
        while (_messages.Count > messagesKept)
            RemoveFirst();
    }

    private void Upsert(Member member)
    {
        var held = _members.GetValueOrDefault(member.UserId);
        _members[member.UserId] = member with
        {
            DeliveredSeq = Math.Max(member.DeliveredSeq, held?.DeliveredSeq ?? 0),
            ReadSeq = Math.Max(member.ReadSeq, held?.ReadSeq ?? 0),
        };
    }

    private void MoveCursors(ReceiptEvent receipt)
    {
        if (!_members.TryGetValue(receipt.UserId, out var member))
            return;
        var read = Math.Max(member.ReadSeq, receipt.ReadSeq);
        var delivered = Math.Max(Math.Max(member.DeliveredSeq, receipt.DeliveredSeq), read);
        _members[receipt.UserId] = member with { DeliveredSeq = delivered, ReadSeq = read };
    }

    // A message that is newer than the reaction shows what became of it.
    private void React(ReactionChanged reaction)
    {
        if (!_seqs.TryGetValue(reaction.MessageId, out var seq))
            return;
        var message = _messages[seq];
        if (reaction.Revision is not { } at || message.Revision >= at)
            return;
        _messages[seq] = message with { Revision = at, Reactions = Change(message.Reactions, reaction) };
    }

    private static Reaction[] Change(Reaction[] reactions, ReactionChanged change)
    {
        var held = Array.Find(reactions, reaction => reaction.Emoji == change.Emoji);
        var others = (held?.UserIds ?? []).Where(user => user != change.UserId);
        string[] users = change.Removed ? [.. others] : [.. others, change.UserId];
        if (users.Length == 0)
            return [.. reactions.Where(reaction => reaction.Emoji != change.Emoji)];
        var now = new Reaction
        {
            Emoji = change.Emoji,
            Count = users.Length,
            UserIds = users,
        };
        return held is null ? [.. reactions, now] : [.. reactions.Select(reaction => reaction == held ? now : reaction)];
    }
}
