using Orleans.Chat.Grains.Interfaces.Delivery;

namespace Orleans.Chat.Gateway.Delivery;

/// <summary>A chat with members that are connected here. Guarded by the table's gate.</summary>
internal sealed class LocalChat(string id, long applied, bool historyAll)
{
    public string Id { get; } = id;

    /// <summary>The revision up to which members here have been told.</summary>
    public long Applied { get; set; } = applied;

    /// <summary>The highest revision that is known to exist.</summary>
    public long Target { get; set; } = applied;

    public bool HistoryAll { get; set; } = historyAll;

    public Dictionary<string, LocalMember> Members { get; } = new(StringComparer.Ordinal);

    /// <summary>Revisions beyond a hole.</summary>
    public SortedDictionary<long, DeliveryEntry>? Held { get; set; }

    /// <summary>Whether a pull is under way.</summary>
    public bool Pulling { get; set; }

    /// <summary>Whether to pull once even though no hole is known.</summary>
    public bool Check { get; set; }
}

internal sealed class LocalMember(string userId)
{
    public string UserId { get; } = userId;

    /// <summary>As stored, whatever the chat's history is.</summary>
    public long JoinedSeq { get; set; }

    /// <summary>The revision at which the membership was read or began; older changes of it do not count.</summary>
    public long Since { get; set; }

    public List<Seat> Seats { get; } = new(1);
}

/// <summary>A connection's place in a chat: it gets what is after <see cref="From"/>.</summary>
internal readonly record struct Seat(LocalConnection Connection, long From);
