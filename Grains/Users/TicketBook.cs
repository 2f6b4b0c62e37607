using System.Security.Cryptography;

namespace Orleans.Chat.Grains.Users;

/// <summary>One user's open connection tickets: each good once, for 60 s, and only as its hash. Memory: a ticket that is lost is asked for again.</summary>
internal sealed class TicketBook(TimeProvider time)
{
    public const int LifetimeSeconds = 60;
    private const int MaxOpen = 100;
    private readonly List<(byte[] Hash, string SessionId, long At)> _open = [];

    public void Add(string ticket, string sessionId)
    {
        Expire();
        if (_open.Count >= MaxOpen)
            _open.RemoveAt(0);
        _open.Add((OpaqueTokens.Hash(ticket), sessionId, time.GetTimestamp()));
    }

    /// <summary>The session of a ticket, which is used up by it; null when it is none, used or too old.</summary>
    public string? Take(string ticket)
    {
        Expire();
        var hash = OpaqueTokens.Hash(ticket);
        var found = _open.FindIndex(t => CryptographicOperations.FixedTimeEquals(t.Hash, hash));
        if (found < 0)
            return null;
        var session = _open[found].SessionId;
        _open.RemoveAt(found);
        return session;
    }

    public void Forget(string sessionId) => _open.RemoveAll(t => string.Equals(t.SessionId, sessionId, StringComparison.Ordinal));

    private void Expire() => _open.RemoveAll(t => time.GetElapsedTime(t.At) >= TimeSpan.FromSeconds(LifetimeSeconds));
}
