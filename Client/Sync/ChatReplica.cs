using Orleans.Chat.Protocol;

namespace Orleans.Chat.Client.Sync;

/* The order of one chat, as a pure value machine: what goes in are pushes and pages, in any order, lost, doubled; what comes out are
 * the chat's durable events by rising revision, each once.
 *
 * It stands at Revision and owes everything up to Target. A push that does not follow on waits in _early until a page or another push
 * closes the hole. A gap tells of a loss without an end, so it is a debt by itself: one page, asked for after it was told, that says
 * there is no more. A page may skip revisions that have no news of their own; its own revision says where the chat then stands.
 *
 * Not thread-safe; its owner locks. */
internal sealed class ChatReplica(string chatId, long revision, long target = 0)
{
    // Beyond this the latest ones are let go: they are owed still, and a page brings them.
    private const int MostEarly = 1_000;

    private readonly SortedList<long, ChatEvent> _early = [];
    private int _demand;
    private int _answered;

    public string ChatId { get; } = chatId;

    /// <summary>Everything up to here came out.</summary>
    public long Revision { get; private set; } = revision;

    /// <summary>The chat is known to have come this far.</summary>
    public long Target { get; private set; } = Math.Max(revision, target);

    /// <summary>Whether nothing is owed.</summary>
    public bool IsWhole => Revision >= Target && _answered == _demand;

    /// <summary>Which loss a request made now answers; goes into <see cref="Fill"/> with the page.</summary>
    public int Demand => _demand;

    /// <summary>A durable event was pushed. Gives what may come out now.</summary>
    public List<ChatEvent> Push(ChatEvent pushed)
    {
        var at = pushed.Revision ?? throw new ArgumentException("The event has no revision.", nameof(pushed));
        List<ChatEvent> ready = [];
        if (at <= Revision)
            return ready;
        Target = Math.Max(Target, at);
        if (at == Revision + 1)
            Emit(ready, pushed);
        else
            Keep(at, pushed);
        Drain(ready);
        return ready;
    }

    /// <summary>Events were dropped on the way.</summary>
    public void Lost() => _demand++;

    /// <summary>The chat is known to be at this revision.</summary>
    public void Behind(long head) => Target = Math.Max(Target, head);

    /// <summary>A page of changes, asked for from <see cref="Revision"/> as it was or any time before. Gives what may come out now.</summary>
    public List<ChatEvent> Fill(ChangesPage page, int demand)
    {
        List<ChatEvent> ready = [];
        foreach (var change in page.Changes)
        {
            if (change.Revision is { } at && at > Revision)
            {
                DrainUpTo(ready, at);
                if (at > Revision)
                    Emit(ready, change);
            }
        }
        DrainUpTo(ready, page.Revision + 1);
        Revision = Math.Max(Revision, page.Revision);
        Drain(ready);
        Target = Math.Max(Target, Revision);
        if (!page.HasMore)
            _answered = Math.Max(_answered, demand);
        return ready;
    }

    /// <summary>Nothing is owed any more: the chat may not be read now.</summary>
    public void Settle()
    {
        _early.Clear();
        Target = Revision;
        _answered = _demand;
    }

    // A pushed event at a revision that the page passes over was current when it was pushed: it comes out, for the sake of those who
    // count revisions. One that the page has is the page's.
    private void DrainUpTo(List<ChatEvent> ready, long limit)
    {
        while (_early.Count > 0 && _early.GetKeyAtIndex(0) < limit)
            TakeFirst(ready);
    }

    private void Drain(List<ChatEvent> ready)
    {
        while (_early.Count > 0 && _early.GetKeyAtIndex(0) <= Revision + 1)
            TakeFirst(ready);
    }

    private void TakeFirst(List<ChatEvent> ready)
    {
        var (at, first) = (_early.GetKeyAtIndex(0), _early.GetValueAtIndex(0));
        _early.RemoveAt(0);
        if (at > Revision)
            Emit(ready, first);
    }

    private void Keep(long at, ChatEvent pushed)
    {
        _early[at] = pushed;
        if (_early.Count > MostEarly)
            _early.RemoveAt(_early.Count - 1);
    }

    private void Emit(List<ChatEvent> ready, ChatEvent next)
    {
        Revision = next.Revision!.Value;
        ready.Add(next);
    }
}
