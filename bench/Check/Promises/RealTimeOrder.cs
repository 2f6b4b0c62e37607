using Orleans.Chat.Check.Facts;
using Orleans.Chat.Check.Histories;

namespace Orleans.Chat.Check.Promises;

/* A message whose seq somebody knows is in the log. One that is invoked after that comes behind it: so each takes, when it is first invoked, the highest
 * seq that is known then as its floor. Retries do not matter, the first attempt is the earliest that it can have been. */
internal sealed class RealTimeOrder(Ledger ledger, Findings findings) : Rule(ledger, findings)
{
    public override void Take(in HistoryEvent e)
    {
        switch (e.Type)
        {
            case LineType.Invoke when !Ledger.Messages[e.Message].IsInvoked:
                // Of one nanosecond neither is the earlier.
                if (Ledger.Chats[e.Chat] is { KnownSeq: > 0 } chat && chat.KnownAt < e.T)
                {
                    ref var message = ref Ledger.Messages[e.Message];
                    message.FloorSeq = chat.KnownSeq;
                    message.FloorMessage = chat.KnownMessage;
                }
                break;
            case LineType.Ack:
            case LineType.Event when e.Message >= 0:
                Know(e);
                break;
        }
    }

    public override void Finish()
    {
        for (var i = 0; i < Ledger.Messages.Count; i++)
        {
            ref var message = ref Ledger.Messages[i];
            if (message.FloorSeq == 0 || message.Seq == 0)
                continue;
            Findings.Check(Promise.RealTime);
            if (message.Seq >= message.FloorSeq)
                continue;
            ref var floor = ref Ledger.Messages[message.FloorMessage];
            Findings.Add(
                Promise.RealTime,
                message.InvokedAt,
                message.Chat,
                $"it was sent when seq {floor.Seq} was known, and has seq {message.Seq}",
                Known(floor),
                message.Invoked,
                message.Numbered
            );
        }
    }

    private void Know(in HistoryEvent e)
    {
        ref var message = ref Ledger.Messages[e.Message];
        // A phantom and a number that others contradict are told by others.
        if (!message.IsInvoked || message.Seq != e.Seq)
            return;
        var chat = Ledger.Chats[e.Chat];
        if (e.Seq <= chat.KnownSeq)
            return;
        chat.KnownSeq = e.Seq;
        chat.KnownMessage = e.Message;
        chat.KnownAt = e.T;
    }

    private static LinePlace Known(in MessageFacts message) =>
        !message.Acked.IsNone && (message.Seen.IsNone || message.AckedAt < message.SeenAt) ? message.Acked : message.Seen;
}
