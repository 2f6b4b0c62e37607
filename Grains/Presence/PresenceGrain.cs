using Microsoft.Extensions.Logging;
using Orleans.Chat.Grains.Delivery;
using Orleans.Chat.Grains.Interfaces;
using Orleans.Chat.Grains.Interfaces.Delivery;
using Orleans.Chat.Grains.Interfaces.Presence;
using Orleans.Chat.Grains.Users;
using Orleans.Chat.Protocol;
using Orleans.Chat.Storage.Chats;
using Orleans.Chat.Storage.Users;
using Orleans.Placement;

namespace Orleans.Chat.Grains.Presence;

/* Whether a user is there, told by its session, and which gateways want to hear of it. Costs are O(watching gateways) for a change, and changes
 * are gathered: the first goes at once, the next not before 200 ms, showing what is true then.
 *
 * Only memory, and nothing is read before somebody asks: most users who connect are watched by nobody, and thousands connect at once. Who asks
 * finds out from the session where the user is, and asks again while the session does not know yet. A chosen status holds while the user is
 * connected, and over a reconnection. While somebody watches the activation stays, and once a minute looks after what nobody would tell it:
 * gateways that died, a session that was lost with them.
 *
 * Others hear of a change of the status and of nothing else: an event when an invisible user leaves would tell that it was there. */
