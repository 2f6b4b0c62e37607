using System.Runtime.InteropServices;
using Orleans.Chat.Check.Facts;
using Orleans.Chat.Check.Histories;

namespace Orleans.Chat.Check.Promises;

/* Cursors as they are pushed to one client: each only grows, and what is read is delivered. A receipt tells both, in one nanosecond and either order,
 * so a read that is ahead is judged when its delivered should have come.
 *
 * No cursor is ahead of the head: a seq that is told was sent before, if it is known whose it is. What an answer shows may be older than a push that
 * overtook it, and what was marked may be beyond the head and counts as that: of those only the head is asked, of marks nothing. */
internal sealed class Cursors(Ledger ledger, Findings findings) : Rule(ledger, findings)
{
    private readonly Dictionary<(int Client, int Chat, int User), Told> _told = [];
    private readonly Dictionary<(int Chat, long Seq), (long T, LinePlace Place)> _firstTold = [];

    private struct Told
    {
        public long Delivered;
        public long DeliveredAt;
        public LinePlace DeliveredPlace;
        public long Read;
        public LinePlace ReadPlace;

        /// <summary>Whether read is ahead, and its delivered may still come.</summary>
        public bool IsAhead;
    }

    public override void Take(in HistoryEvent e)
    {
        if (e.Type != LineType.Cursor)
            return;
        Findings.Check(Promise.Cursors);
        if (e.Seq > 0)
            _firstTold.TryAdd((e.Chat, e.Seq), (e.T, e.Place));
        if (e.ReadId != 0)
            return;
        ref var told = ref CollectionsMarshal.GetValueRefOrAddDefault(_told, (e.Client, e.Chat, e.User), out _);
        if (e.Word == Word.Delivered)
            Delivered(e, ref told);
        else
            Read(e, ref told);
    }

    public override void Finish()
    {
        foreach (var ((chat, seq), (t, place)) in _firstTold)
        {
            var facts = Ledger.Chats[chat];
            if (facts.HasLog && seq > facts.HeadSeq && t < facts.LogReadAt)
                Findings.Add(Promise.Cursors, t, chat, $"the cursor is at {seq}, and the head at {facts.HeadSeq}", facts.Head, place);
            else if (
                facts.Slots.TryGetValue(seq, out var at)
                && Ledger.Messages[at.Message] is { IsInvoked: true } message
                && t < message.InvokedAt
            )
                Findings.Add(Promise.Cursors, t, chat, $"the cursor was at {seq} before that was sent", message.Invoked, place);
        }
    }

    private void Delivered(in HistoryEvent e, ref Told told)
    {
        if (e.Seq < told.Delivered)
            Findings.Add(Promise.Cursors, e.T, e.Chat, $"delivered goes from {told.Delivered} to {e.Seq}", told.DeliveredPlace, e.Place);
        if (told.IsAhead && e.Seq < told.Read)
            Findings.Add(Promise.Cursors, e.T, e.Chat, $"read is at {told.Read}, and delivered at {e.Seq}", told.ReadPlace, e.Place);
        told.IsAhead = false;
        told.Delivered = Math.Max(told.Delivered, e.Seq);
        told.DeliveredAt = e.T;
        told.DeliveredPlace = e.Place;
    }

    private void Read(in HistoryEvent e, ref Told told)
    {
        if (e.Seq < told.Read)
            Findings.Add(Promise.Cursors, e.T, e.Chat, $"read goes from {told.Read} to {e.Seq}", told.ReadPlace, e.Place);
        told.Read = Math.Max(told.Read, e.Seq);
        told.ReadPlace = e.Place;
        if (e.Seq <= told.Delivered)
            return;
        if (told.DeliveredAt == e.T)
            Findings.Add(
                Promise.Cursors,
                e.T,
                e.Chat,
                $"read is at {e.Seq}, and delivered at {told.Delivered}",
                told.DeliveredPlace,
                e.Place
            );
        else
            told.IsAhead = true;
    }
}
