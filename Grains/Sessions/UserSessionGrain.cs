using Microsoft.Extensions.Logging;
using Orleans.Chat.Grains.Delivery;
using Orleans.Chat.Grains.Interfaces;
using Orleans.Chat.Grains.Interfaces.Chats;
using Orleans.Chat.Grains.Interfaces.Sessions;
using Orleans.Concurrency;
using Orleans.Placement;

namespace Orleans.Chat.Grains.Sessions;

/* Which connections a user has on which gateways. The gateways hold the truth; this is what they told, kept where a chat can ask.
 *
 * A new activation knows nothing and asks all live gateways; until each has answered or is dead, the user's place is "unknown", which means
 * every gateway. Silos with an active chat of the user watch; a connecting client waits until they know, so that what is committed after
 * its hello reaches it. Calls interleave: an answer of a gateway must get in while a watcher waits for it. */
[GrainType("session"), Reentrant, RandomPlacement]
internal sealed partial class UserSessionGrain(
    GatewayWatch gateways,
    Inquiries inquiries,
    LocalSessions local,
    RouteTable table,
    ILocalSiloDetails silo,
    ISiloStatusOracle silos,
    TimeProvider time,
    ILogger<UserSessionGrain> logger
) : Grain, IUserSessionGrain
{
    private static readonly TimeSpan AskAgain = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Upkeep = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Stay = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan WatcherPatience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan CursorLife = TimeSpan.FromSeconds(10);

    private readonly Dictionary<string, Dictionary<string, string>> _places = new(StringComparer.Ordinal);
    private readonly Dictionary<string, IRouteObserver> _watchers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (Cursor Cursor, long At)> _cursors = new(StringComparer.Ordinal);
    private readonly HashSet<string> _answered = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource _known = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IGrainTimer? _timer;
    private long _version;
    private int _presence = -1;
    private bool _tellingPresence;

    private string User => this.GetPrimaryKeyString();

    private bool Unknown => !_known.Task.IsCompleted;

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _version = time.GetUtcNow().UtcTicks;
        local.Add(User);
        await gateways
            .FirstRead.WaitAsync(TimeSpan.FromSeconds(5), time, cancellationToken)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        Ask();
        _timer = this.RegisterGrainTimer(
            _ => Again(),
            new GrainTimerCreationOptions(AskAgain, AskAgain) { Interleave = true, KeepAlive = true }
        );
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        local.Remove(User);
        var lost = Describe() with { Version = ++_version, Unknown = true, Silo = "" };
        // A silo that stops hears no calls any more, its own neither; its chats may still publish what they commit.
        if (_watchers.Remove(silo.SiloAddress.ToParsableString()))
            await table.RoutesChanged(lost);
        foreach (var watcher in _watchers.Values)
            await TellAsync(watcher, lost);
    }

    public Task Connect(string gatewayId, string connectionId, string sessionId)
    {
        if (!_places.TryGetValue(gatewayId, out var here))
            _places.Add(gatewayId, here = new Dictionary<string, string>(StringComparer.Ordinal));
        here[connectionId] = sessionId;
        return ChangedAsync();
    }

    public Task Disconnect(string gatewayId, string connectionId)
    {
        if (!_places.TryGetValue(gatewayId, out var here) || !here.Remove(connectionId))
            return Task.CompletedTask;
        if (here.Count == 0)
            _places.Remove(gatewayId);
        return ChangedAsync();
    }

    public Task Announce(string gatewayId, ConnectionInfo[] connections)
    {
        var before = _places.ContainsKey(gatewayId);
        if (connections.Length == 0)
            _places.Remove(gatewayId);
        else
            _places[gatewayId] = connections.ToDictionary(c => c.ConnectionId, c => c.SessionId, StringComparer.Ordinal);
        var settled = Settle(gatewayId);
        return settled || before != (connections.Length > 0) ? ChangedAsync() : TellPresenceAsync();
    }

    public Task GatewayGone(string gatewayId)
    {
        var had = _places.Remove(gatewayId);
        return Settle(null) || had ? ChangedAsync() : Task.CompletedTask;
    }

    public async Task<UserRoutes> WatchRoutes(IRouteObserver observer, string silo)
    {
        _watchers[silo] = observer;
        DelayDeactivation(Stay);
        if (Unknown)
            await _known
                .Task.WaitAsync(WatcherPatience, time)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        return Describe();
    }

    public Task UnwatchRoutes(string silo)
    {
        _watchers.Remove(silo);
        return Task.CompletedTask;
    }

    public Task<UserRoutes> Routes() => Task.FromResult(Describe());

    public Task NoteCursors(Cursor[] cursors)
    {
        var now = time.GetTimestamp();
        foreach (var cursor in cursors)
            _cursors[cursor.ChatId] = (cursor, now);
        return Task.CompletedTask;
    }

    public Task<Cursor[]> RecentCursors()
    {
        Expire();
        return Task.FromResult(_cursors.Values.Select(c => c.Cursor).ToArray());
    }

    private UserRoutes Describe() =>
        new()
        {
            UserId = User,
            Version = _version,
            Gateways = [.. _places.Keys],
            Unknown = Unknown,
            Silo = silo.SiloAddress.ToParsableString(),
        };

    private void Ask()
    {
        if (!Settle(null))
            inquiries.Ask(User);
    }

    /// <summary>Notes an answer; true when with it, or with a death, the last open answer came.</summary>
    private bool Settle(string? answered)
    {
        if (!Unknown)
            return false;
        if (answered is not null)
            _answered.Add(answered);
        return gateways.FirstRead.IsCompleted && gateways.Live.All(_answered.Contains) && _known.TrySetResult();
    }

    /// <summary>Twice a second while unknown. Then the timer gives way to one that alone keeps no activation that serves nobody.</summary>
    private async Task Again()
    {
        if (Unknown)
        {
            if (Settle(null))
                await ChangedAsync();
            else
                inquiries.Ask(User);
            return;
        }
        _timer?.Dispose();
        _timer = this.RegisterGrainTimer(
            static (self, _) =>
            {
                self.LookAfter();
                return Task.CompletedTask;
            },
            this,
            new GrainTimerCreationOptions(Upkeep, Upkeep) { Interleave = true }
        );
        LookAfter();
    }

    /// <summary>Forgets, and stays for whom it serves.</summary>
    private void LookAfter()
    {
        Expire();
        foreach (var dead in _watchers.Keys.Where(s => silos.IsDeadSilo(SiloAddress.FromParsableString(s))).ToArray())
            _watchers.Remove(dead);
        if (_places.Count > 0 || _watchers.Count > 0)
            DelayDeactivation(Stay);
    }

    private void Expire()
    {
        foreach (var (chat, (_, at)) in _cursors)
        {
            if (time.GetElapsedTime(at) > CursorLife)
                _cursors.Remove(chat);
        }
    }

    private async Task ChangedAsync()
    {
        _version++;
        if (_places.Count > 0)
            DelayDeactivation(Stay);
        var routes = Describe();
        await Task.WhenAll(_watchers.Values.Select(w => TellAsync(w, routes)));
        await TellPresenceAsync();
    }

    private async Task TellAsync(IRouteObserver watcher, UserRoutes routes)
    {
        try
        {
            await watcher.RoutesChanged(routes).WaitAsync(WatcherPatience, time);
        }
        catch (Exception fault)
        {
            // A silo that lives watches again when the membership changes; one that is dead needs nothing.
            Log.WatcherSilent(logger, fault.GetType().Name);
        }
    }

    /// <summary>One call at a time, so that the last number is the one that stays.</summary>
    private async Task TellPresenceAsync()
    {
        if (_tellingPresence || Unknown)
            return;
        _tellingPresence = true;
        try
        {
            for (var count = Count(); count != _presence; count = Count())
            {
                await GrainFactory.Presence(User).Connected(count);
                _presence = count;
            }
        }
        catch (Exception fault)
        {
            // Told again with the next change; a presence that was lost asks.
            Log.PresenceSilent(logger, fault.GetType().Name);
        }
        finally
        {
            _tellingPresence = false;
        }
    }

    private int Count() => _places.Values.Sum(p => p.Count);

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "A silo that watches routes did not answer ({Fault})")]
        public static partial void WatcherSilent(ILogger logger, string fault);

        [LoggerMessage(2, LogLevel.Warning, "The presence could not be told ({Fault})")]
        public static partial void PresenceSilent(ILogger logger, string fault);
    }
}
