using Orleans.Chat.Protocol;

namespace Orleans.Chat.Storage.Chats;

/// <summary>A row of <c>chats</c>.</summary>
public sealed record ChatRow
{
    public required string ChatId { get; init; }
    public required string Type { get; init; }
    public string? Name { get; init; }

    /// <summary>JSON object.</summary>
    public string? Metadata { get; init; }
    public required ChatSettings Settings { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; init; }
    public long Revision { get; init; }
    public long HeadSeq { get; init; }
    public long Ordinal { get; init; }
    public int MemberCount { get; init; }
}

/// <summary>A row of <c>chat_participants</c> that has not left.</summary>
public sealed record MemberRow
{
    public required string UserId { get; init; }
    public required string Role { get; init; }
    public required DateTimeOffset JoinedAt { get; init; }
    public required long JoinedSeq { get; init; }
    public long DeliveredSeq { get; init; }
    public long ReadSeq { get; init; }

    /// <summary>The ordinal of the message at <see cref="ReadSeq"/>.</summary>
    public long ReadOrdinal { get; init; }
}

/// <summary>A row of <c>messages</c> with its reactions.</summary>
public sealed record MessageRow
{
    public required string ChatId { get; init; }
    public required long Seq { get; init; }
    public required string MessageId { get; init; }
    public required string SenderId { get; init; }
    public required string Type { get; init; }

    /// <summary>Empty when deleted.</summary>
    public required string Content { get; init; }

    /// <summary>JSON object; null for none, and when deleted.</summary>
    public string? Metadata { get; init; }

    /// <summary>The revision of its last change.</summary>
    public required long Revision { get; init; }
    public required long Ordinal { get; init; }
    public required byte[] Fingerprint { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; init; }
    public DateTimeOffset? EditedAt { get; init; }
    public DateTimeOffset? DeletedAt { get; init; }

    /// <summary>In the order in which each emoji came first.</summary>
    public IReadOnlyList<Reaction> Reactions { get; init; } = [];
}

/// <summary>A durable change as the log keeps it: what and of what, not what it said.</summary>
public sealed record ChangeRow
{
    public required long Revision { get; init; }
    public required ChangeKind Kind { get; init; }

    /// <summary>The message it is about; 0 for none.</summary>
    public long Seq { get; init; }

    /// <summary>The member, or who reacted.</summary>
    public string? UserId { get; init; }
    public string? Emoji { get; init; }

    /// <summary>Of a member that joined: its joined_seq at that revision; of one that left or changed: as it is now, or 0.</summary>
    public long JoinedSeq { get; init; }

    /// <summary>The role that a joined or updated member had at this revision.</summary>
    public string? Role { get; init; }
    public required DateTimeOffset At { get; init; }

    /// <summary>The message as it is now, for kinds that are about one.</summary>
    public MessageRow? Message { get; init; }

    /// <summary>Who deleted that message for themselves.</summary>
    public IReadOnlyList<string> HiddenFrom { get; init; } = [];
}

/// <summary>Stored as these numbers, which are never reused.</summary>
public enum ChangeKind
{
    MessageCreated = 1,
    MessageEdited = 2,
    MessageDeleted = 3,
    ReactionAdded = 4,
    ReactionRemoved = 5,
    MemberJoined = 6,
    RoleChanged = 7,
    MemberLeft = 8,
    ChatCreated = 9,
    ChatUpdated = 10,
    ChatDeleted = 11,
}
