namespace Orleans.Chat.Protocol;

#pragma warning disable CS1591 // Fields carry the names of protocol.md, which says what each is.

/// <summary>Body of <c>POST /sync</c>.</summary>
public sealed record SyncRequest
{
    /// <summary>The last answer's <c>next</c>; null for everything.</summary>
    public string? Since { get; init; }
}

/// <summary>A message that the caller deleted for itself.</summary>
[GenerateSerializer, Immutable, Alias("hidden")]
public sealed record HiddenMessage
{
    [Id(0)]
    public required string ChatId { get; init; }

    [Id(1)]
    public required string MessageId { get; init; }
}

/// <summary>The caller's chats that changed after a token.</summary>
[GenerateSerializer, Immutable, Alias("sync")]
public sealed record SyncPage
{
    [Id(0)]
    public required ChatView[] Chats { get; init; }

    [Id(1)]
    public required string[] RemovedChatIds { get; init; }

    [Id(2)]
    public required HiddenMessage[] Hidden { get; init; }

    /// <summary>Opaque; the next call's <c>since</c>.</summary>
    [Id(3)]
    public required string Next { get; init; }

    [Id(4)]
    public required bool HasMore { get; init; }
}

/// <summary>Argument of the hub's <c>GetChanges</c>.</summary>
public sealed record GetChanges
{
    public string? ChatId { get; init; }
    public long? AfterRevision { get; init; }
    public int? Limit { get; init; }
}

/// <summary>A chat's durable events after a revision, each showing its message as it is now.</summary>
[GenerateSerializer, Immutable, Alias("changes-page")]
public sealed record ChangesPage
{
    [Id(0)]
    public required ChatEvent[] Changes { get; init; }

    /// <summary>Where a client stands after this page: the next <c>after_revision</c>.</summary>
    [Id(1)]
    public required long Revision { get; init; }

    [Id(2)]
    public required bool HasMore { get; init; }
}
