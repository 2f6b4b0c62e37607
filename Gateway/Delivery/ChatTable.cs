using Orleans.Chat.Grains.Interfaces.Chats;
using Orleans.Chat.Grains.Interfaces.Delivery;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Gateway.Delivery;

/* The chats with members here, and the one place that applies their revisions.
 *
 * A revision is pushed only when the one before it was: so the removal of a member, lost on the way, holds back everything after it
 * until it was pulled, and nothing reaches who was removed. What is older is dropped, what is newer is held, and the hole is pulled.
 *
 * Memberships change here only by revisions and by reads. A read knows a membership as of a revision; older changes of the same
 * membership, arriving later, do not count. For a connection that opens, the changes that pass while its chats are read are kept
 * and laid over what was read. A chat that nobody here is in any more leaves its revision behind for a while, so that a late event
 * cannot bring it back. */
internal sealed class ChatTable(ConnectionTable connections, ChatPusher pusher, DeliveryMetrics metrics, int heldPerChat)
{
    private const int MaxDeparted = 20_000;
    private readonly Dictionary<string, LocalChat> _chats = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _departed = new(StringComparer.Ordinal);

    /// <summary>Called under the gate when a chat has a hole or a check to do and no pull is under way.</summary>
    public Action<string> PullNeeded { get; set; } = _ => { };

    public int Count
    {
        get
        {
            lock (connections.Gate)
                return _chats.Count;
        }
    }

    /// <summary>Applies what the stream or a pull brought.</summary>
    public void Deliver(ChatDelivery delivery)
    {
        List<LocalConnection> touched;
        lock (connections.Gate)
        {
            Apply(delivery);
            touched = connections.TakeTouched();
        }
        connections.Flush(touched);
    }

    /// <summary>Pushes hints to the members here.</summary>
    public void DeliverHints(ChatEphemeral hints)
    {
        List<LocalConnection> touched;
        lock (connections.Gate)
        {
            if (!_chats.TryGetValue(hints.ChatId, out var chat))
                return;
            pusher.PushHints(chat, hints);
            touched = connections.TakeTouched();
        }
        connections.Flush(touched);
    }

    /// <summary>Seats a connection in its chats as they were read, and queues its hello before anything else.</summary>
    public void Register(LocalConnection connection, IEnumerable<Membership> memberships, Push hello)
    {
        List<LocalConnection> touched;
        lock (connections.Gate)
        {
            if (connections.Find(connection.Id) != connection || connection.Passed is not { } passed)
                return;
            connections.Opened(connection);
            connections.Offer(connection, hello);
            foreach (var place in OpeningPlaces.After(connection.UserId, memberships, passed))
                Seat(connection, place);
            touched = connections.TakeTouched();
        }
        connections.Flush(touched);
    }

    /// <summary>The connection is gone.</summary>
    public LocalConnection? Drop(string connectionId)
    {
        lock (connections.Gate)
        {
            if (connections.Remove(connectionId) is not { } connection)
                return null;
            foreach (var chat in connection.Chats)
            {
                if (!chat.Members.TryGetValue(connection.UserId, out var member))
                    continue;
                member.Seats.RemoveAll(s => s.Connection == connection);
                if (member.Seats.Count == 0)
                    chat.Members.Remove(connection.UserId);
                if (chat.Members.Count == 0)
                    Forget(chat);
            }
            connection.Chats.Clear();
            return connection;
        }
    }

    /// <summary>Compares what was read of these users with what is known, pulls what differs, and answers whom that cannot mend.</summary>
    public HashSet<string> Compare(string[] users, Membership[] read)
    {
        var unmended = new HashSet<string>(StringComparer.Ordinal);
        lock (connections.Gate)
        {
            var places = read.Select(m => (m.UserId, m.ChatId)).ToHashSet();
            foreach (var place in read)
            {
                if (_chats.TryGetValue(place.ChatId, out var chat))
                    Aim(chat, place.Revision);
                else if (place.Revision > _departed.GetValueOrDefault(place.ChatId, -1) && SeatOpen(place))
                    unmended.Add(place.UserId);
            }
            foreach (var connection in users.SelectMany(connections.Of))
            {
                foreach (var chat in connection.Chats.Where(c => !places.Contains((connection.UserId, c.Id))))
                {
                    chat.Check = true;
                    Aim(chat, chat.Target);
                }
            }
        }
        return unmended;
    }

