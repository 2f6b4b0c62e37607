using Orleans.Chat.Check.Facts;
using Orleans.Chat.Check.Histories;

namespace Orleans.Chat.Check.Promises;

/* What a client applies of a chat is revision after revision. Where it begins is its own affair; a resume may go back, as a client does that was killed
 * and knows less than it did, but not ahead of what it applied.
 *
 * One exception: who left a chat and comes back goes on where it comes in. The line that tells of the return is written when its admin has the answer,
 * which may be later, so what looks like a hole is judged at the end. */
internal sealed class AppliedChanges(Ledger ledger, Findings findings) : Rule(ledger, findings)
{
    private readonly List<Hole> _holes = [];

    private readonly record struct Hole(
        Promise Promise,
        bool Invented,
        bool IsOfPage,
        long T,
        int Client,
        int Chat,
        long After,
        long At,
        LinePlace Last,
        LinePlace Place
    );

    public override void Take(in HistoryEvent e)
    {
        switch (e.Type)
        {
            case LineType.Resume:
                Resume(e, ref Ledger.Here);
                break;
            case LineType.Page:
                Turn(e, ref Ledger.Here);
                break;
            case LineType.Event when e.Applied:
                Apply(e, ref Ledger.Here);
                break;
            case LineType.Event when e.Via == Via.Push && Ledger.Here.Begun && e.Revision <= Ledger.Here.Applied:
                Findings.DuplicatePushes++;
                break;
        }
    }

    public override void Finish()
    {
        foreach (var hole in _holes)
        {
            var user = Ledger.Client(hole.Client).User;
            if (user >= 0 && Ledger.Memberships.MayHaveJoined(user, hole.Chat, hole.After, hole.At))
                continue;
            if (user >= 0 && Ledger.IsCutOff(hole.Chat, hole.T) && Ledger.Memberships.LeftWithin(user, hole.Chat, 0, hole.At))
                continue;
            var what = hole.Invented
                ? $"it resumes from revision {hole.At}, and applied {hole.After} last"
                : $"revision {hole.At} is applied after {hole.After}";
            Findings.Add(hole.Promise, hole.T, hole.Chat, what, hole.Last, hole.Place);
        }
    }

    private void Resume(in HistoryEvent e, ref Position here)
    {
        Findings.Check(Promise.Resume);
        if (!here.Begun)
        {
            Begin(e, ref here, e.Revision);
        }
        else if (e.Revision > here.Applied)
        {
            _holes.Add(new Hole(Promise.Resume, true, false, e.T, e.Client, e.Chat, here.Applied, e.Revision, here.AppliedPlace, e.Place));
            here.Applied = e.Revision;
        }
        else if (e.Revision < here.Applied)
        {
            // Since it connected it applied nothing, so it did go back. Else what it asks for may be from before what was pushed meanwhile.
            if (Ledger.Client(e.Client).ConnectedAt > here.AppliedAt)
                here.Applied = e.Revision;
            else
                here.Behind = e.Revision + 1;
        }
        here.Resumed = e.Place;
    }

    /// <summary>A page leads to where the chat is: what was changed again since is told once, where it was changed last. Holdings looks for what is not told at all.</summary>
    private void Turn(in HistoryEvent e, ref Position here)
    {
        var (client, chat, upTo) = (e.Client, e.Chat, e.Revision);
        _holes.RemoveAll(h => h.IsOfPage && h.Client == client && h.Chat == chat && h.At <= upTo);
        here.Applied = Math.Max(here.Applied, upTo);
    }

    private void Apply(in HistoryEvent e, ref Position here)
    {
        if (!here.Begun)
            Begin(e, ref here, e.Revision - 1);
        Findings.Check(here.Resumed.IsNone ? Promise.Gap : Promise.Resume);
        Findings.Check(Promise.Duplicate);
        if (e.Revision == here.Behind)
        {
            here.Applied = e.Revision;
        }
        else if (e.Revision <= here.Applied)
        {
            var what = $"revision {e.Revision} is applied again, after {here.Applied}";
            Findings.Add(Promise.Duplicate, e.T, e.Chat, what, here.AppliedPlace, e.Place);
        }
        else
        {
            if (e.Revision > here.Applied + 1 && !IsReturn(e, here))
                Skip(e, here);
            here.Applied = e.Revision;
        }
        here.AppliedAt = e.T;
        here.AppliedPlace = e.Place;
        here.Behind = 0;
        here.Resumed = default;
    }

    private void Skip(in HistoryEvent e, in Position here)
    {
        var (promise, last) = here.Resumed.IsNone ? (Promise.Gap, here.AppliedPlace) : (Promise.Resume, here.Resumed);
        _holes.Add(new Hole(promise, false, e.Via == Via.Changes, e.T, e.Client, e.Chat, here.Applied, e.Revision, last, e.Place));
    }

    /// <summary>Its own coming is the first that a client is told of a chat, also when nobody got an answer to having made it come.</summary>
    private bool IsReturn(in HistoryEvent e, in Position here)
    {
        var user = Ledger.Client(e.Client).User;
        return e.Kind == ChangeKind.Member
            && user >= 0
            && (e.User == user || (e.User < 0 && Ledger.Memberships.LeftWithin(user, e.Chat, here.Applied, e.Revision)));
    }

    private void Begin(in HistoryEvent e, ref Position here, long at)
    {
        here.Begun = true;
        here.Applied = at;
        here.AppliedPlace = e.Place;
        var chat = Ledger.Chats[e.Chat];
        chat.Begun = Math.Min(chat.Begun ?? at, at);
    }
}
