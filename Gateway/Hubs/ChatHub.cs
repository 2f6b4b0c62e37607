using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.SignalR;
using Orleans.Chat.Gateway.Auth;
using Orleans.Chat.Gateway.Delivery;
using Orleans.Chat.Gateway.Http;
using Orleans.Chat.Gateway.Requests;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Gateway.Hubs;

/* What clients call. A line a method, into the same requests as REST; a method's name is its name on the wire. A send has its place in its
 * chat's order before its method first awaits, so the calls of one connection may run in parallel and still keep their order. */
[Authorize]
internal sealed partial class ChatHub(
    MessageRequests messages,
    SyncRequests sync,
    UserRequests users,
    PresenceRequests presences,
    AccountRequests accounts,
    IConnections connections,
    ISessionEndings endings,
    TimeProvider time
) : Hub
{
    private Caller Caller => Context.User.ToCaller();

    public override async Task OnConnectedAsync()
    {
        if (await connections.OpenedAsync(Context, Caller.UserId, Caller.SessionId, Context.User!.ExpiresAt()) is { } problem)
            throw new HubException(problem.ToJson());
        // A session that ended before its connection was known here was told of to nobody.
        if (endings.HasEnded(Caller.UserId, Caller.SessionId))
            Context.Abort();
    }

    public override Task OnDisconnectedAsync(Exception? exception) => connections.ClosedAsync(Context);

    public async Task<Reauthenticated> Reauthenticate(Reauthenticate request)
    {
        var identity = Need(await accounts.ReauthenticateAsync(Caller, Given(request), Context.ConnectionAborted));
        connections.TokenExtended(Context.ConnectionId, identity.ExpiresAt);
        return new Reauthenticated { ExpiresIn = accounts.SecondsLeft(identity) };
    }

    public Pong Ping() => new(time.GetUtcNow());

    /// <summary>What a call that could not be bound becomes (<see cref="ProblemHubProtocol"/>); nobody else can call it.</summary>
    [HubMethodName(RefusedCall.Method)]
#pragma warning disable CA1822 // A hub has no static methods.
    public void Refuse(RefusedCall call) => throw new ProblemException(call.Problem);
#pragma warning restore CA1822

    private static T Need<T>(Outcome<T> outcome) => outcome.Problem is { } problem ? throw new ProblemException(problem) : outcome.Value!;

    private static async Task<T> NeedAsync<T>(Task<Outcome<T>> outcome) => Need(await outcome);

    private static T Given<T>(T? request)
        where T : class => request ?? throw new ProblemException(Problem.Invalid("body", "It is required."));
}
