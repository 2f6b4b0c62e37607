using Orleans.Chat.Check.Facts;
using Orleans.Chat.Check.Histories;

namespace Orleans.Chat.Check.Promises;

/// <summary>Whatever is sent again under its id is answered as it was first, and has one row.</summary>
internal sealed class Repeats(Ledger ledger, Findings findings) : Rule(ledger, findings)
{
    public override void Take(in HistoryEvent e)
    {
        switch (e.Type)
        {
            case LineType.Ack:
                Answer(e);
                break;
            // A second row is a second seq, which Numbering tells.
            case LineType.Final when Ledger.Messages[e.Message].Invokes > 1:
                Findings.Check(Promise.Idempotent);
                break;
        }
    }

    private void Answer(in HistoryEvent e)
    {
        ref var message = ref Ledger.Messages[e.Message];
        if (message.Invokes > 1)
            Findings.Check(Promise.Idempotent);
        if (message.Acks > 0 && (message.AckedSeq != e.Seq || message.AckedRevision != e.Revision))
        {
            Findings.Add(
                Promise.Idempotent,
                e.T,
                e.Chat,
                $"one message was answered with seq {message.AckedSeq}, revision {message.AckedRevision}, and with seq {e.Seq}, revision {e.Revision}",
                message.Acked,
                e.Place
            );
        }
    }
}
