using Orleans.Chat.Check.Histories;

namespace Orleans.Chat.Check.Facts;

/// <summary>How well it served, which no promise is about: sends and their outcomes, the worst of them, and chats that answered nobody.</summary>
internal sealed class ServiceMeter(Ledger ledger)
{
    private readonly List<ChatService> _chats = [];

    public long Acknowledged { get; private set; }
    public long Refused { get; private set; }

    /// <summary>Sends of which nobody knows what became of them.</summary>
    public long Unknown { get; private set; }

    /// <summary>The longest time from the first attempt to the first acknowledgement, and whose that is.</summary>
    public long WorstSend { get; private set; }
    public LinePlace WorstSendPlace { get; private set; }

    public IReadOnlyList<ChatService> Chats => _chats;

    public FaultTimes Faults { get; } = new();

    public void Take(in HistoryEvent e)
    {
        if (e.Type == LineType.Fault)
            Faults.Take(e);
        if (e.Type > LineType.Unknown)
            return;
        while (_chats.Count <= e.Chat)
            _chats.Add(new ChatService());
        var chat = _chats[e.Chat];
        switch (e.Type)
        {
            case LineType.Invoke:
                chat.Try(e.T);
                break;
            case LineType.Ack:
                chat.Acknowledge(e.T);
                break;
            default:
                chat.GiveUp(e.T);
                break;
        }
    }

    public void Finish()
    {
        foreach (var chat in _chats)
            chat.End(ledger.Now);
        for (var i = 0; i < ledger.Messages.Count; i++)
        {
            ref var message = ref ledger.Messages[i];
            if (message.IsInvoked)
                Count(message);
        }
    }

    private void Count(in MessageFacts message)
    {
        if (message.Acks == 0)
        {
            if (message.IsRefused)
                Refused++;
            else
                Unknown++;
            return;
        }
        Acknowledged++;
        Faults.Count(message.InvokedAt, message.AckedAt - message.InvokedAt);
        if (message.AckedAt - message.InvokedAt <= WorstSend)
            return;
        WorstSend = message.AckedAt - message.InvokedAt;
        WorstSendPlace = message.Invoked;
    }
}
