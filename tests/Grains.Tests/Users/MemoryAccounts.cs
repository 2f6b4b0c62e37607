using System.Data.Common;
using Orleans.Chat.Protocol;
using Orleans.Chat.Storage.Users;

namespace Orleans.Chat.Grains.Tests.Users;

/// <summary>The users' stores in memory: one lock in place of transactions.</summary>
internal sealed class MemoryAccounts : IAccountStore, ISessionStore, IInstallationStore
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, UserRow> _users = [];
    private readonly HashSet<(string Blocking, string Blocked)> _blocks = [];
    private readonly Dictionary<(string Issuer, string Subject), string> _external = [];
    private readonly HashSet<string> _chosen = [];
    private readonly Dictionary<string, string> _secrets = [];
    private readonly Dictionary<string, (SessionRow Row, string Current)> _sessions = [];
    private readonly Dictionary<string, string> _refresh = [];
    private readonly Dictionary<(string User, string External), string> _externalSessions = [];
    private readonly List<(string UserId, string SessionId, DateTimeOffset At)> _revoked = [];

    /// <summary>Whether reads of users fail.</summary>
    public bool Down { get; set; }

    public string HistoryId { get; set; } = "history-1";

    public UserRow? Row(string userId)
    {
        lock (_lock)
            return _users.GetValueOrDefault(userId);
    }

    public void Put(UserRow row)
    {
        lock (_lock)
            _users[row.UserId] = row;
    }

    public IReadOnlyList<string> RefreshHashes
    {
        get
        {
            lock (_lock)
                return [.. _refresh.Keys];
        }
    }

    public Task<bool> CreateAsync(UserRow user, CancellationToken cancellationToken)
    {
        lock (_lock)
            return Task.FromResult(_users.TryAdd(user.UserId, user));
    }

    public Task<UserRow?> FindAsync(string userId, CancellationToken cancellationToken) =>
        Down ? throw new Unreachable() : Task.FromResult(Row(userId));

    public Task<IReadOnlyList<string>> ExistingAsync(IReadOnlyCollection<string> userIds, CancellationToken cancellationToken)
    {
        lock (_lock)
            return Task.FromResult<IReadOnlyList<string>>([.. userIds.Where(_users.ContainsKey)]);
    }

    public Task<IReadOnlyList<UserRow>> SearchAsync(string query, int limit, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult<IReadOnlyList<UserRow>>([
                .. _users.Values.Where(u => u.UserId.StartsWith(query, StringComparison.OrdinalIgnoreCase)).Take(limit),
            ]);
        }
    }

    public Task<UserRow?> UpdateAsync(string userId, UpdateUser change, CancellationToken cancellationToken) =>
        Change(
            userId,
            u =>
                u with
                {
                    DisplayName = change.DisplayName ?? u.DisplayName,
                    StatusText = change.StatusText ?? u.StatusText,
                    LastSeenPrivacy = change.Privacy?.LastSeen ?? u.LastSeenPrivacy,
                }
        );

    public Task SetPasswordHashAsync(string userId, string passwordHash, CancellationToken cancellationToken) =>
        Change(userId, u => u with { PasswordHash = passwordHash });

    /// <summary>Of whom the next time that it was last seen cannot be written.</summary>
    public string? Unwritable { get; set; }

    /// <summary>As a database does, it does nothing for who has given up.</summary>
    public async Task SetLastSeenAsync(IReadOnlyCollection<KeyValuePair<string, DateTimeOffset>> seen, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (seen.Any(s => s.Key == Unwritable))
        {
            Unwritable = null;
            throw new TimeoutException();
        }
        foreach (var (userId, at) in seen)
            await Change(userId, u => u with { LastSeenAt = at });
    }

    public Task<BlockRows> BlocksAsync(string userId, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult(
                new BlockRows(
                    [.. _blocks.Where(b => b.Blocking == userId).Select(b => b.Blocked)],
                    [.. _blocks.Where(b => b.Blocked == userId).Select(b => b.Blocking)]
                )
            );
        }
    }

    public Task SetBlockAsync(string userId, string blockedId, bool blocked, DateTimeOffset at, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (blocked)
                _blocks.Add((userId, blockedId));
            else
                _blocks.Remove((userId, blockedId));
        }
        return Task.CompletedTask;
    }

    public Task<string?> ExternalUserAsync(string issuer, string subject, CancellationToken cancellationToken)
    {
        lock (_lock)
            return Task.FromResult(_external.GetValueOrDefault((issuer, subject)));
    }

    public Task<string?> MapExternalUserAsync(string issuer, string subject, UserRow user, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_external.TryGetValue((issuer, subject), out var known))
                return Task.FromResult<string?>(known);
            if (!_users.TryAdd(user.UserId, user))
                return Task.FromResult<string?>(null);
            _external.Add((issuer, subject), user.UserId);
            return Task.FromResult<string?>(user.UserId);
        }
    }

    public Task<bool> ChooseUserIdAsync(
        string issuer,
        string subject,
        string userId,
        string displayName,
        CancellationToken cancellationToken
    )
    {
        lock (_lock)
        {
            if (!_external.TryGetValue((issuer, subject), out var old) || _chosen.Contains(old) || _users.ContainsKey(userId))
                return Task.FromResult(false);
            _users.Remove(old, out var row);
            _users.Add(userId, row! with { UserId = userId, DisplayName = displayName });
            _external[(issuer, subject)] = userId;
            _chosen.Add(userId);
            return Task.FromResult(true);
        }
    }

    public Task CreateAsync(SessionRow session, byte[] refreshHash, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var hash = Convert.ToHexString(refreshHash);
            _sessions.Add(session.SessionId, (session, hash));
            _refresh.Add(hash, session.SessionId);
        }
        return Task.CompletedTask;
    }

    public Task<IReadOnlyList<SessionRow>> ListAsync(string userId, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult<IReadOnlyList<SessionRow>>([
                .. _sessions
                    .Values.Select(s => s.Row)
                    .Where(s => s.UserId == userId && s.RevokedAt is null)
                    .OrderByDescending(s => s.CreatedAt),
            ]);
        }
    }

    public Task<RefreshLookup?> FindByRefreshAsync(string userId, byte[] refreshHash, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var hash = Convert.ToHexString(refreshHash);
            if (!_refresh.TryGetValue(hash, out var id))
                return Task.FromResult<RefreshLookup?>(null);
            var (row, current) = _sessions[id];
            return Task.FromResult<RefreshLookup?>(new RefreshLookup(row, current == hash));
        }
    }

    public async Task<bool> RotateAsync(
        string userId,
        string sessionId,
        byte[] oldHash,
        byte[] newHash,
        DateTimeOffset at,
        CancellationToken cancellationToken
    )
    {
        // Both of two concurrent refreshes have looked by now, as they may with a database.
        await Task.Yield();
        lock (_lock)
        {
            if (!_sessions.TryGetValue(sessionId, out var session) || session.Row.RevokedAt is not null)
                return false;
            if (session.Current != Convert.ToHexString(oldHash))
                return false;
            var hash = Convert.ToHexString(newHash);
            _sessions[sessionId] = (session.Row with { LastUsedAt = at }, hash);
            _refresh.Add(hash, sessionId);
            return true;
        }
    }

    public Task<bool> RevokeAsync(string userId, string sessionId, DateTimeOffset at, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (!_sessions.TryGetValue(sessionId, out var session) || session.Row.UserId != userId || session.Row.RevokedAt is not null)
                return Task.FromResult(false);
            _sessions[sessionId] = (session.Row with { RevokedAt = at }, session.Current);
            _revoked.Add((userId, sessionId, at));
            return Task.FromResult(true);
        }
    }

    public Task<SessionRow> ExternalAsync(SessionRow session, string externalId, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_externalSessions.TryGetValue((session.UserId, externalId), out var known))
                return Task.FromResult(_sessions[known].Row);
            _externalSessions.Add((session.UserId, externalId), session.SessionId);
            _sessions.Add(session.SessionId, (session, ""));
            return Task.FromResult(session);
        }
    }

    public Task<RevokedRows> RevokedAsync(long cursor, DateTimeOffset since, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var rows = _revoked.Skip((int)cursor).Where(r => cursor > 0 || r.At >= since).Select(r => (r.UserId, r.SessionId));
            return Task.FromResult(new RevokedRows([.. rows], _revoked.Count));
        }
    }

    public Task<string> HistoryIdAsync(CancellationToken cancellationToken) => Task.FromResult(HistoryId);

    public Task<string> GetOrAddSecretAsync(string name, string candidate, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _secrets.TryAdd(name, candidate);
            return Task.FromResult(_secrets[name]);
        }
    }

    private Task<UserRow?> Change(string userId, Func<UserRow, UserRow> change)
    {
        lock (_lock)
        {
            if (!_users.TryGetValue(userId, out var user))
                return Task.FromResult<UserRow?>(null);
            return Task.FromResult<UserRow?>(_users[userId] = change(user));
        }
    }

    private sealed class Unreachable() : DbException("10.0.0.7 does not answer")
    {
        public override bool IsTransient => true;
    }
}
