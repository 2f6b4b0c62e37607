using Orleans.Chat.Gateway.Validation;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Gateway.Hubs;

internal sealed partial class ChatHub
{
    /// <summary>Everything in its body is optional, and so is the body.</summary>
    public Task<SyncPage> Sync(SyncRequest? request) => NeedAsync(sync.SyncAsync(Caller, request ?? new SyncRequest()));

    public Task<ChangesPage> GetChanges(GetChanges request) => NeedAsync(sync.ChangesAsync(Caller, new Errors(), Given(request)));

    public Task SetPresence(SetPresence request) => NeedAsync(users.SetPresenceAsync(Caller, Given(request)));

    public Task<Presences> WatchPresence(WatchPresence request) => NeedAsync(presences.WatchAsync(Context.ConnectionId, Given(request)));
}
