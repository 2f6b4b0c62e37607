using System.Runtime.InteropServices;
using Orleans.Chat.Check.Facts;
using Orleans.Chat.Check.Histories;

namespace Orleans.Chat.Check.Promises;

/* Who was removed sees no message that was created afterwards: its seq is above the head's at the removal, or its revision above the removal's, which also
 * tells of what was seen before the admin had the answer.
 *
 * Who comes back sees more, in a channel also what was between. The line of the return is written when it is acknowledged, so what is seen after a removal
 * waits for it: it is a leak unless it was created after the return, or the client had seen something from after it. A return that nobody got an answer
 * to shows by the client being told of a member, itself as far as is known. */
internal sealed class Removals(Ledger ledger, Findings findings) : Rule(ledger, findings)
{
    private readonly Dictionary<(int User, int Chat), Removal> _removals = [];

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Suspect(long T, long Seq, long Shown, LinePlace Place);

    private sealed class Removal
    {
        /// <summary>The last change by its revision.</summary>
        public long Revision { get; set; }
        public bool IsOut { get; set; }
        public long Seq { get; set; }
        public LinePlace Place { get; set; }
        public List<Suspect> Suspects { get; } = [];

        /// <summary>It may be in again: nothing can be said until its next change.</summary>
        public void Forget()
        {
            IsOut = false;
            Suspects.Clear();
        }
    }

    public override void Take(in HistoryEvent e)
    {
        switch (e.Type)
        {
            case LineType.Member:
                Change(e);
                break;
            case LineType.MemberUnknown when e.Word == Word.Joined:
                if (_removals.TryGetValue((e.User, e.Chat), out var removal))
                    removal.Forget();
                break;
            case LineType.Event:
                Show(e, ref Ledger.Here);
                break;
        }
    }

    public override void Finish()
    {
        foreach (var ((_, chat), removal) in _removals)
        {
            removal.Suspects.RemoveAll(s => Ledger.IsCutOff(chat, s.T));
            Judge(chat, removal, long.MaxValue, long.MaxValue);
        }
    }

    private void Change(in HistoryEvent e)
    {
        if (!_removals.TryGetValue((e.User, e.Chat), out var removal))
            _removals.Add((e.User, e.Chat), removal = new Removal());
        if (e.Revision <= removal.Revision)
            return;
        removal.Revision = e.Revision;
        if (e.Word == Word.Joined)
        {
            Judge(e.Chat, removal, e.Revision, e.Seq);
            removal.IsOut = false;
            return;
        }
        // It was out already: somebody made it come back in between, and nobody was told.
        if (removal.IsOut)
            removal.Forget();
        removal.IsOut = true;
        removal.Seq = e.Seq;
        removal.Place = e.Place;
        foreach (var client in Ledger.ClientsOf(e.User))
        {
            Findings.Check(Promise.Leak);
            if (!Ledger.TryFindPosition(client, e.Chat, out var number))
                continue;
            ref var position = ref Ledger.Positions[number];
            if (position.ShownMessage > e.Revision && position.ShownMember <= e.Revision)
                removal.Suspects.Add(new Suspect(e.T, 0, position.Shown, position.ShownMessagePlace));
        }
    }

    private void Show(in HistoryEvent e, ref Position here)
    {
        var user = Ledger.Client(e.Client).User;
        here.Shown = Math.Max(here.Shown, e.Revision);
        if (e.Kind == ChangeKind.Member && (e.User < 0 || e.User == user))
            here.ShownMember = Math.Max(here.ShownMember, e.Revision);
        if (e.Message < 0)
            return;
        if (e.Kind == ChangeKind.Message && e.IsInFeed && e.Revision > here.ShownMessage)
        {
            here.ShownMessage = e.Revision;
            here.ShownMessagePlace = e.Place;
        }
        if (
            user >= 0
            && _removals.TryGetValue((user, e.Chat), out var removal)
            && removal.IsOut
            && e.Seq > removal.Seq
            && here.ShownMember <= removal.Revision
        )
        {
            removal.Suspects.Add(new Suspect(e.T, e.Seq, here.Shown, e.Place));
        }
    }

    private void Judge(int chat, Removal removal, long joinedRevision, long joinedSeq)
    {
        foreach (var suspect in removal.Suspects)
        {
            if (suspect.Seq <= joinedSeq && suspect.Shown < joinedRevision)
                Findings.Add(
                    Promise.Leak,
                    suspect.T,
                    chat,
                    $"it was removed when the head was {removal.Seq}",
                    removal.Place,
                    suspect.Place
                );
        }
        removal.Suspects.Clear();
    }
}
