using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Options;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Gateway.Delivery;

/* Opens and closes connections. Register first, then read: the session knows of the connection before its user's chats are read, so what
 * is committed after the read is routed here; what passes in between is kept for the connection and laid over what was read. Only then
 * comes the hello, and a client that synchronises after it misses nothing. */
internal sealed partial class Connections(
    IHubPorts ports,
    ConnectionTable connections,
    ChatTable chats,
    MembershipReader reader,
    SessionLanes lanes,
    Announcer announcer,
    PresenceWatches watches,
    HelloSource hello,
    Draining draining,
    IClusterCalls calls,
    IOptions<DeliveryOptions> options,
    DeliveryMetrics metrics,
    TimeProvider time,
    ILogger<Connections> logger
) : IConnections
{
    private readonly OutboundLimits _limits = OutboundLimits.Of(options.Value);

    public Task<Problem?> OpenedAsync(HubCallerContext context, string userId, string sessionId, DateTimeOffset tokenExpiresAt) =>
        ports.Find(context.ConnectionId) is { } port
            ? OpenedAsync(context.ConnectionId, port, userId, sessionId, tokenExpiresAt)
            : Task.FromResult<Problem?>(Unavailable);

    public Task ClosedAsync(HubCallerContext context) => ClosedAsync(context.ConnectionId);

    internal async Task<Problem?> OpenedAsync(
        string connectionId,
        IConnectionPort port,
        string userId,
        string sessionId,
        DateTimeOffset tokenExpiresAt
    )
    {
        if (draining.Started)
            return Unavailable;
        var outbound = new Outbound(port, _limits, time, metrics);
        var connection = new LocalConnection(connectionId, userId, sessionId, At(tokenExpiresAt), outbound);
        connections.Add(connection);
        try
        {
            await OpenAsync(connection).WaitAsync(TimeSpan.FromSeconds(options.Value.OpenSeconds), time);
            return null;
        }
        catch (Exception fault)
        {
            Log.OpenFailed(logger, fault.GetType().Name);
            await ClosedAsync(connectionId);
            return Unavailable;
        }
    }

    internal Task ClosedAsync(string connectionId)
    {
        if (chats.Drop(connectionId) is not { } connection)
            return Task.CompletedTask;
        watches.Drop(connectionId);
        // The hub does not wait for it: a session that is away must not hold up others' closing.
        _ = DisconnectAsync(connection);
        return Task.CompletedTask;
    }

    public Task<UserPresence[]> WatchPresenceAsync(string connectionId, string[] userIds) => watches.ReplaceAsync(connectionId, userIds);

    public void TokenExtended(string connectionId, DateTimeOffset expiresAt)
    {
        if (connections.Find(connectionId) is not { } connection)
            return;
        lock (connections.Gate)
            connection.TokenExpiresAt = At(expiresAt);
    }

    /// <summary>Reckoned once, while the token was just found good: a clock that is set afterwards neither ends connections nor prolongs them.</summary>
    private TimeSpan At(DateTimeOffset expiresAt) => connections.Now + (expiresAt - time.GetUtcNow());

    private static Problem Unavailable { get; } =
        Problem.Of(ProblemCodes.Unavailable, "The connection cannot be opened here now.") with
        {
            RetryAfterMs = 1_000,
        };

    private async Task OpenAsync(LocalConnection connection)
    {
        var user = connection.UserId;
        var first = hello.MakeAsync(connection.SessionId);
        await lanes.RunAsync(user, () => calls.ConnectAsync(user, connection.Id, connection.SessionId));
        var memberships = await reader.ReadAsync(user);
        chats.Register(connection, memberships, Push.Control(await first));
    }

    private async Task DisconnectAsync(LocalConnection connection)
    {
        try
        {
            await lanes.RunAsync(connection.UserId, () => calls.DisconnectAsync(connection.UserId, connection.Id));
        }
        catch (Exception fault)
        {
            Log.CloseFailed(logger, fault.GetType().Name);
            announcer.Answer([connection.UserId]);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "A connection could not be opened ({Fault})")]
        public static partial void OpenFailed(ILogger logger, string fault);

        [LoggerMessage(2, LogLevel.Information, "A session could not be told of a closed connection ({Fault}); it is announced again")]
        public static partial void CloseFailed(ILogger logger, string fault);
    }
}
