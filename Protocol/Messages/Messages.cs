namespace Orleans.Chat.Protocol;

#pragma warning disable CS1591 // Fields carry the names of protocol.md, which says what each is.

/// <summary>
/// The values of a message's <c>type</c>. To the server a content is text whatever its type: what a poll's says is agreed between clients.
/// </summary>
/// <remarks>To add one: its name here, for ever, and the sets below that it belongs to; then the list in <c>docs/protocol.md</c>.</remarks>
public static class MessageTypes
{
    public const string Text = "text";
    public const string Image = "image";
    public const string File = "file";
    public const string Voice = "voice";
    public const string Location = "location";
    public const string Poll = "poll";
    public const string Call = "call";
    public const string System = "system";
    public const string Encrypted = "encrypted";

    public static IReadOnlySet<string> All { get; } =
        new HashSet<string>(StringComparer.Ordinal) { Text, Image, File, Voice, Location, Poll, Call, System, Encrypted };

    /// <summary>What a user may send: all but <c>system</c>, which the server makes.</summary>
    public static IReadOnlySet<string> Sendable { get; } =
        new HashSet<string>(StringComparer.Ordinal) { Text, Image, File, Voice, Location, Poll, Call, Encrypted };

    /// <summary>What carries no text of its own, a picture or a call, and may have none.</summary>
    public static IReadOnlySet<string> MayBeEmpty { get; } = new HashSet<string>(StringComparer.Ordinal) { Image, File, Voice, Call };
}

/// <summary>The values of a message's <c>status</c>, derived from the members' cursors.</summary>
public static class MessageStatus
{
    public const string Sent = "sent";
    public const string Delivered = "delivered";
    public const string Read = "read";
}

/// <summary>A message as it is now. A deleted one has no content (a tombstone).</summary>
[GenerateSerializer, Immutable, SuppressReferenceTracking, Alias("message")]
public sealed record Message
{
    [Id(0)]
    public required string MessageId { get; init; }

    [Id(1)]
    public required string ChatId { get; init; }

    [Id(2)]
    public required long Seq { get; init; }

    /// <summary>The chat's revision of the last change of this message.</summary>
    [Id(3)]
    public required long Revision { get; init; }

    [Id(4)]
    public required string SenderId { get; init; }

    [Id(5)]
    public required string Content { get; init; }

    [Id(6)]
    public required string Type { get; init; }

    [Id(7)]
    public string Status { get; init; } = MessageStatus.Sent;

    [Id(8)]
    public MetadataJson? Metadata { get; init; }

    [Id(9)]
    public Reaction[] Reactions { get; init; } = [];

    [Id(10)]
    public required DateTimeOffset CreatedAt { get; init; }

    [Id(11)]
    public required DateTimeOffset UpdatedAt { get; init; }

    [Id(12)]
    public DateTimeOffset? EditedAt { get; init; }

    [Id(13)]
    public DateTimeOffset? DeletedAt { get; init; }
}

/// <summary>Who reacted to a message with one emoji.</summary>
[GenerateSerializer, Immutable, Alias("reaction")]
public sealed record Reaction
{
    [Id(0)]
    public required string Emoji { get; init; }

    [Id(1)]
    public required int Count { get; init; }

    [Id(2)]
    public required string[] UserIds { get; init; }
}

/// <summary>Body of <c>POST /messages</c> and argument of the hub's <c>SendMessage</c>.</summary>
public sealed record SendMessage
{
    public string? ChatId { get; init; }
    public string? SenderId { get; init; }
    public string? Content { get; init; }
    public string? Type { get; init; }
    public MetadataJson? Metadata { get; init; }
    public string? MessageId { get; init; }
}

/// <summary>Answer of a send: it is on disk.</summary>
[GenerateSerializer, Immutable, SuppressReferenceTracking, Alias("sent")]
public sealed record SentMessage
{
    [Id(0)]
    public required string MessageId { get; init; }

    [Id(1)]
    public required string ChatId { get; init; }

    [Id(2)]
    public required long Seq { get; init; }

    [Id(3)]
    public required long Revision { get; init; }

    [Id(4)]
    public string Status { get; init; } = MessageStatus.Sent;

    [Id(5)]
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Whether the message was there already (REST answers 200 in place of 201). Never on the wire.</summary>
    [Id(6), System.Text.Json.Serialization.JsonIgnore]
    public bool Repeated { get; init; }
}

/// <summary>Argument of the hub's <c>EditMessage</c>; the body of the REST call has no ids.</summary>
public sealed record EditMessage
{
    public string? ChatId { get; init; }
    public string? MessageId { get; init; }
    public string? Content { get; init; }
    public MetadataJson? Metadata { get; init; }
}

/// <summary>Argument of the hub's <c>DeleteMessage</c>.</summary>
public sealed record DeleteMessage
{
    public string? ChatId { get; init; }
    public string? MessageId { get; init; }

    /// <summary><c>everyone</c> (default) or <c>me</c>.</summary>
    public string? For { get; init; }
}

/// <summary>Argument of the hub's <c>React</c>.</summary>
public sealed record React
{
    public string? ChatId { get; init; }
    public string? MessageId { get; init; }
    public string? Emoji { get; init; }
    public bool? Removed { get; init; }
}

/// <summary>A page of messages, oldest first.</summary>
[GenerateSerializer, Immutable, Alias("messages-page")]
public sealed record MessagesPage
{
    [Id(0)]
    public required Message[] Messages { get; init; }

    [Id(1)]
    public required bool HasMore { get; init; }
}

/// <summary>What a message was before an edit.</summary>
[GenerateSerializer, Immutable, Alias("edit")]
public sealed record MessageEdit
{
    [Id(0)]
    public required string Content { get; init; }

    [Id(1)]
    public MetadataJson? Metadata { get; init; }

    /// <summary>When this content came to be.</summary>
    [Id(2)]
    public required DateTimeOffset At { get; init; }
}

/// <summary>Answer of <c>GET …/edits</c>, oldest first.</summary>
[GenerateSerializer, Immutable, Alias("edits")]
public sealed record MessageEdits
{
    [Id(0)]
    public required MessageEdit[] Edits { get; init; }
}

/// <summary>One entry of the hub's <c>Acknowledge</c>.</summary>
public sealed record Acknowledge
{
    public string? ChatId { get; init; }
    public long? DeliveredSeq { get; init; }
    public long? ReadSeq { get; init; }
}

/// <summary>Argument of the hub's <c>Typing</c>.</summary>
public sealed record Typing
{
    public string? ChatId { get; init; }
    public bool? IsTyping { get; init; }
}
