using Orleans.Chat.Protocol;
using Orleans.Concurrency;

namespace Orleans.Chat.Grains.Interfaces.Chats;

/// <summary>
/// One conversation, and the only writer of its log: every message and every other durable change passes through the one
/// activation of this grain, which makes the chat's order total. The database fences an activation that was replaced.
/// </summary>
/// <remarks>
/// Key: the chat id. A call by somebody who may not see the chat answers <c>not_found</c>, the same as for a chat that is not there.
/// A problem with <see cref="Problem.Retry"/> means: repeat once, with the same ids.
/// </remarks>
[Alias("chat-grain"), GrainInterfaceType("chat")]
public interface IChatGrain : IGrainWithStringKey
{
    /// <summary>Creates the chat. For a direct chat that is there already, answers that one.</summary>
    [Alias("create")]
    Task<Outcome<CreatedChat>> Create(string caller, CreateChat chat);

    /// <summary>The chat as this viewer sees it.</summary>
    [Alias("get"), AlwaysInterleave]
    Task<Outcome<ChatView>> Get(string viewer);

    /// <summary>Changes name, metadata or settings.</summary>
    [Alias("update")]
    Task<Outcome<ChatView>> Update(string caller, UpdateChat change);

    /// <summary>Deletes the chat for everybody. Its id stays taken.</summary>
    [Alias("delete")]
    Task<Outcome<Done>> DeleteChat(string caller);

    /// <summary>A page of members, ordered by user id; <paramref name="cursor"/> is the last page's <c>next_cursor</c>.</summary>
    [Alias("members"), AlwaysInterleave]
    Task<Outcome<MembersPage>> Members(string viewer, string? cursor, int limit);

    /// <summary>Adds a member or changes its role; <paramref name="role"/> null keeps it, or is <c>member</c> for a new one.</summary>
    [Alias("set-member")]
    Task<Outcome<Member>> SetMember(string caller, string userId, string? role);

    /// <summary>Removes a member, or leaves when it is the caller.</summary>
    [Alias("remove-member")]
    Task<Outcome<Done>> RemoveMember(string caller, string userId);

    /// <summary>Joins a public chat.</summary>
    [Alias("join")]
    Task<Outcome<ChatView>> Join(string caller);

    /// <summary>
    /// Appends messages of one sender, in their order. Each is committed before this answers. A repeated id gets the first
    /// outcome again (<see cref="SentMessage.Repeated"/>). The answers stand in the order of the messages.
    /// </summary>
    [Alias("send"), AlwaysInterleave]
    Task<Outcome<SentMessage>[]> Send(string sender, NewMessage[] messages);

    /// <summary>Replaces the content of an own message; the earlier one is kept.</summary>
    [Alias("edit")]
    Task<Outcome<Message>> Edit(string caller, string messageId, string content, MetadataJson? metadata);

    /// <summary>Deletes for everyone: a tombstone stays, its content is gone everywhere.</summary>
    [Alias("delete-message")]
    Task<Outcome<Done>> DeleteMessage(string caller, string messageId);

    /// <summary>Hides a message from the caller alone.</summary>
    [Alias("hide")]
    Task<Outcome<Done>> HideMessage(string caller, string messageId);

    /// <summary>Adds or takes back a reaction; the same again changes nothing.</summary>
    [Alias("react")]
    Task<Outcome<Done>> React(string caller, string messageId, string emoji, bool removed);

    /// <summary>Moves the caller's cursors; they only grow, stop at the head, and read counts as delivered. Unknown callers are ignored.</summary>
    /// <returns>Where they stand now; null for who is no member.</returns>
    [Alias("ack"), AlwaysInterleave]
    Task<Cursor?> Acknowledge(string user, long? deliveredSeq, long? readSeq);

    /// <summary>Tells the others that the caller types; lost when it is not worth it.</summary>
    [Alias("typing"), AlwaysInterleave]
    Task Typing(string user, bool isTyping);

    /// <summary>A page of messages as the viewer may see them, oldest first.</summary>
    [Alias("page"), AlwaysInterleave]
    Task<Outcome<MessagesPage>> Page(string viewer, PageQuery query);

    /// <summary>One message.</summary>
    [Alias("message"), AlwaysInterleave]
    Task<Outcome<Message>> GetMessage(string viewer, string messageId);

    /// <summary>The earlier contents of a message.</summary>
    [Alias("edits"), AlwaysInterleave]
    Task<Outcome<MessageEdits>> GetEdits(string viewer, string messageId);

    /// <summary>What a client that stands at <paramref name="afterRevision"/> needs.</summary>
    [Alias("changes"), AlwaysInterleave]
    Task<Outcome<ChangesPage>> GetChanges(string viewer, long afterRevision, int limit);

    /// <summary>What a gateway that stands at <paramref name="afterRevision"/> missed, with what it needs to decide who sees it.</summary>
    [Alias("pull"), AlwaysInterleave]
    Task<Outcome<Delivery.ChatDelivery>> Pull(long afterRevision, int limit);

    /// <summary>The pair of this direct chat blocked or unblocked each other: read it again before answering.</summary>
    [Alias("refresh-blocks")]
    Task RefreshBlocks();
}

#pragma warning disable CS1591 // Plain carriers.

/// <summary>A message as the gateway hands it on: validated, with what the grain needs read out of its metadata.</summary>
[GenerateSerializer, Immutable, SuppressReferenceTracking, Alias("new-message")]
public sealed record NewMessage
{
    [Id(0)]
    public required string MessageId { get; init; }

    [Id(1)]
    public required string Content { get; init; }

    [Id(2)]
    public required string Type { get; init; }

    [Id(3)]
    public MetadataJson? Metadata { get; init; }

    /// <summary><c>metadata.mentions</c>; null for none.</summary>
    [Id(4)]
    public string[]? Mentions { get; init; }

    /// <summary><c>metadata.reply_to</c>.</summary>
    [Id(5)]
    public string? ReplyTo { get; init; }

    /// <summary><c>metadata.thread_id</c>.</summary>
    [Id(6)]
    public string? ThreadId { get; init; }
}

[GenerateSerializer, Immutable, Alias("created-chat")]
public sealed record CreatedChat([property: Id(0)] ChatView Chat, [property: Id(1)] bool Created);

/// <summary>Which page of messages: at most one of the cursors, which are message ids of this chat.</summary>
[GenerateSerializer, Immutable, Alias("page-query")]
public sealed record PageQuery
{
    [Id(0)]
    public string? Before { get; init; }

    [Id(1)]
    public string? After { get; init; }

    [Id(2)]
    public string? Around { get; init; }

    /// <summary>1 to 200.</summary>
    [Id(3)]
    public required int Limit { get; init; }

    /// <summary>A message type, or null for all.</summary>
    [Id(4)]
    public string? Type { get; init; }
}

/// <summary>A member's cursors. <see cref="ReadOrdinal"/> is the ordinal of <see cref="ReadSeq"/> among the messages that count as unread.</summary>
[GenerateSerializer, Immutable, Alias("cursor")]
public sealed record Cursor(
    [property: Id(0)] string ChatId,
    [property: Id(1)] long DeliveredSeq,
    [property: Id(2)] long ReadSeq,
    [property: Id(3)] long ReadOrdinal
);
