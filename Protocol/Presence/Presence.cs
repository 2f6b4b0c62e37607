namespace Orleans.Chat.Protocol;

#pragma warning disable CS1591 // Fields carry the names of protocol.md, which says what each is.

/// <summary>The values of a presence's <c>status</c>.</summary>
public static class PresenceStatus
{
    public const string Online = "online";
    public const string Away = "away";
    public const string Dnd = "dnd";
    public const string Invisible = "invisible";
    public const string Offline = "offline";

    /// <summary>What a user may set.</summary>
    public static IReadOnlySet<string> Settable { get; } = new HashSet<string>(StringComparer.Ordinal) { Online, Away, Dnd, Invisible };
}

/// <summary>Whether somebody is there. <see cref="LastSeenAt"/> only with <c>offline</c>, where privacy lets it be seen.</summary>
[GenerateSerializer, Immutable, Alias("presence")]
public sealed record UserPresence
{
    [Id(0)]
    public required string UserId { get; init; }

    [Id(1)]
    public required string Status { get; init; }

    [Id(2)]
    public DateTimeOffset? LastSeenAt { get; init; }
}

/// <summary>Argument of the hub's <c>SetPresence</c>.</summary>
public sealed record SetPresence
{
    public string? Status { get; init; }
}

/// <summary>Argument of the hub's <c>WatchPresence</c>: at most 500 users, replacing the last set.</summary>
public sealed record WatchPresence
{
    public string[]? UserIds { get; init; }
}

/// <summary>Answer of the hub's <c>WatchPresence</c>.</summary>
public sealed record Presences
{
    [System.Text.Json.Serialization.JsonPropertyName("presences")]
    public required UserPresence[] Items { get; init; }
}
