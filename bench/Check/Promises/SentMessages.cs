using Orleans.Chat.Check.Facts;
using Orleans.Chat.Check.Histories;

namespace Orleans.Chat.Check.Promises;

/* What was sent against what is shown and what is in the log: lost, phantom, refused and yet there.
 *
 * A message that was there before the first client began is nobody's here, and neither is one of the server's own. A refusal counts when each attempt was
 * refused: one that is not answered yet, or was lost, may be what is shown. */
internal sealed class SentMessages(Ledger ledger, Findings findings) : Rule(ledger, findings)
{
    private readonly Dictionary<int, long> _firstSent = [];

    public override void Finish()
    {
        for (var chat = 0; chat < Ledger.Chats.Count; chat++)
            _firstSent[chat] = FirstSent(Ledger.Chats[chat]);
        for (var i = 0; i < Ledger.Messages.Count; i++)
        {
            ref var message = ref Ledger.Messages[i];
            if (message.IsInvoked)
                Sent(message);
            else if (!message.System)
                NotSent(message);
        }
    }

    private void Sent(in MessageFacts message)
    {
        var chat = Ledger.Chats[message.Chat];
        if (message.Acks > 0)
            InLog(message, chat);
        else if (message.IsRefused)
            Refused(message);
        if (message.Seen.IsNone)
            return;
        Findings.Check(Promise.Phantom);
        if (message.SeenAt < message.InvokedAt)
            Phantom(message, "it was shown before it was sent", message.Invoked, message.Seen);
        else if (message.Acks == 0 && ShouldBeInLog(chat, message.SeenAt) && !message.IsInLog && !message.IsRefused)
            Phantom(message, "it was shown, and is not in the log", message.Invoked, message.Seen);
    }

    private void InLog(in MessageFacts message, ChatFacts chat)
    {
        if (!ShouldBeInLog(chat, message.AckedAt))
            return;
        Findings.Check(Promise.AcknowledgedLost);
        if (!message.IsInLog)
        {
            var what = $"seq {message.AckedSeq} was acknowledged, and is not in the log";
            Findings.Add(Promise.AcknowledgedLost, message.AckedAt, message.Chat, what, message.Invoked, message.Acked);
        }
    }

    private void Refused(in MessageFacts message)
    {
        Findings.Check(Promise.RefusedVisible);
        var shown = message.Seen.IsNone ? message.Row : message.Seen;
        if (!shown.IsNone)
            Findings.Add(
                Promise.RefusedVisible,
                message.InvokedAt,
                message.Chat,
                "it was refused, and is there",
                message.Invoked,
                message.Failed,
                shown
            );
    }

    private void NotSent(in MessageFacts message)
    {
        if (message.Acks > 0)
            Phantom(message, "it was acknowledged, and nobody sent it", message.Acked);
        else if ((!message.Seen.IsNone || message.IsInLog) && message.Seq >= _firstSent[message.Chat])
            Phantom(message, "nobody sent it", message.Seen, message.Row);
    }

    private void Phantom(in MessageFacts message, string what, params ReadOnlySpan<LinePlace> lines) =>
        Findings.Add(Promise.Phantom, message.Seen.IsNone ? Ledger.Now : message.SeenAt, message.Chat, what, lines);

    private static bool ShouldBeInLog(ChatFacts chat, long since) => chat.HasLog && since < chat.LogReadAt;

    /// <summary>The seq from which on every message is somebody's.</summary>
    private long FirstSent(ChatFacts chat)
    {
        if (chat.Begun is null or 0)
            return 0;
        var first = long.MaxValue;
        foreach (var i in chat.Invoked)
        {
            if (Ledger.Messages[i].Seq is > 0 and var seq)
                first = Math.Min(first, seq);
        }
        return first;
    }
}
