using Orleans.Chat.Protocol;

namespace Orleans.Chat.Storage.Chats;

/// <summary>
/// The logs of all chats: the authority on their order. An activation opens a chat (which fences whoever had it before) and commits
/// changes to it; commits of many chats share transactions, and each chat's are applied in the order of the calls.
/// </summary>
public interface IChatLog
{
    /// <summary>
    /// Takes a chat over: raises its epoch, unless the caller's view of the cluster is older (of the same incarnation) than the last taker's.
    /// </summary>
    Task<OpenOutcome> OpenAsync(string chatId, ClusterView view, int tail, CancellationToken cancellationToken);

    /// <summary>Creates a chat at revision 1 (<c>chat.created</c>) and opens it.</summary>
    Task<CreateOutcome> CreateAsync(ChatRow chat, IReadOnlyList<MemberRow> members, ClusterView view, CancellationToken cancellationToken);

    /// <summary>
    /// Queues a change and completes when it is committed or its fate is known. The place in the chat's order is fixed before the first await.
    /// A change that is not committed leaves no number behind. Never throws for a failing database: see <see cref="CommitOutcome"/>.
    /// </summary>
    ValueTask<CommitOutcome> CommitAsync(OpenChat chat, ChatChange change);

    /// <summary>The epochs in the database now, for a silo that must know whether its activations are still the owners.</summary>
    Task<IReadOnlyDictionary<string, long>> EpochsAsync(IReadOnlyCollection<string> chatIds, CancellationToken cancellationToken);
}

/// <summary>
/// The cluster as a silo sees it. Versions are compared only where the incarnations are equal (localhost clustering starts at 2 every time;
/// a membership store that lost its data starts over).
/// </summary>
public sealed record ClusterView(string Incarnation, long Version);

/// <summary>An open chat: what the writer needs to number and fence its changes. The numbers are as of the last commit, kept by the writer.</summary>
public sealed class OpenChat(string chatId, long epoch, long headSeq, long revision, long ordinal)
{
    public string ChatId { get; } = chatId;
    public long Epoch { get; } = epoch;

    /// <summary>The seq of the newest message; 0 for none.</summary>
    public long HeadSeq { get; internal set; } = headSeq;
    public long Revision { get; internal set; } = revision;

    /// <summary>The number of messages that count as unread (all but <c>system</c>).</summary>
    public long Ordinal { get; internal set; } = ordinal;

    /// <summary>Set once a commit was fenced or its outcome is unknown: nothing more is accepted for this handle.</summary>
    public bool Closed { get; internal set; }
}

public abstract record OpenOutcome
{
    private OpenOutcome() { }

    /// <param name="Log">The handle.</param>
    /// <param name="Chat">The row.</param>
    /// <param name="Members">All members.</param>
    /// <param name="Tail">The newest messages, oldest first, with their reactions.</param>
    public sealed record Opened(OpenChat Log, ChatRow Chat, IReadOnlyList<MemberRow> Members, IReadOnlyList<MessageRow> Tail) : OpenOutcome;

    public sealed record Missing : OpenOutcome;

    /// <summary>The id belonged to a chat that was deleted, and stays taken.</summary>
    public sealed record Deleted : OpenOutcome;

    /// <summary>A newer view of the cluster has the chat: refresh the view, then fail the activation.</summary>
    public sealed record ViewTooOld : OpenOutcome;
}

public abstract record CreateOutcome
{
    private CreateOutcome() { }

    public sealed record Created(OpenChat Log) : CreateOutcome;

    /// <summary>The id is taken, by a chat or by a deleted one.</summary>
    public sealed record Taken : CreateOutcome;
}

/// <summary>A durable change of a chat. Each takes one revision, in the order of the calls.</summary>
public abstract record ChatChange
{
    private ChatChange() { }

    /// <summary>A new message. The sender's cursors move to it in the same transaction.</summary>
    /// <param name="Fingerprint">Hash of what was first sent (sender, type, content, metadata): tells a repeat from a conflict.</param>
    public sealed record AddMessage(
        string MessageId,
        string SenderId,
        string Type,
        string Content,
        string? Metadata,
        IReadOnlyList<string>? Mentions,
        byte[] Fingerprint,
        DateTimeOffset At
    ) : ChatChange;

    /// <summary>New content; the old one goes to the history of edits. A message that is deleted by then is left: <see cref="CommitOutcome.NoEffect"/>.</summary>
    public sealed record EditMessage(long Seq, string Content, string? Metadata, IReadOnlyList<string>? Mentions, DateTimeOffset At)
        : ChatChange;

    /// <summary>Content, metadata, earlier contents, reactions and mentions go. Deleted already: <see cref="CommitOutcome.NoEffect"/>.</summary>
    public sealed record DeleteMessage(long Seq, DateTimeOffset At) : ChatChange;

    /// <summary>Adds or takes back a reaction. There already, not there, or the message deleted: <see cref="CommitOutcome.NoEffect"/>.</summary>
    public sealed record React(long Seq, string UserId, string Emoji, bool Removed, DateTimeOffset At) : ChatChange;

    /// <summary>Adds a member: joined_seq and both cursors are the head. A member already: <see cref="CommitOutcome.NoEffect"/>.</summary>
    public sealed record AddMember(string UserId, string Role, DateTimeOffset At) : ChatChange;

    public sealed record SetRole(string UserId, string Role, DateTimeOffset At) : ChatChange;

    /// <summary>Removes a member; its row stays as <c>left</c>, so that its sync tells. No member: <see cref="CommitOutcome.NoEffect"/>.</summary>
    public sealed record RemoveMember(string UserId, DateTimeOffset At) : ChatChange;

    public sealed record UpdateChat(string? Name, string? Metadata, ChatSettings Settings, DateTimeOffset At) : ChatChange;

    /// <summary>Deletes the chat and all that it holds but its id; every member's row becomes <c>left</c>.</summary>
    public sealed record DeleteChat(DateTimeOffset At) : ChatChange;
}

public abstract record CommitOutcome
{
    private CommitOutcome() { }

    /// <param name="Revision">The change's.</param>
    /// <param name="Seq">Of a new message its seq; otherwise the head at this revision.</param>
    /// <param name="Ordinal">Of a new message its ordinal.</param>
    public sealed record Committed(long Revision, long Seq, long Ordinal) : CommitOutcome;

    /// <summary>The id is there already; nothing was written. The caller compares fingerprints.</summary>
    public sealed record Duplicate(long Seq, long Revision, string SenderId, byte[] Fingerprint, DateTimeOffset CreatedAt) : CommitOutcome;

    /// <summary>Nothing to change: no revision was taken.</summary>
    public sealed record NoEffect : CommitOutcome;

    /// <summary>Another activation has the chat. Nothing was written.</summary>
    public sealed record Fenced : CommitOutcome;

    /// <summary>The database refused this row for what it is (SQLSTATE). Nothing was written; the others of its batch were.</summary>
    public sealed record Refused(string SqlState) : CommitOutcome;

    /// <summary>The queue is full. Nothing was written.</summary>
    public sealed record Overloaded : CommitOutcome;

    /// <summary>The connection was lost or timed out: it may or may not have been written. Re-read before saying anything.</summary>
    public sealed record Unknown : CommitOutcome;
}
