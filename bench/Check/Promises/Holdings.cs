using Orleans.Chat.Check.Facts;
using Orleans.Chat.Check.Histories;

namespace Orleans.Chat.Check.Promises;

/* A page of changes tells a message once, where it was changed last, and so leaves revisions out. What was acknowledged at one of these must have been
 * applied nevertheless, in that page or later, by who follows to the end. Before AppliedChanges, which moves on to where the page leads. */
internal sealed class Holdings(Ledger ledger, Findings findings) : Rule(ledger, findings)
{
    private readonly List<LeftOut> _leftOut = [];

    /// <summary>Revisions between two that a page did not tell.</summary>
    [System.Runtime.InteropServices.StructLayout(System.Runtime.InteropServices.LayoutKind.Auto)]
    private readonly record struct LeftOut(int Position, long After, long Before, LinePlace Place);

    public override void Take(in HistoryEvent e)
    {
        if (e.Type == LineType.Page)
            Leave(e, e.Revision + 1);
        else if (e.Type == LineType.Event && e.Applied)
            Hold(e, ref Ledger.Here);
    }

    public override void Finish()
    {
        foreach (var leftOut in _leftOut)
        {
            ref var position = ref Ledger.Positions[leftOut.Position];
            if (position.End.IsNone)
                continue;
            foreach (var number in Ledger.Chats[position.Chat].Invoked)
                Look(leftOut, position, Ledger.Messages[number]);
        }
    }

    private void Look(in LeftOut leftOut, in Position position, in MessageFacts message)
    {
        if (message.Acks == 0 || message.AckedRevision <= leftOut.After || message.AckedRevision >= leftOut.Before)
            return;
        Findings.Check(Promise.Resume);
        var (client, user) = (Ledger.Client(position.Client), Ledger.Client(position.Client).User);
        // Who came back since was not there for it.
        if (
            Holds(position.Held, message.AckedSeq)
            || Ledger.Memberships.MayHaveJoined(user, position.Chat, message.AckedRevision, position.EndRevision)
        )
            return;
        var what = $"a page left out message {message.AckedSeq}, which is never applied";
        Findings.Add(Promise.Resume, client.LastAt, position.Chat, what, message.Acked, leftOut.Place);
    }

    private void Hold(in HistoryEvent e, ref Position here)
    {
        if (e.Via == Via.Changes && here.Begun)
            Leave(e, e.Revision);
        if (e.Message < 0)
            return;
        var (word, bit) = ((int)(e.Seq >> 6), 1UL << (int)(e.Seq & 63));
        if (here.Held is null || here.Held.Length <= word)
            Array.Resize(ref here.Held, Math.Max(8, word * 2));
        here.Held[word] |= bit;
    }

    private void Leave(in HistoryEvent e, long before)
    {
        if (Ledger.TryFindPosition(e.Client, e.Chat, out var position) && before > Ledger.Here.Applied + 1)
            _leftOut.Add(new LeftOut(position, Ledger.Here.Applied, before, e.Place));
    }

    private static bool Holds(ulong[]? held, long seq) =>
        held is not null && (int)(seq >> 6) is var word && word < held.Length && (held[word] & (1UL << (int)(seq & 63))) != 0;
}
