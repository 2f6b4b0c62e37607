using Orleans.Chat.Grains.Interfaces.Delivery;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Gateway.Delivery;

/* Whose presence is told to which connection. The grain of each watched user knows this gateway once, however many watch here; it is told
 * when the last one stops. Of users that share no chat with the caller nothing is asked and nothing is told. */
internal sealed partial class PresenceWatches(ConnectionTable connections, IClusterCalls calls, ILogger<PresenceWatches> logger)
{
    private const int MaxWatched = 500;
    private const int Parallel = 16;
    private const string Offline = "offline";
    private readonly Lock _lock = new();
    private readonly SessionLanes _lanes = new();
    private readonly Dictionary<string, HashSet<string>> _watched = new(StringComparer.Ordinal);
    private readonly Dictionary<string, HashSet<LocalConnection>> _watchers = new(StringComparer.Ordinal);
    private readonly HashSet<string> _again = new(StringComparer.Ordinal);

    /// <summary>Replaces what the connection watches; answers in the order of the ids.</summary>
    public async Task<UserPresence[]> ReplaceAsync(string connectionId, string[] userIds)
    {
        if (connections.Find(connectionId) is not { } connection)
            return [];
        var ids = userIds.Distinct(StringComparer.Ordinal).Take(MaxWatched).ToArray();
        var others = Array.FindAll(ids, id => id != connection.UserId);
        var sharing = others.Length == 0 ? [] : await calls.SharingChatAsync(connection.UserId, others);
        var seen = sharing.ToHashSet(StringComparer.Ordinal);
        if (others.Length < ids.Length)
            seen.Add(connection.UserId);
        Unwatch(Set(connection, seen));

        var answers = new UserPresence[ids.Length];
        await ForEachAsync(
            Enumerable.Range(0, ids.Length),
            async i => answers[i] = (seen.Contains(ids[i]) ? await TryWatchAsync(ids[i], connection.UserId) : null) ?? Nowhere(ids[i])
        );
        return answers;
    }

    /// <summary>The connection is gone.</summary>
    public void Drop(string connectionId)
    {
        var left = new List<string>();
        lock (_lock)
        {
            if (!_watched.Remove(connectionId, out var watched))
                return;
            foreach (var user in watched)
                RemoveWatcher(user, connectionId, left);
        }
        Unwatch(left);
    }

    /// <summary>A watched user's presence changed.</summary>
    public void Changed(PresenceChanged change)
    {
        LocalConnection[] watchers;
        lock (_lock)
        {
            if (!_watchers.TryGetValue(change.Presence.UserId, out var all))
                return;
            watchers = [.. all.Where(c => change.HiddenFrom is null || Array.IndexOf(change.HiddenFrom, c.UserId) < 0)];
        }
        Push(watchers, change.Presence);
    }

    /// <summary>The grains that knew of this gateway may be lost: everything is to be watched again, by <see cref="WatchAgainAsync"/>.</summary>
    public void MayBeLost()
    {
        lock (_lock)
            _again.UnionWith(_watchers.Keys);
    }

    /// <summary>
    /// Watches again some of what may be lost and what could not be watched, and tells what they answer. What cannot be watched yet, as while the
    /// cluster has still to find out that a silo died, stays for the next time; of it nothing is told.
    /// </summary>
    public async Task WatchAgainAsync(int limit)
    {
        var watches = new List<(string User, string Viewer, LocalConnection[] Connections)>();
        lock (_lock)
        {
            foreach (var user in _again.Take(limit).ToArray())
            {
                _again.Remove(user);
                if (_watchers.TryGetValue(user, out var watchers))
                    watches.AddRange(watchers.GroupBy(c => c.UserId).Select(g => (user, g.Key, g.ToArray())));
            }
        }
        await ForEachAsync(
            watches,
            async watch =>
            {
                if (await TryWatchAsync(watch.User, watch.Viewer) is { } presence)
                    Push(watch.Connections, presence);
            }
        );
    }

    private static Task ForEachAsync<T>(IEnumerable<T> items, Func<T, Task> work) =>
        System.Threading.Tasks.Parallel.ForEachAsync(
            items,
            new ParallelOptions { MaxDegreeOfParallelism = Parallel },
            async (item, _) => await work(item)
        );

    private static UserPresence Nowhere(string userId) => new() { UserId = userId, Status = Offline };

    private void Push(LocalConnection[] watchers, UserPresence presence)
    {
        if (watchers.Length == 0)
            return;
        var push = Delivery.Push.Hint([new PresenceEvent(presence.UserId, presence.Status, presence.LastSeenAt)]);
        List<LocalConnection> touched;
        lock (connections.Gate)
        {
            foreach (var connection in watchers)
            {
                if (connection.Open)
                    connections.Offer(connection, push);
            }
            touched = connections.TakeTouched();
        }
        connections.Flush(touched);
    }

    private List<string> Set(LocalConnection connection, HashSet<string> users)
    {
        var left = new List<string>();
        lock (_lock)
        {
            if (_watched.TryGetValue(connection.Id, out var before))
            {
                foreach (var user in before.Where(u => !users.Contains(u)))
                    RemoveWatcher(user, connection.Id, left);
            }
            // A connection that closed meanwhile was dropped before this, and would stay.
            if (connections.Find(connection.Id) is null)
                return left;
            _watched[connection.Id] = users;
            foreach (var user in users)
            {
                if (!_watchers.TryGetValue(user, out var watchers))
                    _watchers.Add(user, watchers = []);
                watchers.Add(connection);
            }
        }
        return left;
    }

    private void RemoveWatcher(string user, string connectionId, List<string> left)
    {
        if (!_watchers.TryGetValue(user, out var watchers))
            return;
        watchers.RemoveWhere(c => c.Id == connectionId);
        if (watchers.Count > 0)
            return;
        _watchers.Remove(user);
        left.Add(user);
    }

    private async Task<UserPresence?> TryWatchAsync(string userId, string viewer)
    {
        UserPresence? answer = null;
        try
        {
            await _lanes.RunAsync(userId, async () => answer = await calls.WatchAsync(userId, viewer));
        }
        catch (Exception fault)
        {
            Log.WatchFailed(logger, fault.GetType().Name);
        }
        if (answer is null)
        {
            lock (_lock)
                _again.Add(userId);
        }
        return answer;
    }

    private void Unwatch(List<string> users)
    {
        foreach (var user in users)
            _ = UnwatchAsync(user);
    }

    private async Task UnwatchAsync(string user)
    {
        try
        {
            await _lanes.RunAsync(user, () => IsWatched(user) ? Task.CompletedTask : calls.UnwatchAsync(user));
        }
        catch (Exception fault)
        {
            // The grain goes on telling; nobody is here to hear it.
            Log.WatchFailed(logger, fault.GetType().Name);
        }
    }

    private bool IsWatched(string user)
    {
        lock (_lock)
            return _watchers.ContainsKey(user);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "A presence could not be watched or left ({Fault})")]
        public static partial void WatchFailed(ILogger logger, string fault);
    }
}
