using System.Runtime.InteropServices;
using Orleans.Chat.Check.Facts;
using Orleans.Chat.Check.Histories;

namespace Orleans.Chat.Check.Promises;

/* Who is at which seq, and what is at which revision: everybody who tells must tell the same. The first to tell is believed.
 *
 * A page of the feed shows a message as it is now, so what was a message may be told as deleted, and what one may not see is told as other. Only whose
 * change it is must agree. History and sync show the revision at which a message changed last, which may be anything's that touches it. */
internal sealed class Numbering(Ledger ledger, Findings findings) : Rule(ledger, findings)
{
    private const int Members = -1;

    private readonly Dictionary<(int Chat, long Revision), (int Message, LinePlace Place)> _changes = [];

    public override void Take(in HistoryEvent e)
    {
        switch (e.Type)
        {
            // Another answer to a repeat is for Repeats.
            case LineType.Ack when Ledger.Messages[e.Message].Acks == 0:
                if (AgreesOnSeq(e))
                    AgreeOnCreation(e);
                break;
            case LineType.Event when e.Message >= 0:
                if (AgreesOnSeq(e) && e.IsInFeed)
                {
                    if (e.Kind == ChangeKind.Message)
                        AgreeOnCreation(e);
                    else
                        AgreeOnRevision(e, e.Message);
                }
                break;
            case LineType.Event when e.Kind == ChangeKind.Member && e.IsInFeed:
                AgreeOnRevision(e, Members);
                break;
            case LineType.Final:
                AgreesOnSeq(e);
                break;
        }
    }

    private bool AgreesOnSeq(in HistoryEvent e)
    {
        Findings.Check(Promise.Order);
        ref var message = ref Ledger.Messages[e.Message];
        if (message.Seq == e.Seq)
            return true;
        ref var holder = ref CollectionsMarshal.GetValueRefOrAddDefault(Ledger.Chats[e.Chat].Slots, e.Seq, out var taken);
        if (taken && holder.Message != e.Message)
        {
            Findings.Add(Promise.Order, e.T, e.Chat, $"seq {e.Seq} is two messages", holder.Place, e.Place);
            return false;
        }
        if (!taken)
            holder = (e.Message, e.Place);
        if (message.Seq != 0)
        {
            Findings.Add(Promise.Idempotent, e.T, e.Chat, $"one message has seq {message.Seq} and seq {e.Seq}", message.Numbered, e.Place);
            return false;
        }
        message.Seq = e.Seq;
        message.Numbered = e.Place;
        return true;
    }

    private void AgreeOnCreation(in HistoryEvent e)
    {
        ref var message = ref Ledger.Messages[e.Message];
        if (message.Revision == e.Revision)
            return;
        if (message.Revision != 0)
        {
            Findings.Add(
                Promise.Order,
                e.T,
                e.Chat,
                $"one message was created at revision {message.Revision} and at revision {e.Revision}",
                message.Created,
                e.Place
            );
            return;
        }
        message.Revision = e.Revision;
        message.Created = e.Place;
        AgreeOnRevision(e, e.Message);
    }

    private void AgreeOnRevision(in HistoryEvent e, int of)
    {
        ref var change = ref CollectionsMarshal.GetValueRefOrAddDefault(_changes, (e.Chat, e.Revision), out var taken);
        if (!taken)
            change = (of, e.Place);
        else if (change.Message != of)
            Findings.Add(Promise.Order, e.T, e.Chat, $"revision {e.Revision} is two changes", change.Place, e.Place);
    }
}