    /// <summary>The revision to pull after, or null when there is nothing to pull (any more), which ends the pulling.</summary>
    public long? NextPull(string chatId)
    {
        lock (connections.Gate)
        {
            if (!_chats.TryGetValue(chatId, out var chat))
                return null;
            if (chat.Check || chat.Applied < chat.Target)
            {
                chat.Check = false;
                return chat.Applied;
            }
            chat.Pulling = false;
            return null;
        }
    }

    /// <summary>The log ends below what was announced: what is held was never committed in this history.</summary>
    public void Settle(string chatId, long head)
    {
        lock (connections.Gate)
        {
            if (!_chats.TryGetValue(chatId, out var chat) || chat.Applied < head)
                return;
            chat.Target = chat.Applied;
            chat.Held = null;
        }
    }

    /// <summary>The chat cannot be pulled for good: it is dropped, and its members here are answered, to be told to synchronise.</summary>
    public string[] Abandon(string chatId)
    {
        lock (connections.Gate)
        {
            if (!_chats.TryGetValue(chatId, out var chat))
                return [];
            var members = chat.Members.Keys.ToArray();
            Remove(chat);
            return members;
        }
    }

    private void Apply(ChatDelivery delivery)
    {
        var chat = _chats.GetValueOrDefault(delivery.ChatId);
        pusher.Begin();
        foreach (var entry in delivery.Entries)
        {
            chat ??= Begin(delivery.ChatId, entry);
            if (chat is null)
            {
                Note(delivery.ChatId, entry);
                metrics.FoundNobody(1);
            }
            else if (entry.Revision == chat.Applied + 1)
                chat = Accept(chat, entry);
            else if (entry.Revision > chat.Applied)
                Hold(chat, entry);
        }
        while (chat?.Held is { } held && held.Remove(chat.Applied + 1, out var next))
            chat = Accept(chat, next);
        if (chat is not null)
        {
            pusher.Flush(chat);
            while (chat.Held is { Count: > 0 } stale && stale.Keys.First() <= chat.Applied)
                stale.Remove(stale.Keys.First());
            Aim(chat, delivery.Head);
        }
        pusher.Measure(delivery.PublishedAtMs);
    }

    private LocalChat? Accept(LocalChat chat, DeliveryEntry entry)
    {
        chat.Applied = entry.Revision;
        chat.Target = Math.Max(chat.Target, entry.Revision);
        if (entry.Event is not (ChatCreated or ChatUpdated or ChatDeleted or MemberJoined or MemberLeft))
        {
            pusher.Add(chat, entry);
            return chat;
        }
        pusher.Flush(chat);
        Note(chat.Id, entry);
        foreach (var (user, joinedSeq) in Newcomers(entry))
            Join(chat, user, joinedSeq, entry.Revision);
        if (entry.Event is ChatCreated or ChatUpdated or MemberJoined)
            chat.HistoryAll = entry.HistoryAll;
        pusher.Add(chat, entry);
        pusher.Flush(chat);
        if (entry.Event is ChatDeleted)
            Remove(chat);
        else if (entry.Event is MemberLeft left)
            Leave(chat, left.Member.UserId, entry.Revision);
        return _chats.GetValueOrDefault(chat.Id);
    }

    /// <summary>A chat that is not known here begins with a change that brings somebody who is here.</summary>
    private LocalChat? Begin(string chatId, DeliveryEntry entry)
    {
        if (entry.Revision <= _departed.GetValueOrDefault(chatId, -1))
            return null;
        foreach (var (user, _) in Newcomers(entry))
        {
            if (!connections.Of(user).Any(c => c.Open))
                continue;
            var chat = new LocalChat(chatId, entry.Revision - 1, entry.HistoryAll);
            _chats.Add(chatId, chat);
            return chat;
        }
        return null;
    }

