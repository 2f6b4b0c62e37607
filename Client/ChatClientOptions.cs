using Microsoft.AspNetCore.Http.Connections;
using Microsoft.Extensions.Logging;

namespace Orleans.Chat.Client;

/// <summary>How the hub's messages are written.</summary>
public enum HubFormat
{
    /// <summary>JSON text.</summary>
    Json,

    /// <summary>MessagePack, with the same names as keys.</summary>
    MessagePack,
}

/// <summary>Where a client stands in a chat that it has not seen before.</summary>
public enum FirstSight
{
    /// <summary>At the chat's present revision: what was before is read in pages, when somebody looks.</summary>
    Now,

    /// <summary>At the beginning: every durable event that the member may see is delivered. For archives and for tests.</summary>
    Beginning,
}

/// <summary>A user id and a password, and what to call this device.</summary>
/// <param name="UserId">The user.</param>
/// <param name="Password">The password.</param>
/// <param name="DeviceName">What the list of sessions shows.</param>
public sealed record Credentials(string UserId, string Password, string? DeviceName = null);

/// <summary>An access token of an OpenID Connect provider.</summary>
/// <param name="Value">The token.</param>
/// <param name="ExpiresAt">When it expires; where it is null, the token's own <c>exp</c> is read.</param>
public sealed record ProvidedToken(string Value, DateTimeOffset? ExpiresAt = null);

/// <summary>What a <see cref="ChatClient"/> is made from.</summary>
public sealed class ChatClientOptions
{
    /// <summary>The server's root, for example <c>https://chat.example.org</c>.</summary>
    public required Uri Server { get; init; }

    /// <summary>How the hub's messages are written. Default JSON.</summary>
    public HubFormat Format { get; init; } = HubFormat.Json;

    /// <summary>The transports that may be used. Default: all, the best that works. WebSockets alone skip the negotiation.</summary>
    public HttpTransportType Transports { get; init; } =
        HttpTransportType.WebSockets | HttpTransportType.ServerSentEvents | HttpTransportType.LongPolling;

    /// <summary>
    /// With these the client signs in by itself, and again when its session has been lost or revoked: only another password keeps it out.
    /// </summary>
    public Credentials? Credentials { get; init; }

    /// <summary>Gives access tokens of an external provider; called again when the last is about to expire or was refused.</summary>
    public Func<CancellationToken, ValueTask<ProvidedToken>>? TokenProvider { get; init; }

    /// <summary>Who the caller is, needed beside a <see cref="TokenProvider"/>: what an event says of oneself is read by it.</summary>
    public string? UserId { get; init; }

    /// <summary>Keeps the tokens between runs.</summary>
    public ITokenStore? TokenStore { get; init; }

    /// <summary>Keeps the place in the chats between runs.</summary>
    public ISyncStore? SyncStore { get; init; }

    /// <summary>Keeps unsent messages between runs.</summary>
    public IOutboxStore? OutboxStore { get; init; }

    /// <summary>Where to stand in a chat not seen before.</summary>
    public FirstSight FirstSight { get; init; } = FirstSight.Now;

    /// <summary>Whether <see cref="ChatClient.Chats"/> is kept. Default true; a load generator does without.</summary>
    public bool KeepState { get; init; } = true;

    /// <summary>How many of the newest messages a <see cref="ChatState"/> holds. Default 1,000: older ones come in pages.</summary>
    public int MessagesKept { get; init; } = 1_000;

    /// <summary>The first reconnect waits up to this. Default 500 ms.</summary>
    public TimeSpan BackoffBase { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>No reconnect waits longer. Default 30 s: a restarted server is spared a rush, and people do not wait minutes.</summary>
    public TimeSpan BackoffCap { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a new connection may take until it says <c>hello</c>, the making included. Default 30 s.</summary>
    public TimeSpan HelloTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// After so many connections that broke while one and the same message was under way, REST is asked for a verdict on it,
    /// and after twice as many it is parked. Default 3.
    /// </summary>
    public int SendStrikes { get; init; } = 3;

    /// <summary>The clock. Default the system's.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Where the jitter comes from.</summary>
    public Random Random { get; init; } = Random.Shared;

    /// <summary>Makes the handler of all HTTP requests, the hub's too; null is the platform's.</summary>
    public Func<HttpMessageHandler>? HttpHandler { get; init; }

    /// <summary>Where the client logs. No message text and no tokens are logged.</summary>
    public ILoggerFactory? Logging { get; init; }
}
