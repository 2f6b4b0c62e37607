namespace Orleans.Chat.Grains.Delivery;

/* Which gateways get one active chat's events: a count of members by gateway, and the number of members of whom it is not known.
 * Written under the route table's lock, read without one: a message costs no walk over its members. */
internal sealed class ChatRoutes
{
    private readonly Dictionary<string, int> _members = new(StringComparer.Ordinal);
    private int _unknown;
    private volatile string[] _gateways = [];
    private volatile bool _everywhere;

    /// <summary>The gateways that have a member; not all of them while <see cref="Everywhere"/>.</summary>
    public IReadOnlyList<string> Gateways => _gateways;

    /// <summary>A member may be on any gateway.</summary>
    public bool Everywhere => _everywhere;

    internal void Replace(RouteEntry.Place before, RouteEntry.Place after)
    {
        Count(before, -1);
        Count(after, 1);
        _everywhere = _unknown > 0;
        _gateways = [.. _members.Keys];
    }

    private void Count(RouteEntry.Place place, int by)
    {
        if (place.Unknown)
            _unknown += by;
        foreach (var gateway in place.Gateways)
        {
            var count = _members.GetValueOrDefault(gateway) + by;
            if (count == 0)
                _members.Remove(gateway);
            else
                _members[gateway] = count;
        }
    }
}

/// <summary>What a silo knows of one user, and its active chats.</summary>
internal sealed class RouteEntry
{
    public static readonly Place Nowhere = new([], Unknown: false);
    private static readonly Place Anywhere = new([], Unknown: true);

    public Place Current { get; set; } = Anywhere;
    public long Version { get; set; } = long.MinValue;

    /// <summary>The silo that holds the session; empty when the session is lost.</summary>
    public string Silo { get; set; } = "";

    /// <summary>A question for the user is queued or on its way.</summary>
    public bool Asking { get; set; }
    public HashSet<ChatRoutes> Chats { get; } = [];

    /// <summary>Completes when the session answered for the first time, or could not.</summary>
    public TaskCompletionSource Known { get; set; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public static Place Unknown => Anywhere;

    internal sealed record Place(string[] Gateways, bool Unknown);
}