    private static IEnumerable<(string User, long JoinedSeq)> Newcomers(DeliveryEntry entry) =>
        entry.Event switch
        {
            MemberJoined joined => [(joined.Member.UserId, entry.JoinedSeq)],
            ChatCreated => (entry.Members ?? []).Select(m => (m, 0L)),
            _ => [],
        };

    private void Join(LocalChat chat, string user, long joinedSeq, long revision)
    {
        if (chat.Members.TryGetValue(user, out var member) && member.Since >= revision)
            return;
        foreach (var connection in connections.Of(user))
        {
            if (connection.Open)
                Sit(chat, connection, joinedSeq, revision, revision - 1);
        }
    }

    private void Seat(LocalConnection connection, Membership place)
    {
        if (!_chats.TryGetValue(place.ChatId, out var chat))
        {
            var applied = Math.Max(place.Revision, _departed.GetValueOrDefault(place.ChatId, -1));
            _chats.Add(place.ChatId, chat = new LocalChat(place.ChatId, applied, place.HistoryAll));
        }
        Sit(chat, connection, place.JoinedSeq, place.Revision, Math.Max(place.Revision, chat.Applied));
        Aim(chat, place.Revision);
    }

    private bool SeatOpen(Membership place)
    {
        var any = false;
        foreach (var connection in connections.Of(place.UserId))
        {
            if (!connection.Open)
                continue;
            Seat(connection, place);
            any = true;
        }
        return any;
    }

    private static void Sit(LocalChat chat, LocalConnection connection, long joinedSeq, long since, long from)
    {
        if (!chat.Members.TryGetValue(connection.UserId, out var member))
            chat.Members.Add(connection.UserId, member = new LocalMember(connection.UserId) { Since = -1 });
        if (since > member.Since)
            (member.JoinedSeq, member.Since) = (joinedSeq, since);
        if (connection.Chats.Add(chat))
            member.Seats.Add(new Seat(connection, from));
    }

    private void Leave(LocalChat chat, string user, long revision)
    {
        if (!chat.Members.TryGetValue(user, out var member) || member.Since > revision)
            return;
        chat.Members.Remove(user);
        foreach (var seat in member.Seats)
            seat.Connection.Chats.Remove(chat);
        if (chat.Members.Count == 0)
            Forget(chat);
    }

    private void Remove(LocalChat chat)
    {
        foreach (var seat in chat.Members.Values.SelectMany(m => m.Seats))
            seat.Connection.Chats.Remove(chat);
        chat.Members.Clear();
        Forget(chat);
    }

    private void Forget(LocalChat chat)
    {
        _chats.Remove(chat.Id);
        if (_departed.Count >= MaxDeparted)
            _departed.Clear();
        _departed[chat.Id] = chat.Applied;
    }

    private void Hold(LocalChat chat, DeliveryEntry entry)
    {
        chat.Target = Math.Max(chat.Target, entry.Revision);
        chat.Held ??= [];
        if (chat.Held.Count < heldPerChat)
            chat.Held[entry.Revision] = entry;
    }

    private void Aim(LocalChat chat, long head)
    {
        chat.Target = Math.Max(chat.Target, head);
        if (chat.Pulling || (!chat.Check && chat.Applied >= chat.Target))
            return;
        chat.Pulling = true;
        PullNeeded(chat.Id);
    }

    /// <summary>Keeps a change of memberships for the connections that open and may be concerned.</summary>
    private void Note(string chatId, DeliveryEntry entry)
    {
        if (connections.Opening.Count == 0)
            return;
        foreach (var connection in connections.Opening)
        {
            if (OpeningPlaces.Concerns(connection.UserId, entry))
                connection.Passed?.Add((chatId, entry));
        }
    }
}
