using Orleans.Chat.Protocol;
using ConnectionInfo = Orleans.Chat.Grains.Interfaces.Sessions.ConnectionInfo;

namespace Orleans.Chat.Gateway.Delivery;

/* Who is connected here. One gate guards this table and the chats': a gateway's events come one after the other anyway, and nothing
 * is written to a connection while the gate is held. What was offered under the gate is flushed by Leave. */
internal sealed class ConnectionTable(DeliveryMetrics metrics, TimeProvider time)
{
    private static readonly List<LocalConnection> None = [];

    // Who reads is closed at once; what is stuck is cut off, and still within the five seconds that a revocation may take with the poll before it.
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(2.5);
    private readonly Dictionary<string, LocalConnection> _connections = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<LocalConnection>> _users = new(StringComparer.Ordinal);
    private readonly HashSet<LocalConnection> _opening = [];
    private readonly BulkFlush _bulk = new();
    private List<LocalConnection> _touched = [];

    public Lock Gate { get; } = new();

    /// <summary>The time that connections are timed by. It begins anywhere, and nobody sets it.</summary>
    public TimeSpan Now => time.GetElapsedTime(0);

    public int Count
    {
        get
        {
            lock (Gate)
                return _connections.Count;
        }
    }

    public int UserCount
    {
        get
        {
            lock (Gate)
                return _users.Count;
        }
    }

    /// <summary>The connections that are opening. Under the gate only.</summary>
    public IReadOnlyCollection<LocalConnection> Opening => _opening;

    public void Add(LocalConnection connection)
    {
        lock (Gate)
        {
            _connections[connection.Id] = connection;
            if (!_users.TryGetValue(connection.UserId, out var mine))
                _users.Add(connection.UserId, mine = new List<LocalConnection>(1));
            mine.Add(connection);
            _opening.Add(connection);
        }
    }

    public LocalConnection? Find(string connectionId)
    {
        lock (Gate)
            return _connections.GetValueOrDefault(connectionId);
    }

    /// <summary>Under the gate only.</summary>
    public LocalConnection? Remove(string connectionId)
    {
        if (!_connections.Remove(connectionId, out var connection))
            return null;
        _opening.Remove(connection);
        var mine = _users[connection.UserId];
        mine.Remove(connection);
        if (mine.Count == 0)
            _users.Remove(connection.UserId);
        return connection;
    }

    /// <summary>Its chats know where it is. Under the gate only.</summary>
    public void Opened(LocalConnection connection)
    {
        connection.Passed = null;
        _opening.Remove(connection);
    }

    /// <summary>The user's connections, opening ones too. Under the gate only.</summary>
    public IReadOnlyList<LocalConnection> Of(string userId) => _users.TryGetValue(userId, out var mine) ? mine : [];

    /// <summary>What to tell the user's session.</summary>
    public ConnectionInfo[] Describe(string userId)
    {
        lock (Gate)
            return [.. Of(userId).Select(c => new ConnectionInfo(c.Id, c.SessionId))];
    }

    public string[] Users()
    {
        lock (Gate)
            return [.. _users.Keys];
    }

    /// <summary>Queues for a connection that is open. Under the gate only; <see cref="TakeTouched"/> has it then.</summary>
    public void Offer(LocalConnection connection, Push push)
    {
        connection.Outbound.Offer(push);
        if (connection.Touched)
            return;
        connection.Touched = true;
        _touched.Add(connection);
    }

    /// <summary>Those to flush once the gate is left. Under the gate only.</summary>
    public List<LocalConnection> TakeTouched()
    {
        var touched = _touched;
        if (touched.Count == 0)
            return None;
        foreach (var connection in touched)
            connection.Touched = false;
        _touched = new List<LocalConnection>(touched.Count);
        return touched;
    }

    /// <summary>Writes to those that were offered something. Outside the gate.</summary>
    public void Flush(List<LocalConnection> touched)
    {
        if (touched.Count > BulkFlush.AtOnce)
        {
            _bulk.Add(touched);
            return;
        }
        foreach (var connection in touched)
            connection.Outbound.Flush();
    }

    /// <summary>Pushes to a user's open connections.</summary>
    public void TellUser(string userId, ChatEvent e, PushKind kind = PushKind.Control)
    {
        List<LocalConnection> touched;
        lock (Gate)
        {
            var mine = Of(userId);
            if (mine.Count == 0)
                return;
            var push = kind == PushKind.Hint ? Push.Hint([e]) : Push.Control(e);
            foreach (var connection in mine)
            {
                if (connection.Open)
                    Offer(connection, push);
            }
            touched = TakeTouched();
        }
        Flush(touched);
    }

    /// <summary>A session was revoked: its connections are told, and end: at once, or cut off when they do not read.</summary>
    public void CloseSession(string userId, string sessionId)
    {
        LocalConnection[] ending;
        lock (Gate)
        {
            ending = [.. Of(userId).Where(c => c.SessionId == sessionId)];
        }
        foreach (var connection in ending)
            connection.Outbound.CloseAfter(Push.Control(new SessionRevoked()));
        // From when it was told, not from before: on a busy machine a second may pass between the two.
        lock (Gate)
        {
            foreach (var connection in ending)
                connection.AbortAt ??= Now + Farewell;
        }
    }

    /// <summary>Tells every connection to go elsewhere, each at its own time within the spread, when it is closed.</summary>
    public void Drain(TimeSpan spread, Func<double> random)
    {
        List<LocalConnection> touched;
        lock (Gate)
        {
            foreach (var connection in _connections.Values)
            {
                var after = spread * random();
                connection.CloseAt ??= Now + after;
                if (connection.Open)
                    Offer(connection, Push.Control(new ServerDraining((long)after.TotalMilliseconds)));
            }
            touched = TakeTouched();
        }
        Flush(touched);
    }

    /// <summary>Once in a while: ends what has stalled, expired, or is due.</summary>
    public void Sweep(TimeSpan tokenGrace)
    {
        var now = Now;
        LocalConnection[] all;
        lock (Gate)
            all = [.. _connections.Values];
        foreach (var connection in all)
        {
            if (connection.Outbound.Stalled())
            {
                metrics.CutOff();
                connection.Outbound.CutOff();
            }
            else if (connection.AbortAt <= now)
                connection.Outbound.CutOff();
            else if (connection.AbortAt is null && (connection.CloseAt <= now || connection.TokenExpiresAt + tokenGrace <= now))
            {
                connection.AbortAt = now + Farewell;
                connection.Outbound.CloseAfter(null);
            }
        }
    }

    public int Queued()
    {
        lock (Gate)
            return _connections.Values.Sum(c => c.Outbound.Depth);
    }
}
