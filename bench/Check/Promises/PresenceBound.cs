using Orleans.Chat.Check.Facts;
using Orleans.Chat.Check.Histories;

namespace Orleans.Chat.Check.Promises;

/* A user is there while one of its devices says that it is connected. Who was told of the user follows it until it disconnects itself, and must not be
 * shown the other state for longer than the bound: that counts from when both were so, since a device may be told of as there before it knows it, and
 * as gone before it notices. Faults do not count: the bound begins again when the last of them ended.
 *
 * A device that was killed says nothing of it: that it is there is believed until its last line. A watcher counts as far as it heard anything: it may have
 * been killed, or be cut off without knowing. A user that hides is left out, since it is shown as what it is not. */
internal sealed class PresenceBound(Ledger ledger, Findings findings, TimeSpan bound) : Rule(ledger, findings)
{
    private readonly long _bound = (long)bound.TotalNanoseconds;
    private readonly Dictionary<int, Presence> _users = [];
    private readonly Dictionary<int, List<Presence>> _watchedBy = [];
    private int _faults;
    private long _lastFault;

    private sealed class Presence
    {
        /// <summary>Devices, and since when each says that it is connected.</summary>
        public Dictionary<int, long> Connected { get; } = [];
        public bool IsKnown { get; set; }
        public bool Hides { get; set; }
        public long Since { get; set; }
        public LinePlace Place { get; set; }
        public Dictionary<int, Shown> Watchers { get; } = [];

        public bool IsThere => Connected.Count > 0;
    }

    private sealed class Shown
    {
        public bool IsThere { get; set; }
        public long At { get; set; }
        public LinePlace Place { get; set; }

        /// <summary>Whether it was told as stale, since the user's state changed last.</summary>
        public bool IsTold { get; set; }
    }

    public override void Take(in HistoryEvent e)
    {
        switch (e.Type)
        {
            case LineType.Fault:
                JudgeAll(e.T);
                _faults = Math.Max(0, _faults + (e.Word == Word.Begin ? 1 : -1));
                _lastFault = e.T;
                break;
            case LineType.PresenceSet:
                Set(e, Of(e.User));
                break;
            case LineType.Presence:
                Show(e, Of(e.User));
                break;
            case LineType.Disconnect when _watchedBy.Remove(e.Client, out var watched):
                foreach (var user in watched)
                {
                    if (user.Watchers.Remove(e.Client, out var shown))
                        Judge(user, e.Client, shown, e.T);
                }
                break;
        }
    }

    public override void Finish() => JudgeAll(Ledger.Now);

    private void Set(in HistoryEvent e, Presence user)
    {
        var was = user.IsThere;
        user.Hides |= e.Word == Word.Invisible;
        // Judged before it changes: until now it was as it was.
        if (user.IsKnown && was != WouldBeThere(user, e))
            Judge(user, e.T);
        if (e.Word == Word.Offline)
            user.Connected.Remove(e.Client);
        else
            user.Connected.TryAdd(e.Client, e.T);
        if (user.IsKnown && was == user.IsThere)
            return;
        user.IsKnown = true;
        user.Since = e.T;
        user.Place = e.Place;
        foreach (var shown in user.Watchers.Values)
            shown.IsTold = false;
    }

    private static bool WouldBeThere(Presence user, in HistoryEvent e) =>
        e.Word != Word.Offline || user.Connected.Count > (user.Connected.ContainsKey(e.Client) ? 1 : 0);

    private void Show(in HistoryEvent e, Presence user)
    {
        if (user.IsKnown && !user.Hides)
            Findings.Check(Promise.Presence);
        if (!user.Watchers.TryGetValue(e.Client, out var shown))
        {
            user.Watchers.Add(e.Client, shown = new Shown());
            (_watchedBy.TryGetValue(e.Client, out var watched) ? watched : _watchedBy[e.Client] = []).Add(user);
        }
        else
        {
            Judge(user, e.Client, shown, e.T);
        }
        var isThere = e.Word != Word.Offline;
        if (shown.IsThere != isThere || shown.Place.IsNone)
            shown.At = e.T;
        shown.IsThere = isThere;
        shown.Place = e.Place;
        Judge(user, e.Client, shown, e.T);
    }

    private void JudgeAll(long now)
    {
        foreach (var user in _users.Values)
            Judge(user, now);
    }

    private void Judge(Presence user, long now)
    {
        foreach (var (watcher, shown) in user.Watchers)
            Judge(user, watcher, shown, now);
    }

    private void Judge(Presence user, int watcher, Shown shown, long now)
    {
        if (!user.IsKnown || user.Hides || shown.IsTold || shown.IsThere == user.IsThere || _faults > 0)
            return;
        var since = Math.Max(Math.Max(user.Since, shown.At), _lastFault);
        var until = Math.Min(now, Ledger.Client(watcher).HeardAt);
        var stale = until - since;
        // For as long as one device is there without a doubt.
        if (user.IsThere)
            stale = user.Connected.Max(c => Math.Min(until, Ledger.Client(c.Key).LastAt) - Math.Max(since, c.Value));
        if (stale <= _bound)
            return;
        shown.IsTold = true;
        var what = $"it is shown as {(shown.IsThere ? "there" : "offline")}, and was not for {stale / 1e9:0.0} s";
        Findings.Add(Promise.Presence, now, HistoryEvent.None, what, user.Place, shown.Place);
    }

    private Presence Of(int user)
    {
        if (!_users.TryGetValue(user, out var presence))
            _users.Add(user, presence = new Presence());
        return presence;
    }
}
