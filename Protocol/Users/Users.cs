namespace Orleans.Chat.Protocol;

#pragma warning disable CS1591 // Fields carry the names of protocol.md, which says what each is.

/// <summary>A user as the directory shows it.</summary>
[GenerateSerializer, Immutable, Alias("user")]
public sealed record User
{
    [Id(0)]
    public required string UserId { get; init; }

    [Id(1)]
    public required string DisplayName { get; init; }

    [Id(2)]
    public string? AvatarAttachmentId { get; init; }

    [Id(3)]
    public string? StatusText { get; init; }

    [Id(4)]
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Only in answers to the user itself.</summary>
    [Id(5)]
    public Privacy? Privacy { get; init; }
}

/// <summary>What a user lets others see.</summary>
[GenerateSerializer, Immutable, Alias("privacy")]
public sealed record Privacy
{
    /// <summary><c>everyone</c> (of those who share a chat) or <c>nobody</c>.</summary>
    [Id(0)]
    public string? LastSeen { get; init; }
}

/// <summary>Body of <c>PATCH /users/me</c> and, for users of an external provider, <c>PUT /users/me</c>.</summary>
[GenerateSerializer, Immutable, Alias("update-user")]
public sealed record UpdateUser
{
    [Id(0)]
    public string? UserId { get; init; }

    [Id(1)]
    public string? DisplayName { get; init; }

    [Id(2)]
    public string? AvatarAttachmentId { get; init; }

    [Id(3)]
    public string? StatusText { get; init; }

    [Id(4)]
    public Privacy? Privacy { get; init; }
}

/// <summary>Answer of <c>GET /users</c>.</summary>
[GenerateSerializer, Immutable, Alias("users")]
public sealed record UserList
{
    [Id(0)]
    public required User[] Users { get; init; }
}

/// <summary>Answer of <c>GET /users/me/blocks</c>.</summary>
[GenerateSerializer, Immutable, Alias("blocks")]
public sealed record BlockList
{
    [Id(0)]
    public required string[] UserIds { get; init; }
}
