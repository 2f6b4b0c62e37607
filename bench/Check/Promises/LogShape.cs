using Orleans.Chat.Check.Facts;
using Orleans.Chat.Check.Histories;

namespace Orleans.Chat.Check.Promises;

/// <summary>The log as a whole: no holes, up to its head, its numbers rising together.</summary>
internal sealed class LogShape(Ledger ledger, Findings findings) : Rule(ledger, findings)
{
    public override void Finish()
    {
        for (var chat = 0; chat < Ledger.Chats.Count; chat++)
        {
            var facts = Ledger.Chats[chat];
            var seqs = facts.Slots.Keys.ToArray();
            Array.Sort(seqs);
            Rising(chat, facts, seqs);
            if (!facts.HasLog)
                continue;
            Dense(chat, facts, seqs);
            if (facts.LastRow > facts.HeadSeq)
            {
                var last = Ledger.Messages[facts.Slots[facts.LastRow].Message].Row;
                Findings.Add(
                    Promise.Order,
                    facts.HeadAt,
                    chat,
                    $"the head is {facts.HeadSeq}, and there is a row {facts.LastRow}",
                    last,
                    facts.Head
                );
            }
        }
    }

    /* A seq that somebody was told of and that has no row is a message lost or a phantom, and is told as such: here it is a hole only when nobody
     * knows of it. Those before the first that anybody knows of are not this history's. */
    private void Dense(int chat, ChatFacts facts, long[] seqs)
    {
        var before = seqs.Length > 0 ? seqs[0] - 1 : facts.HeadSeq;
        foreach (var seq in seqs)
        {
            if (seq > facts.HeadSeq)
                break;
            Hole(chat, facts, before, seq, Ledger.Messages[facts.Slots[seq].Message]);
            before = seq;
        }
        Findings.Check(Promise.Order);
        if (before < facts.HeadSeq)
            Findings.Add(Promise.Order, facts.HeadAt, chat, $"the log has nothing at {Range(before, facts.HeadSeq + 1)}", facts.Head);
    }

    private void Hole(int chat, ChatFacts facts, long before, long seq, in MessageFacts next)
    {
        if (seq == before + 1)
            return;
        var line = next.IsInLog ? next.Row : next.Numbered;
        Findings.Add(Promise.Order, facts.HeadAt, chat, $"the log has nothing at {Range(before, seq)}", line);
    }

    private void Rising(int chat, ChatFacts facts, long[] seqs)
    {
        var last = HistoryEvent.None;
        foreach (var seq in seqs)
        {
            ref var message = ref Ledger.Messages[facts.Slots[seq].Message];
            if (message.Revision == 0 || message.Seq != seq)
                continue;
            if (last >= 0 && Ledger.Messages[last].Revision >= message.Revision)
            {
                ref var other = ref Ledger.Messages[last];
                Findings.Add(
                    Promise.Order,
                    facts.HeadAt,
                    chat,
                    $"seq {other.Seq} has revision {other.Revision}, and seq {seq} has revision {message.Revision}",
                    other.Created,
                    message.Created
                );
            }
            last = facts.Slots[seq].Message;
        }
    }

    private static string Range(long after, long before) => before - after == 2 ? $"seq {after + 1}" : $"seq {after + 1} to {before - 1}";
}
