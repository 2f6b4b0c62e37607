using System.Text.Json.Serialization;

namespace Orleans.Chat.Protocol;

#pragma warning disable CS1591 // Fields carry the names of protocol.md, which says what each is.

/// <summary>
/// What the server pushes. Durable events have a <see cref="Revision"/> and come in its order; the others are hints, and the newest wins.
/// </summary>
/// <remarks>To add one: a record here, its line below, and a golden sample. Names are never reused.</remarks>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(MessageCreated), "message.created")]
[JsonDerivedType(typeof(MessageUpdated), "message.updated")]
[JsonDerivedType(typeof(MessageDeleted), "message.deleted")]
[JsonDerivedType(typeof(ReactionChanged), "reaction.changed")]
[JsonDerivedType(typeof(ChatCreated), "chat.created")]
[JsonDerivedType(typeof(ChatUpdated), "chat.updated")]
[JsonDerivedType(typeof(ChatDeleted), "chat.deleted")]
[JsonDerivedType(typeof(MemberJoined), "member.joined")]
[JsonDerivedType(typeof(MemberUpdated), "member.updated")]
[JsonDerivedType(typeof(MemberLeft), "member.left")]
[JsonDerivedType(typeof(Noop), "noop")]
[JsonDerivedType(typeof(MessageHidden), "message.hidden")]
[JsonDerivedType(typeof(ReceiptEvent), "receipt")]
[JsonDerivedType(typeof(TypingEvent), "typing")]
[JsonDerivedType(typeof(PresenceEvent), "presence")]
[JsonDerivedType(typeof(PreferencesUpdated), "preferences.updated")]
[JsonDerivedType(typeof(GapEvent), "gap")]
[JsonDerivedType(typeof(SyncRequired), "sync.required")]
[JsonDerivedType(typeof(SessionRevoked), "session.revoked")]
[JsonDerivedType(typeof(ServerDraining), "server.draining")]
[JsonDerivedType(typeof(HelloEvent), "hello")]
[GenerateSerializer, Immutable, Alias("event")]
public abstract record ChatEvent
{
    [Id(0), JsonPropertyOrder(-2)]
    public string? ChatId { get; init; }

    [Id(1), JsonPropertyOrder(-1)]
    public long? Revision { get; init; }
}

[GenerateSerializer, Immutable, SuppressReferenceTracking, Alias("event.message.created")]
public sealed record MessageCreated([property: Id(0)] Message Message) : ChatEvent;

[GenerateSerializer, Immutable, Alias("event.message.updated")]
public sealed record MessageUpdated([property: Id(0)] Message Message) : ChatEvent;

[GenerateSerializer, Immutable, Alias("event.message.deleted")]
public sealed record MessageDeleted([property: Id(0)] Message Message) : ChatEvent;

[GenerateSerializer, Immutable, Alias("event.reaction")]
public sealed record ReactionChanged(
    [property: Id(0)] string MessageId,
    [property: Id(1)] long Seq,
    [property: Id(2)] string Emoji,
    [property: Id(3)] string UserId,
    [property: Id(4)] bool Removed
) : ChatEvent;

[GenerateSerializer, Immutable, Alias("event.chat.created")]
public sealed record ChatCreated([property: Id(0)] ChatView Chat) : ChatEvent;

[GenerateSerializer, Immutable, Alias("event.chat.updated")]
public sealed record ChatUpdated([property: Id(0)] ChatView Chat) : ChatEvent;

[GenerateSerializer, Immutable, Alias("event.chat.deleted")]
public sealed record ChatDeleted([property: Id(0)] ChatView Chat) : ChatEvent;

[GenerateSerializer, Immutable, Alias("event.member.joined")]
public sealed record MemberJoined([property: Id(0)] Member Member) : ChatEvent;

[GenerateSerializer, Immutable, Alias("event.member.updated")]
public sealed record MemberUpdated([property: Id(0)] Member Member) : ChatEvent;

[GenerateSerializer, Immutable, Alias("event.member.left")]
public sealed record MemberLeft([property: Id(0)] Member Member) : ChatEvent;

/// <summary>A revision whose change this member may not see.</summary>
[GenerateSerializer, Immutable, Alias("event.noop")]
public sealed record Noop : ChatEvent;

[GenerateSerializer, Immutable, Alias("event.hidden")]
public sealed record MessageHidden([property: Id(0)] string MessageId) : ChatEvent;

[GenerateSerializer, Immutable, Alias("event.receipt")]
public sealed record ReceiptEvent([property: Id(0)] string UserId, [property: Id(1)] long DeliveredSeq, [property: Id(2)] long ReadSeq)
    : ChatEvent;

[GenerateSerializer, Immutable, Alias("event.typing")]
public sealed record TypingEvent([property: Id(0)] string UserId, [property: Id(1)] bool IsTyping) : ChatEvent;

[GenerateSerializer, Immutable, Alias("event.presence")]
public sealed record PresenceEvent(
    [property: Id(0)] string UserId,
    [property: Id(1)] string Status,
    [property: Id(2)] DateTimeOffset? LastSeenAt
) : ChatEvent;

[GenerateSerializer, Immutable, Alias("event.preferences")]
public sealed record PreferencesUpdated([property: Id(0)] Preferences Preferences) : ChatEvent;

/// <summary>Events of this chat after <see cref="AfterRevision"/> were dropped for this connection: call <c>GetChanges</c>.</summary>
public sealed record GapEvent(long AfterRevision) : ChatEvent;

/// <summary>Anything may have been missed: call <c>Sync</c> after <see cref="AfterMs"/> milliseconds.</summary>
public sealed record SyncRequired(long AfterMs) : ChatEvent;

/// <summary>This connection ends: its session was revoked.</summary>
public sealed record SessionRevoked : ChatEvent;

/// <summary>Reconnect after <see cref="AfterMs"/> milliseconds, to another gateway.</summary>
public sealed record ServerDraining(long AfterMs) : ChatEvent;

/// <summary>The first event of a connection.</summary>
public sealed record HelloEvent(
    DateTimeOffset ServerTime,
    string SessionId,
    Limits Limits,
    IReadOnlyList<string> Features,
    string HistoryId
) : ChatEvent;

/// <summary>The server's limits, as <c>GET /config</c> and <c>hello</c> tell them.</summary>
public sealed record Limits
{
    public required int MaxContentLength { get; init; }
    public required int MaxBodyBytes { get; init; }
    public required int MaxMetadataBytes { get; init; }
    public required int MaxPageSize { get; init; }
    public required int MaxMembersAtCreation { get; init; }
    public required int MaxWatchedUsers { get; init; }
}

/// <summary>Answer of <c>GET /config</c>.</summary>
public sealed record ServerConfig
{
    public required Limits Limits { get; init; }
    public required IReadOnlyList<string> Features { get; init; }
}

/// <summary>Answer of the hub's <c>Ping</c>.</summary>
public sealed record Pong(DateTimeOffset ServerTime);
