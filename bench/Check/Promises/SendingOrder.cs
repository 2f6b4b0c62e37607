using Orleans.Chat.Check.Facts;

namespace Orleans.Chat.Check.Promises;

/* What a client sent first comes first. Of the earlier one its answer must have come to its only attempt: a retry is sent when it is sent, and an attempt
 * without an answer may be on its way still while later ones overtake it on another connection. Of the later one every attempt is later. */
internal sealed class SendingOrder(Ledger ledger, Findings findings) : Rule(ledger, findings)
{
    private readonly Dictionary<int, int> _highest = [];

    public override void Finish()
    {
        foreach (var chat in Ledger.Chats)
        {
            _highest.Clear();
            foreach (var i in chat.Invoked)
                Compare(i);
        }
    }

    private void Compare(int i)
    {
        ref var message = ref Ledger.Messages[i];
        if (message.Seq == 0)
            return;
        var has = _highest.TryGetValue(message.Client, out var highest);
        if (has)
        {
            ref var earlier = ref Ledger.Messages[highest];
            Findings.Check(Promise.Fifo);
            if (earlier.Seq > message.Seq && earlier.InvokedAt < message.InvokedAt)
            {
                Findings.Add(
                    Promise.Fifo,
                    message.InvokedAt,
                    message.Chat,
                    $"one client's message with seq {earlier.Seq} was sent before that with seq {message.Seq}",
                    earlier.Invoked,
                    message.Invoked,
                    message.Numbered
                );
            }
        }
        if (message is { Invokes: 1, Acks: 1, Fails: 0, Unknowns: 0 } && (!has || Ledger.Messages[highest].Seq < message.Seq))
            _highest[message.Client] = i;
    }
}
