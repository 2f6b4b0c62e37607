using System.Runtime.InteropServices;
using Orleans.Chat.Check.Histories;

namespace Orleans.Chat.Check.Facts;

/* What the history says happened, apart from whether it may have. Rules look at an event while the ledger stands before it: Enter finds the place of
 * the event's client in its chat, the rules look, and Leave writes the event down. */
internal sealed class Ledger
{
    private const long LongestCall = 30_000_000_000;

    private readonly Dictionary<long, int> _positionNumbers = [];
    private readonly List<ChatFacts> _chats = [];
    private readonly List<ClientFacts> _clients = [];
    private readonly Dictionary<int, List<int>> _clientsOfUser = [];
    private readonly Dictionary<int, List<ulong>> _otherBodies = [];
    private readonly HashSet<(int Message, int User)> _otherSenders = [];
    private int _here;

    public Slab<MessageFacts> Messages { get; } = new();

    public Slab<Position> Positions { get; } = new();

    public Memberships Memberships { get; } = new();

    public IReadOnlyList<ChatFacts> Chats => _chats;

    /// <summary>The time of the last event.</summary>
    public long Now { get; private set; }

    /// <summary>Whether the history may have ended before what explains something was written: a call may take that long.</summary>
    public bool IsCutOff(int chat, long t) => !_chats[chat].HasLog && t > Now - LongestCall;

    /// <summary>Where the event's client is in the event's chat; only for an event that has one.</summary>
    public ref Position Here => ref Positions[_here];

    public ClientFacts Client(int number) => _clients[number];

    /// <summary>The clients that have connected as a user.</summary>
    public IReadOnlyList<int> ClientsOf(int user) => _clientsOfUser.TryGetValue(user, out var clients) ? clients : [];

    /// <summary>The place of a client in a chat, if it has one.</summary>
    public bool TryFindPosition(int client, int chat, out int number) => _positionNumbers.TryGetValue(Key(client, chat), out number);

    /// <summary>Whether a body is one that was sent under a message's id.</summary>
    public bool WasSent(int message, ulong hash) =>
        Messages[message].Hash == hash || (_otherBodies.TryGetValue(message, out var others) && others.Contains(hash));

    public bool WasSentBy(int message, int user) => Messages[message].Sender == user || _otherSenders.Contains((message, user));

    public void Enter(in HistoryEvent e)
    {
        Now = e.T;
        while (_clients.Count <= e.Client)
            _clients.Add(new ClientFacts());
        while (_chats.Count <= e.Chat)
            _chats.Add(new ChatFacts());
        if (e.Chat < 0)
            return;
        if (e.Message >= 0)
            Messages[e.Message].Chat = e.Chat;
        ref var number = ref CollectionsMarshal.GetValueRefOrAddDefault(_positionNumbers, Key(e.Client, e.Chat), out var known);
        if (!known)
        {
            number = Positions.Count;
            Positions[number] = new Position { Client = e.Client, Chat = e.Chat };
        }
        _here = number;
    }

    public void Leave(in HistoryEvent e)
    {
        var client = _clients[e.Client];
        client.LastAt = e.T;
        if (e.Type is LineType.Ack or LineType.Fail or LineType.Event or LineType.ReadEnd or LineType.Cursor or LineType.Presence)
            client.HeardAt = e.T;
        switch (e.Type)
        {
            case LineType.Invoke:
                Invoke(e);
                break;
            case LineType.Ack:
                Ack(e);
                break;
            case LineType.Fail:
                Messages[e.Message].Fails++;
                Messages[e.Message].Failed = e.Place;
                break;
            case LineType.Unknown:
                Messages[e.Message].Unknowns++;
                break;
            case LineType.Event:
                See(e);
                break;
            case LineType.Connect:
                Connect(client, e);
                break;
            case LineType.Member:
                Memberships.Add(e.User, e.Chat, e.Revision, e.Word == Word.Joined);
                break;
            case LineType.MemberUnknown when e.Word == Word.Joined:
                Memberships.AddUnknown(e.User, e.Chat);
                break;
            case LineType.Final:
                Row(e);
                break;
            case LineType.Head:
                Head(_chats[e.Chat], e);
                break;
            case LineType.AtEnd:
                Here.End = e.Place;
                Here.EndRevision = e.Revision;
                break;
        }
    }

    private void Invoke(in HistoryEvent e)
    {
        ref var message = ref Messages[e.Message];
        if (message.Invokes++ > 0)
        {
            if (!WasSent(e.Message, e.Hash))
                (_otherBodies.TryGetValue(e.Message, out var others) ? others : _otherBodies[e.Message] = []).Add(e.Hash);
            if (message.Sender != e.User)
                _otherSenders.Add((e.Message, e.User));
            return;
        }
        message.Client = e.Client;
        message.Sender = e.User;
        message.Hash = e.Hash;
        message.InvokedAt = e.T;
        message.Invoked = e.Place;
        _chats[e.Chat].Invoked.Add(e.Message);
    }

    private void Ack(in HistoryEvent e)
    {
        ref var message = ref Messages[e.Message];
        if (message.Acks++ == 0)
        {
            message.AckedAt = e.T;
            message.Acked = e.Place;
            message.AckedSeq = e.Seq;
            message.AckedRevision = e.Revision;
        }
        if (e.Seq > Here.Acked)
        {
            Here.Acked = e.Seq;
            Here.AckedPlace = e.Place;
        }
    }

    private void See(in HistoryEvent e)
    {
        if (e.Message < 0)
            return;
        ref var message = ref Messages[e.Message];
        message.System |= e.System;
        if (message.Seen.IsNone)
        {
            message.SeenAt = e.T;
            message.Seen = e.Place;
        }
    }

    private void Connect(ClientFacts client, in HistoryEvent e)
    {
        client.ConnectedAt = e.T;
        client.User = e.User;
        if (!_clientsOfUser.TryGetValue(e.User, out var clients))
            _clientsOfUser.Add(e.User, clients = []);
        if (!clients.Contains(e.Client))
            clients.Add(e.Client);
    }

    private void Row(in HistoryEvent e)
    {
        var chat = _chats[e.Chat];
        chat.LogReadAt = Math.Min(chat.LogReadAt, e.T);
        chat.LastRow = Math.Max(chat.LastRow, e.Seq);
        ref var message = ref Messages[e.Message];
        message.Row = e.Place;
        message.RowHash = e.Hash;
        message.RowDeleted = e.Deleted;
        message.System |= e.System;
    }

    private static void Head(ChatFacts chat, in HistoryEvent e)
    {
        chat.LogReadAt = Math.Min(chat.LogReadAt, e.T);
        chat.Head = e.Place;
        chat.HeadSeq = e.Seq;
        chat.HeadRevision = e.Revision;
        chat.HeadAt = e.T;
    }

    private static long Key(int client, int chat) => ((long)client << 32) | (uint)chat;
}
