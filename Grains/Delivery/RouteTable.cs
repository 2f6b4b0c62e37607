using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Orleans.Chat.Grains.Interfaces;
using Orleans.Chat.Grains.Interfaces.Sessions;

namespace Orleans.Chat.Grains.Delivery;

/* Where the members of this silo's active chats are connected. The table watches the session grain of every such user, once for the
 * silo however many of its chats the user is in, and sessions tell it of changes before a connecting client gets its hello.
 *
 * A session that is lost (its silo died, or it was moved) cannot tell any more: its users are "anywhere" until they are watched again,
 * and what is anywhere goes to every gateway. Nothing here activates a chat. */
internal sealed partial class RouteTable(
    IGrainFactory grains,
    ILocalSiloDetails silo,
    GatewayWatch gateways,
    IClusterMembershipService membership,
    TimeProvider time,
    ILogger<RouteTable> logger
) : BackgroundService, IRouteObserver
{
    private const int ParallelWatches = 64;
    private static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(5);
    private readonly Lock _lock = new();
    private readonly Dictionary<string, RouteEntry> _users = new(StringComparer.Ordinal);
    private readonly Channel<string> _toWatch = Channel.CreateUnbounded<string>();
    private readonly string _silo = silo.SiloAddress.ToParsableString();
    private IRouteObserver? _self;

    /// <summary>Starts following these users for a chat. The task completes when every one is known, or was asked for in vain.</summary>
    public Task Follow(ChatRoutes chat, IEnumerable<string> users)
    {
        List<Task>? waiting = null;
        lock (_lock)
        {
            foreach (var user in users)
            {
                if (!_users.TryGetValue(user, out var entry))
                {
                    _users.Add(user, entry = new RouteEntry());
                    Ask(user, entry);
                }
                if (entry.Chats.Add(chat))
                    chat.Replace(RouteEntry.Nowhere, entry.Current);
                if (!entry.Known.Task.IsCompleted)
                    (waiting ??= []).Add(entry.Known.Task);
            }
        }
        return waiting is null ? Task.CompletedTask : Task.WhenAll(waiting);
    }

    /// <summary>The chat does not need these users any more.</summary>
    public void Leave(ChatRoutes chat, IEnumerable<string> users)
    {
        // While the last silo stops there is nowhere left for a session to be.
        var anySilo = membership.CurrentSnapshot.Members.Values.Any(m => m.Status == SiloStatus.Active);
        lock (_lock)
        {
            foreach (var user in users)
            {
                if (!_users.TryGetValue(user, out var entry) || !entry.Chats.Remove(chat))
                    continue;
                chat.Replace(entry.Current, RouteEntry.Nowhere);
                if (entry.Chats.Count > 0)
                    continue;
                _users.Remove(user);
                entry.Known.TrySetResult();
                if (anySilo)
                    grains.Session(user).UnwatchRoutes(_silo).Ignore();
            }
        }
    }

    public Task RoutesChanged(UserRoutes routes)
    {
        Apply(routes);
        return Task.CompletedTask;
    }

    private void Apply(UserRoutes routes)
    {
        lock (_lock)
        {
            if (!_users.TryGetValue(routes.UserId, out var entry) || routes.Version <= entry.Version)
                return;
            entry.Version = routes.Version;
            entry.Silo = routes.Silo;
            foreach (var gateway in routes.Gateways)
                gateways.Introduce(gateway);
            Move(entry, new RouteEntry.Place(routes.Gateways, routes.Unknown));
            entry.Known.TrySetResult();
            if (routes.Silo.Length == 0)
                Ask(routes.UserId, entry);
        }
    }

    private static void Move(RouteEntry entry, RouteEntry.Place to)
    {
        foreach (var chat in entry.Chats)
            chat.Replace(entry.Current, to);
        entry.Current = to;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        _self = grains.CreateObjectReference<IRouteObserver>(this);
        gateways.Changed += GatewaysGone;
        var deaths = FollowMembershipAsync(stoppingToken);
        var again = AskAgainAsync(stoppingToken);
        try
        {
            await Parallel.ForEachAsync(
                _toWatch.Reader.ReadAllAsync(stoppingToken),
                new ParallelOptions { MaxDegreeOfParallelism = ParallelWatches, CancellationToken = stoppingToken },
                async (user, _) => await WatchAsync(user)
            );
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The silo stops.
        }
        gateways.Changed -= GatewaysGone;
        await deaths;
        await again;
    }

    private async Task WatchAsync(string user)
    {
        try
        {
            Apply(await grains.Session(user).WatchRoutes(_self!, _silo));
        }
        catch (Exception fault)
        {
            // Anywhere, until it answers.
            Log.WatchFailed(logger, fault.GetType().Name);
        }
        lock (_lock)
        {
            if (!_users.TryGetValue(user, out var entry))
                return;
            entry.Asking = false;
            entry.Known.TrySetResult();
        }
    }

    /// <summary>One question for a user at a time: a session that is stalled holds one place, however often it is asked for.</summary>
    private void Ask(string user, RouteEntry entry)
    {
        if (entry.Asking)
            return;
        entry.Asking = true;
        _toWatch.Writer.TryWrite(user);
    }

    /// <summary>Who did not answer, and whose answer came from a silo that was gone by then, is asked for again though no silo comes or goes.</summary>
    private async Task AskAgainAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(AskAgain, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                Forget(membership.CurrentSnapshot);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The silo stops.
        }
    }

    private void GatewaysGone(IReadOnlyList<string> gone)
    {
        lock (_lock)
        {
            foreach (var entry in _users.Values)
            {
                if (entry.Current.Gateways.Intersect(gone, StringComparer.Ordinal).Any())
                    Move(entry, entry.Current with { Gateways = [.. entry.Current.Gateways.Except(gone, StringComparer.Ordinal)] });
            }
        }
    }

    private async Task FollowMembershipAsync(CancellationToken stoppingToken)
    {
        MembershipVersion? known = null;
        try
        {
            await foreach (var snapshot in membership.MembershipUpdates.WithCancellation(stoppingToken))
            {
                // Every refresh publishes, whether anything changed or not.
                if (snapshot.Version == known)
                    continue;
                known = snapshot.Version;
                Forget(snapshot);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The silo stops.
        }
    }

    /// <summary>Users whose session was on a silo that is not active any more, or could not be asked, are anywhere and asked for again.</summary>
    private void Forget(ClusterMembershipSnapshot snapshot)
    {
        var active = snapshot
            .Members.Values.Where(m => m.Status is SiloStatus.Active)
            .Select(m => m.SiloAddress.ToParsableString())
            .ToHashSet(StringComparer.Ordinal);
        lock (_lock)
        {
            foreach (var (user, entry) in _users)
            {
                if (active.Contains(entry.Silo))
                    continue;
                entry.Version = long.MinValue;
                Move(entry, RouteEntry.Unknown);
                Ask(user, entry);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "A session could not be watched ({Fault}); its user's events go to every gateway")]
        public static partial void WatchFailed(ILogger logger, string fault);
    }
}