[GrainType("presence"), RandomPlacement]
internal sealed partial class PresenceGrain(
    IAccountStore accounts,
    IChatLists lists,
    IGatewayPublisher publisher,
    UserNotifier notifier,
    LastSeenFlusher lastSeen,
    TimeProvider time,
    ILogger<PresenceGrain> logger
) : Grain, IPresenceGrain
{
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Upkeep = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan ChoiceLife = TimeSpan.FromMinutes(1);

    private readonly Dictionary<string, long> _watchers = new(StringComparer.Ordinal);
    private PresenceView _view = null!;
    private string _published = PresenceStatus.Offline;
    private bool _known;
    private long _left;
    private IGrainTimer? _gathering;
    private IGrainTimer? _upkeep;

    private string User => this.GetPrimaryKeyString();

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _view = new PresenceView { UserId = User };
        _left = time.GetTimestamp();
        return Task.CompletedTask;
    }

    public Task Connected(int connections)
    {
        _known = true;
        return ConnectedAsync(connections > 0);
    }

    public async Task Set(string status)
    {
        // A connection that is heard of later would begin with no choice.
        if (!_known)
            await AskSessionAsync();
        _view = _view with { Chosen = status };
        await ChangedAsync();
    }

    public async Task<UserPresence> Get(string viewer)
    {
        if (!_known)
            await AskSessionAsync();
        if (!_view.Read && await TryReadAsync())
            await ChangedAsync();
        return _view.For(viewer);
    }

    public async Task<UserPresence?> Watch(string gatewayId, string viewer)
    {
        _watchers[gatewayId] = time.GetTimestamp();
        KeepOrLetGo();
        var presence = await Get(viewer);
        return _known || _view.Connected ? presence : null;
    }

    public Task Unwatch(string gatewayId)
    {
        _watchers.Remove(gatewayId);
        KeepOrLetGo();
        return Task.CompletedTask;
    }

    public async Task Refresh()
    {
        var (before, first) = (_view.Blocks, !_view.Read);
        await ReadAsync();
        // What is shown from here on is what a later change is compared with.
        if (first)
            await ChangedAsync();
        if (string.Equals(_view.Shown, PresenceStatus.Offline, StringComparison.Ordinal) || _watchers.Count == 0)
            return;
        // Who may have seen the user until now, sharing a chat, sees it go; to a stranger it would only tell of the block.
        var newly = _view.Blocks.Except(before).ToArray();
        if (newly.Length == 0)
            return;
        var gone = new PresenceEvent(User, PresenceStatus.Offline, LastSeenAt: null);
        foreach (var viewer in await lists.SharingChatAsync(User, newly, CancellationToken.None))
            await notifier.TellAsync(viewer, new UserEvent(viewer, gone));
    }

    private async Task ReadAsync()
    {
        var blocks = await accounts.BlocksAsync(User, CancellationToken.None);
        var row = await accounts.FindAsync(User, CancellationToken.None);
        _view = _view with
        {
            Blocks = blocks.Blocking.Concat(blocks.BlockedBy).ToHashSet(StringComparer.Ordinal),
            HidesLastSeen = string.Equals(row?.LastSeenPrivacy, UserViews.LastSeenNobody, StringComparison.Ordinal),
            // Of the two the later: what this silo knows may not be written yet.
            LastSeenAt = row?.LastSeenAt is { } stored && !(stored < _view.LastSeenAt) ? stored : _view.LastSeenAt,
            Read = true,
        };
    }

    /// <summary>It does without the store, showing nothing, until it is asked again.</summary>
    private async Task<bool> TryReadAsync()
    {
        try
        {
            await ReadAsync();
            return true;
        }
        catch (Exception fault)
        {
            Log.NotRead(logger, fault.GetType().Name);
            return false;
        }
    }

    private async Task AskSessionAsync()
    {
        try
        {
            var routes = await GrainFactory.Session(User).Routes();
            _known = !routes.Unknown;
            if (_known || routes.Gateways.Length > 0)
                await ConnectedAsync(routes.Gateways.Length > 0);
        }
        catch (Exception fault)
        {
            _known = false;
            Log.SessionSilent(logger, fault.GetType().Name);
        }
    }

    private Task ConnectedAsync(bool connected)
    {
        if (connected == _view.Connected)
            return Task.CompletedTask;
        if (connected)
        {
            if (time.GetElapsedTime(_left) > ChoiceLife)
                _view = _view with { Chosen = PresenceStatus.Online };
            _view = _view with { Connected = true };
            // Of an invisible one that time is what others go on seeing.
            if (!string.Equals(_view.Shown, PresenceStatus.Offline, StringComparison.Ordinal))
                lastSeen.Returned(User);
        }
        else
        {
            Left();
        }
        KeepOrLetGo();
        return ChangedAsync();
    }

    private void Left()
    {
        _left = time.GetTimestamp();
        var seen = !string.Equals(_view.Shown, PresenceStatus.Offline, StringComparison.Ordinal);
        _view = _view with { Connected = false };
        if (!seen)
            return;
        var now = time.GetUtcNow();
        _view = _view with { LastSeenAt = now };
        lastSeen.Left(User, now);
    }

    private Task ChangedAsync() => _gathering is null ? PublishAsync() : Task.CompletedTask;

    private async Task PublishAsync()
    {
        var shown = _view.Shown;
        if (!_view.Read || string.Equals(shown, _published, StringComparison.Ordinal))
            return;
        _published = shown;
        _gathering = this.RegisterGrainTimer(
            Gathered,
            new GrainTimerCreationOptions(Gather, Timeout.InfiniteTimeSpan) { KeepAlive = true }
        );
        // To itself an invisible user is not gone.
        string[] hiddenFrom = _view.Shown == _view.For(User).Status ? [.. _view.Blocks] : [.. _view.Blocks, User];
        var change = new PresenceChanged(_view.ForOthers(), hiddenFrom);
        foreach (var gateway in _watchers.Keys)
            await publisher.PublishAsync(gateway, change);
    }

    private Task Gathered()
    {
        _gathering?.Dispose();
        _gathering = null;
        return PublishAsync();
    }

    /// <summary>Stays while somebody watches, or while there is a choice that would be lost.</summary>
    private void KeepOrLetGo()
    {
        var keep = _watchers.Count > 0 || _view.Connected;
        DelayDeactivation(keep ? Timeout.InfiniteTimeSpan : TimeSpan.Zero);
        if (_watchers.Count > 0)
        {
            _upkeep ??= this.RegisterGrainTimer(LookAfter, new GrainTimerCreationOptions(Upkeep, Upkeep));
            return;
        }
        _upkeep?.Dispose();
        _upkeep = null;
    }

    private Task LookAfter()
    {
        // One that is new may not be known to live in this silo yet.
        foreach (var (gateway, since) in _watchers)
        {
            if (time.GetElapsedTime(since) > Upkeep / 2 && !publisher.LiveGateways.Contains(gateway))
                _watchers.Remove(gateway);
        }
        KeepOrLetGo();
        // That a user comes is always told; that it went may have been lost with its session.
        return _view.Connected ? AskSessionAsync() : Task.CompletedTask;
    }

    private static partial class Log
    {
        [LoggerMessage(
            1,
            LogLevel.Information,
            "A session could not be asked where its user is ({Fault}); asked again with the next question"
        )]
        public static partial void SessionSilent(ILogger logger, string fault);

        [LoggerMessage(2, LogLevel.Warning, "A user's blocks could not be read ({Fault}); its presence shows nothing until they are")]
        public static partial void NotRead(ILogger logger, string fault);
    }
}
