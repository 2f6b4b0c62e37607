using Orleans.Chat.Check.Facts;
using Orleans.Chat.Check.Histories;

namespace Orleans.Chat.Check.Promises;

/// <summary>A message shows a body that was sent, its first or that of an edit, under the name of who sent it.</summary>
internal sealed class Bodies(Ledger ledger, Findings findings, EditLog edits) : Rule(ledger, findings)
{
    public override void Take(in HistoryEvent e)
    {
        if (e.Type is not (LineType.Event or LineType.Final) || e.Message < 0)
            return;
        ref var message = ref Ledger.Messages[e.Message];
        // What nobody sent is a phantom, and told as one.
        if (!message.IsInvoked)
            return;
        if (e.Hash != 0 && !e.Deleted)
            Body(e, message);
        if (e.User >= 0 && e.User != message.Sender && !Ledger.WasSentBy(e.Message, e.User))
            Findings.Add(Promise.Corrupt, e.T, e.Chat, "it is shown as another's", message.Invoked, e.Place);
    }

    private void Body(in HistoryEvent e, in MessageFacts message)
    {
        Findings.Check(Promise.Corrupt);
        if (e.Hash == message.Hash || Ledger.WasSent(e.Message, e.Hash))
            return;
        foreach (var edit in edits.Of(e.Message))
        {
            if (edit.Hash == e.Hash)
                return;
        }
        Findings.Add(Promise.Corrupt, e.T, e.Chat, "it has a body that nobody sent", message.Invoked, e.Place);
    }
}
