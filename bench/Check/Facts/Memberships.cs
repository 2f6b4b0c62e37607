namespace Orleans.Chat.Check.Facts;

/// <summary>The comings and goings of members that were acknowledged, by their revisions: what is told later may be of earlier.</summary>
internal sealed class Memberships
{
    private readonly Dictionary<(int User, int Chat), List<(long Revision, bool Joined)>> _changes = [];

    private readonly HashSet<(int User, int Chat)> _mayHaveJoined = [];

    /// <summary>Nobody knows whether it came into the chat, nor when.</summary>
    public void AddUnknown(int user, int chat) => _mayHaveJoined.Add((user, chat));

    public void Add(int user, int chat, long revision, bool joined)
    {
        if (!_changes.TryGetValue((user, chat), out var changes))
            _changes.Add((user, chat), changes = []);
        changes.Add((revision, joined));
    }

    /// <summary>Whether it came into the chat after one revision and not after another, or may have.</summary>
    public bool MayHaveJoined(int user, int chat, long after, long upTo) =>
        _mayHaveJoined.Contains((user, chat)) || Has(user, chat, joined: true, after, upTo);

    /// <summary>Whether it was out of the chat at some revision from one on and before another.</summary>
    public bool LeftWithin(int user, int chat, long from, long before) => Has(user, chat, joined: false, from - 1, before - 1);

    private bool Has(int user, int chat, bool joined, long after, long upTo) =>
        _changes.TryGetValue((user, chat), out var changes)
        && changes.Exists(c => c.Joined == joined && c.Revision > after && c.Revision <= upTo);
}
