namespace Orleans.Chat.Protocol;

#pragma warning disable CS1591 // Fields carry the names of protocol.md, which says what each is.

/// <summary>Body of <c>POST /auth/register</c>.</summary>
[GenerateSerializer, Immutable, Alias("register")]
public sealed record Register
{
    [Id(0)]
    public string? UserId { get; init; }

    [Id(1)]
    public string? DisplayName { get; init; }

    /// <summary>8 to 256 characters.</summary>
    [Id(2)]
    public string? Password { get; init; }

    [Id(3)]
    public string? DeviceName { get; init; }
}

/// <summary>Body of <c>POST /auth/login</c>.</summary>
[GenerateSerializer, Immutable, Alias("login")]
public sealed record Login
{
    [Id(0)]
    public string? UserId { get; init; }

    [Id(1)]
    public string? Password { get; init; }

    [Id(2)]
    public string? DeviceName { get; init; }
}

/// <summary>Body of <c>POST /auth/refresh</c>.</summary>
[GenerateSerializer, Immutable, Alias("refresh")]
public sealed record RefreshTokens
{
    [Id(0)]
    public string? RefreshToken { get; init; }
}

/// <summary>What signing in gives. The access token is a JWT (RFC 9068) that lives <see cref="ExpiresIn"/> seconds.</summary>
[GenerateSerializer, Immutable, Alias("tokens")]
public sealed record Tokens
{
    [Id(0)]
    public required string UserId { get; init; }

    [Id(1)]
    public required string SessionId { get; init; }

    [Id(2)]
    public required string AccessToken { get; init; }

    [Id(3)]
    public required string RefreshToken { get; init; }

    /// <summary>Seconds.</summary>
    [Id(4)]
    public required int ExpiresIn { get; init; }
}

/// <summary>One signed-in device.</summary>
[GenerateSerializer, Immutable, Alias("session")]
public sealed record Session
{
    [Id(0)]
    public required string SessionId { get; init; }

    [Id(1)]
    public string? DeviceName { get; init; }

    [Id(2)]
    public required DateTimeOffset CreatedAt { get; init; }

    [Id(3)]
    public required DateTimeOffset LastUsedAt { get; init; }

    /// <summary>Whether it is the session that asks.</summary>
    [Id(4)]
    public bool Current { get; init; }
}

/// <summary>Answer of <c>GET /auth/sessions</c>.</summary>
[GenerateSerializer, Immutable, Alias("sessions")]
public sealed record SessionList
{
    [Id(0)]
    public required Session[] Sessions { get; init; }
}

/// <summary>Answer of <c>POST /auth/connection-ticket</c>: good once, for <see cref="ExpiresIn"/> seconds.</summary>
[GenerateSerializer, Immutable, Alias("ticket")]
public sealed record ConnectionTicket
{
    [Id(0)]
    public required string Ticket { get; init; }

    [Id(1)]
    public required int ExpiresIn { get; init; }
}

/// <summary>Argument of the hub's <c>Reauthenticate</c>.</summary>
public sealed record Reauthenticate
{
    public string? AccessToken { get; init; }
}

/// <summary>Answer of the hub's <c>Reauthenticate</c>.</summary>
public sealed record Reauthenticated
{
    public required int ExpiresIn { get; init; }
}
