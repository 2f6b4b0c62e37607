using Orleans.Chat.Check.Facts;
using Orleans.Chat.Check.Histories;

namespace Orleans.Chat.Check.Promises;

/// <summary>What is deleted shows no content to a read that began after the answer, nor in the log; what nobody deleted keeps its own.</summary>
internal sealed class Deletions(Ledger ledger, Findings findings) : Rule(ledger, findings)
{
    private readonly EditLog _deletions = new();

    public override void Take(in HistoryEvent e)
    {
        switch (e.Type)
        {
            case LineType.Delete:
                _deletions.Begin(e);
                break;
            case LineType.DeleteAck:
                _deletions.End(e, Outcome.Done);
                break;
            case LineType.DeleteFail:
                _deletions.End(e, Outcome.Refused);
                break;
            case LineType.DeleteUnknown:
                _deletions.End(e, Outcome.Open);
                break;
            // Pushes may be on their way since before.
            case LineType.Event when e.Via == Via.History && e.Message >= 0 && Ledger.Here.Reads > 0:
                Shown(e, Ledger.Here.ReadsBegan, "a read that began after it was deleted shows its content");
                break;
            case LineType.Final:
                Shown(e, Ledger.Chats[e.Chat].LogReadAt, "it was deleted, and its content is in the log");
                break;
        }
    }

    public override void Finish()
    {
        for (var i = 0; i < Ledger.Messages.Count; i++)
        {
            ref var message = ref Ledger.Messages[i];
            if (!message.RowDeleted || !message.IsInvoked || MayBeDeleted(i))
                continue;
            var known = message.Acked.IsNone ? message.Seen : message.Acked;
            Findings.Add(
                Promise.AcknowledgedLost,
                message.InvokedAt,
                message.Chat,
                "its content is not in the log, and nobody deleted it",
                message.Invoked,
                known,
                message.Row
            );
        }
    }

    private void Shown(in HistoryEvent e, long asked, string what)
    {
        foreach (var deletion in _deletions.Of(e.Message))
        {
            if (deletion.Outcome != Outcome.Done)
                continue;
            Findings.Check(Promise.Deleted);
            if (e.Hash != 0 && deletion.DoneAt < Math.Min(asked, e.T))
            {
                Findings.Add(Promise.Deleted, e.T, e.Chat, what, deletion.Place, deletion.DonePlace, e.Place);
                return;
            }
        }
    }

    private bool MayBeDeleted(int message)
    {
        foreach (var deletion in _deletions.Of(message))
        {
            if (deletion.Outcome != Outcome.Refused)
                return true;
        }
        return false;
    }
}
