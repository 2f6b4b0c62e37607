using Orleans.Chat.Protocol;

namespace Orleans.Chat.Grains.Interfaces.Delivery;

#pragma warning disable CS1591 // Plain carriers.

/* What goes with each message is no part of a cycle and stands in a batch once: the serializer need not look for it among all that it wrote before. */
/// <summary>
/// One item of a gateway's stream. <see cref="Source"/> and <see cref="Number"/> let the gateway see a hole: each silo numbers what it
/// sends to each gateway 1, 2, 3 …, heartbeats included.
/// </summary>
[GenerateSerializer, Immutable, SuppressReferenceTracking, Alias("gateway-item")]
public sealed record GatewayItem([property: Id(0)] string Source, [property: Id(1)] long Number, [property: Id(2)] GatewayEvent Event);

/// <summary>What a silo tells a gateway.</summary>
[GenerateSerializer, Immutable, Alias("gateway-event")]
public abstract record GatewayEvent;

/// <summary>Durable events of one chat, in revision order, dense. The first is <c>FirstRevision</c>.</summary>
[GenerateSerializer, Immutable, SuppressReferenceTracking, Alias("chat-delivery")]
public sealed record ChatDelivery : GatewayEvent
{
    [Id(0)]
    public required string ChatId { get; init; }

    /// <summary>Empty when only <see cref="Head"/> is told.</summary>
    [Id(1)]
    public required DeliveryEntry[] Entries { get; init; }

    /// <summary>The chat's revision after these: a gateway that then stands lower pulls.</summary>
    [Id(2)]
    public required long Head { get; init; }

    /// <summary>When the grain published it, for the delivery latency (Unix milliseconds).</summary>
    [Id(3)]
    public long PublishedAtMs { get; init; }
}

/// <summary>One durable event and what decides who sees it.</summary>
[GenerateSerializer, Immutable, SuppressReferenceTracking, Alias("delivery-entry")]
public sealed record DeliveryEntry
{
    [Id(0)]
    public required long Revision { get; init; }

    [Id(1)]
    public required ChatEvent Event { get; init; }

    /// <summary>The message it is about: a member sees it when its <c>joined_seq</c> is lower. 0: everybody sees it.</summary>
    [Id(2)]
    public long MessageSeq { get; init; }

    /// <summary>Members that deleted the message for themselves and get a <c>noop</c>.</summary>
    [Id(3)]
    public string[]? HiddenFrom { get; init; }

    /// <summary>Of <c>chat.created</c>: who is in it (with joined_seq 0).</summary>
    [Id(4)]
    public string[]? Members { get; init; }

    /// <summary>Of <c>member.joined</c>: the joined_seq as stored, whatever <c>history</c> is.</summary>
    [Id(5)]
    public long JoinedSeq { get; init; }

    /// <summary>Of <c>chat.created</c>, <c>chat.updated</c> and <c>member.joined</c>: whether <c>history</c> is <c>all</c>.</summary>
    [Id(6)]
    public bool HistoryAll { get; init; }

    /// <summary>
    /// The one rule of who sees a change: everybody, unless it is about a message that is at or below the member's joined_seq (while
    /// <c>history</c> is <c>joined</c>) or that the member deleted for itself. Who does not gets a <c>noop</c>.
    /// </summary>
    public bool VisibleTo(string userId, long joinedSeq, bool historyAll) =>
        MessageSeq == 0 || ((historyAll || MessageSeq > joinedSeq) && (HiddenFrom is null || Array.IndexOf(HiddenFrom, userId) < 0));
}

/// <summary>Ephemeral events of one chat (typing, receipts): dropped first. Not shown to <see cref="Except"/>.</summary>
[GenerateSerializer, Immutable, Alias("chat-ephemeral")]
public sealed record ChatEphemeral([property: Id(0)] string ChatId, [property: Id(1)] ChatEvent[] Events, [property: Id(2)] string? Except)
    : GatewayEvent;

/// <summary>An event for all connections of one user, and for nobody else; the one that caused it gets it too.</summary>
[GenerateSerializer, Immutable, Alias("user-event")]
public sealed record UserEvent([property: Id(0)] string UserId, [property: Id(1)] ChatEvent Event) : GatewayEvent;

/// <summary>A user's presence changed; for those here who watch it, but <see cref="HiddenFrom"/>.</summary>
[GenerateSerializer, Immutable, Alias("presence-changed")]
public sealed record PresenceChanged([property: Id(0)] UserPresence Presence, [property: Id(1)] string[]? HiddenFrom) : GatewayEvent;

/// <summary>A session grain asks who of these is connected here; the gateway answers each by <c>Announce</c>.</summary>
[GenerateSerializer, Immutable, Alias("who-is-here")]
public sealed record WhoIsHere([property: Id(0)] string[] UserIds) : GatewayEvent;

/// <summary>A session was revoked: close its connections.</summary>
[GenerateSerializer, Immutable, Alias("close-session")]
public sealed record CloseSession([property: Id(0)] string UserId, [property: Id(1)] string SessionId) : GatewayEvent;

/// <summary>Every silo sends one every 2 s on every gateway's stream.</summary>
[GenerateSerializer, Immutable, Alias("heartbeat")]
public sealed record Heartbeat : GatewayEvent;

/// <summary>What was queued for this gateway was dropped: resynchronise. It stands outside the numbering.</summary>
[GenerateSerializer, Immutable, Alias("overflow")]
public sealed record Overflow : GatewayEvent;
