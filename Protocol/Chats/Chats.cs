namespace Orleans.Chat.Protocol;

#pragma warning disable CS1591 // Fields carry the names of protocol.md, which says what each is.

/// <summary>The values of a chat's <c>type</c>.</summary>
public static class ChatTypes
{
    public const string Direct = "direct";
    public const string Group = "group";
    public const string Channel = "channel";
    public const string Broadcast = "broadcast";

    public static IReadOnlySet<string> All { get; } = new HashSet<string>(StringComparer.Ordinal) { Direct, Group, Channel, Broadcast };
}

/// <summary>The values of a member's <c>role</c>.</summary>
public static class Roles
{
    public const string Owner = "owner";
    public const string Admin = "admin";
    public const string Member = "member";
    public const string Guest = "guest";

    public static IReadOnlySet<string> All { get; } = new HashSet<string>(StringComparer.Ordinal) { Owner, Admin, Member, Guest };
}

/// <summary>The values of the settings <c>history</c>, <c>visibility</c> and <c>who_can_post</c>.</summary>
public static class SettingValues
{
    public const string HistoryJoined = "joined";
    public const string HistoryAll = "all";
    public const string Public = "public";
    public const string Private = "private";
    public const string PostEveryone = "everyone";
    public const string PostMembers = "members";
    public const string PostAdmins = "admins";
}

/// <summary>A chat's settings.</summary>
[GenerateSerializer, Immutable, Alias("chat-settings")]
public sealed record ChatSettings
{
    /// <summary>Seconds that a member waits between two messages; 0 is none.</summary>
    [Id(0)]
    public int? SlowModeS { get; init; }

    /// <summary>Seconds after which a message goes; null is never.</summary>
    [Id(1)]
    public int? MessageTtlS { get; init; }

    /// <summary><c>everyone</c> (guests too), <c>members</c> or <c>admins</c>.</summary>
    [Id(2)]
    public string? WhoCanPost { get; init; }

    /// <summary><c>joined</c> or <c>all</c>.</summary>
    [Id(3)]
    public string? History { get; init; }

    /// <summary><c>public</c> or <c>private</c>.</summary>
    [Id(4)]
    public string? Visibility { get; init; }

    [Id(5)]
    public bool? E2ee { get; init; }
}

/// <summary>A chat. The fields from <see cref="Role"/> on are the asking member's own, and no event carries them.</summary>
[GenerateSerializer, Immutable, Alias("chat")]
public sealed record ChatView
{
    [Id(0)]
    public required string ChatId { get; init; }

    [Id(1)]
    public required string Type { get; init; }

    [Id(2)]
    public string? Name { get; init; }

    [Id(3)]
    public MetadataJson? Metadata { get; init; }

    [Id(4)]
    public required ChatSettings Settings { get; init; }

    [Id(5)]
    public required DateTimeOffset CreatedAt { get; init; }

    [Id(6)]
    public required DateTimeOffset UpdatedAt { get; init; }

    [Id(7)]
    public required long Revision { get; init; }

    [Id(8)]
    public required long HeadSeq { get; init; }

    [Id(9)]
    public required int MemberCount { get; init; }

    [Id(10)]
    public string? Role { get; init; }

    [Id(11)]
    public long? JoinedSeq { get; init; }

    [Id(12)]
    public long? UnreadCount { get; init; }

    [Id(13)]
    public long? MentionCount { get; init; }

    [Id(14)]
    public long? DeliveredSeq { get; init; }

    [Id(15)]
    public long? ReadSeq { get; init; }

    [Id(16)]
    public DateTimeOffset? MutedUntil { get; init; }

    [Id(17)]
    public bool? Pinned { get; init; }

    [Id(18)]
    public Message? LastMessage { get; init; }

    /// <summary>An unsent text of the asking member's.</summary>
    [Id(19)]
    public string? Draft { get; init; }
}

/// <summary>Body of <c>POST /chats</c>.</summary>
[GenerateSerializer, Immutable, Alias("create-chat")]
public sealed record CreateChat
{
    [Id(0)]
    public string? ChatId { get; init; }

    [Id(1)]
    public string? Type { get; init; }

    [Id(2)]
    public string? Name { get; init; }

    [Id(3)]
    public string[]? MemberIds { get; init; }

    [Id(4)]
    public MetadataJson? Metadata { get; init; }

    [Id(5)]
    public ChatSettings? Settings { get; init; }
}

/// <summary>Body of <c>PATCH /chats/{id}</c>; what is absent stays.</summary>
[GenerateSerializer, Immutable, Alias("update-chat")]
public sealed record UpdateChat
{
    [Id(0)]
    public string? Name { get; init; }

    [Id(1)]
    public MetadataJson? Metadata { get; init; }

    [Id(2)]
    public ChatSettings? Settings { get; init; }
}

/// <summary>A page of chats.</summary>
[GenerateSerializer, Immutable, Alias("chats-page")]
public sealed record ChatsPage
{
    [Id(0)]
    public required ChatView[] Chats { get; init; }

    /// <summary>Where the next page begins; null when this is the last.</summary>
    [Id(1)]
    public string? NextCursor { get; init; }
}

/// <summary>A member of a chat.</summary>
[GenerateSerializer, Immutable, Alias("member")]
public sealed record Member
{
    [Id(0)]
    public required string UserId { get; init; }

    [Id(1)]
    public required string Role { get; init; }

    [Id(2)]
    public required DateTimeOffset JoinedAt { get; init; }

    /// <summary>The member sees the messages after this one; 0 is all.</summary>
    [Id(3)]
    public required long JoinedSeq { get; init; }

    [Id(4)]
    public long DeliveredSeq { get; init; }

    [Id(5)]
    public long ReadSeq { get; init; }
}

/// <summary>A page of members.</summary>
[GenerateSerializer, Immutable, Alias("members-page")]
public sealed record MembersPage
{
    [Id(0)]
    public required Member[] Members { get; init; }

    [Id(1)]
    public string? NextCursor { get; init; }
}

/// <summary>Body of <c>PUT /chats/{id}/members/{user_id}</c>.</summary>
public sealed record SetMember
{
    public string? Role { get; init; }
}

/// <summary>Body of <c>PUT /chats/{id}/preferences</c>: mine alone. What is absent becomes the default.</summary>
[GenerateSerializer, Immutable, Alias("preferences")]
public sealed record Preferences
{
    [Id(0)]
    public DateTimeOffset? MutedUntil { get; init; }

    [Id(1)]
    public bool? Pinned { get; init; }

    [Id(2)]
    public string? Draft { get; init; }
}
