namespace Orleans.Chat.Check.Generating;

/* Pages, cursors, presence and members: what is told besides the messages. */
internal sealed partial class World
{
    private const int Page = 10;

    private readonly Dictionary<string, bool> _isThere = new(StringComparer.Ordinal);
    private long _reads;

    private void Read(ModelChat chat)
    {
        if (Writer(chat) is not { } client)
            return;
        var line = new GeneratedLine(Now, "read", client.Name) { ChatId = chat.Id, ReadId = $"read-{_reads++}" };
        Write(line);
        var joined = chat.Members[client.User].JoinedSeq;
        foreach (var message in chat.Messages.Skip((int)Math.Max(joined, chat.Head - Page)))
        {
            var shown = new GeneratedLine(Now + 100_000 + message.Seq % 1_000, "event", client.Name)
            {
                ChatId = chat.Id,
                Revision = message.Revision,
                Kind = message.IsDeleted ? "deleted" : "message",
                Via = "history",
                Applied = false,
            };
            Write(Shown(shown, message));
        }
        Write(line with { T = Now + 200_000 + _random.Next(1_000_000), Type = "read_end", UpToSeq = chat.Head });
    }

    private void Mark(ModelChat chat)
    {
        if (Writer(chat) is not { } client || chat.Head == 0)
            return;
        var member = chat.Members[client.User];
        var seq = Math.Min(chat.Head, member.Read + 1 + _random.Next(5));
        var reads = Chance(0.6);
        Write(
            new GeneratedLine(Soon(), "cursor_set", client.Name)
            {
                ChatId = chat.Id,
                UserId = client.User,
                Which = reads ? "read" : "delivered",
                Seq = seq,
            }
        );
        member.Delivered = Math.Max(member.Delivered, seq);
        if (reads)
            member.Read = Math.Max(member.Read, seq);
        foreach (var other in chat.Members.Keys.SelectMany(u => _clientsOf[u]).Where(c => c.IsConnected))
            Tell(other, chat, client.User, member);
    }

    private void Tell(ModelClient to, ModelChat chat, string user, ModelMember member)
    {
        var told = new GeneratedLine(Hear(to), "cursor", to.Name) { ChatId = chat.Id, UserId = user };
        var delivered = told with { Which = "delivered", Seq = member.Delivered };
        var read = told with { Which = "read", Seq = member.Read };
        foreach (var line in Chance(0.5) ? [delivered, read] : new[] { read, delivered })
            Write(line);
    }

    private void ChangeMembers(ModelChat chat)
    {
        var user = Pick(chat.Users);
        var admin = _clientsOf[chat.Admin].Find(c => c.IsConnected);
        if (user == chat.Admin || admin is null)
            return;
        var seq = chat.Head;
        var joins = !chat.Members.Remove(user);
        if (joins)
        {
            chat.Members.Add(
                user,
                new ModelMember
                {
                    JoinedSeq = seq,
                    JoinedRevision = chat.Revision + 1,
                    Delivered = seq,
                    Read = seq,
                }
            );
            foreach (var client in _clientsOf[user])
                client.In(chat).IsStale = !client.IsConnected;
        }
        var change = chat.Append("member", null, user);
        Deliver(chat, change);
        var line = new GeneratedLine(Soon(8), "member", admin.Name)
        {
            ChatId = chat.Id,
            UserId = user,
            Change = joins ? "joined" : "left",
        };
        Write(Chance(0.95) ? line with { Revision = change.Revision, Seq = seq } : line with { Type = "member_unknown" });
        Deliver(chat, chat.Append(new ModelMessage(NewId(), chat.Admin, NewHash()) { IsSystem = true }));
    }

    private void Appear(ModelClient client)
    {
        Write(new GeneratedLine(Hear(client), "presence_set", client.Name) { UserId = client.User, State = "online" });
        TellPresence(client.User);
        foreach (var user in Watched(client))
            Write(new GeneratedLine(Hear(client), "presence", client.Name) { UserId = user, State = State(user) });
    }

    private void Disappear(ModelClient client)
    {
        Write(new GeneratedLine(client.Heard + 1, "presence_set", client.Name) { UserId = client.User, State = "offline" });
        client.Heard += 2;
        TellPresence(client.User);
    }

    private void TellPresence(string user)
    {
        var isThere = _clientsOf[user].Exists(c => c.IsConnected);
        if (_isThere.TryGetValue(user, out var was) && was == isThere)
            return;
        _isThere[user] = isThere;
        foreach (var client in _clients.Where(c => c.IsConnected && Watched(c).Contains(user)))
            Write(new GeneratedLine(Hear(client), "presence", client.Name) { UserId = user, State = State(user) });
    }

    private string State(string user) => _isThere.GetValueOrDefault(user) ? "online" : "offline";

    /// <summary>The members of a client's first chat.</summary>
    private IReadOnlyList<string> Watched(ModelClient client) =>
        client.Watched ??= _chats.Find(c => c.Users.Contains(client.User)) is { } chat
            ? [.. chat.Users.Where(u => u != client.User).Take(5)]
            : [];
}
