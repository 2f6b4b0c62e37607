namespace Orleans.Chat.Check.Generating;

/* How clients follow: by pushes, some of which are lost or come twice, and by changes after a hole or a while away. */
internal sealed partial class World
{
    private void Deliver(ModelChat chat, ModelChange change)
    {
        foreach (var user in chat.Users)
        {
            if (!chat.Members.ContainsKey(user) && change.User != user)
                continue;
            foreach (var client in _clientsOf[user])
            {
                if (client.IsConnected)
                    Push(client, chat, change);
            }
        }
    }

    private void Push(ModelClient client, ModelChat chat, ModelChange change)
    {
        var position = client.In(chat);
        if (change.Kind == "member" && change.User == client.User && chat.Members.ContainsKey(client.User))
        {
            // Its own coming is the first it hears of the chat.
            Apply(client, chat, change, "push");
            return;
        }
        if (Chance(0.01) && change.User != client.User)
            return;
        if (position.Applied == change.Revision - 1)
        {
            Apply(client, chat, change, "push");
            if (Chance(0.01))
                Write(Told(client, chat, change, "push", applied: false));
        }
        else if (position.Applied < change.Revision)
        {
            Write(Told(client, chat, change, "push", applied: false));
            // Who was removed is told so, and may ask for nothing.
            if (chat.Members.ContainsKey(client.User))
                CatchUp(client, chat);
        }
    }

    private void CatchUp(ModelClient client, ModelChat chat)
    {
        var position = client.In(chat);
        position.Begun = true;
        Write(new GeneratedLine(Hear(client), "resume", client.Name) { ChatId = chat.Id, Revision = position.Applied });
        foreach (var change in chat.Changes.Skip((int)position.Applied).ToArray())
            Apply(client, chat, change, "changes");
    }

    private void Apply(ModelClient client, ModelChat chat, ModelChange change, string via)
    {
        var position = client.In(chat);
        position.Begun = true;
        position.Applied = change.Revision;
        Write(Told(client, chat, change, via, applied: true));
    }

    private GeneratedLine Told(ModelClient client, ModelChat chat, ModelChange change, string via, bool applied)
    {
        var line = new GeneratedLine(Hear(client), "event", client.Name)
        {
            ChatId = chat.Id,
            Revision = change.Revision,
            Kind = change.Kind,
            Via = via,
            Applied = applied,
        };
        if (chat.Members.TryGetValue(client.User, out var member) && change.Revision < member.JoinedRevision)
            return line with { Kind = "other" };
        return change.Message is { } message ? Shown(line, message) : line with { UserId = change.User };
    }

    private static GeneratedLine Shown(GeneratedLine line, ModelMessage message) =>
        line with
        {
            MessageId = message.Id,
            Seq = message.Seq,
            SenderId = message.Sender,
            Hash = message.IsDeleted ? null : message.Hash,
            System = message.IsSystem ? true : null,
        };

    private void ComeOrGo()
    {
        var client = Pick(_clients);
        if (client.IsKilled)
            return;
        if (!client.IsConnected)
            Connect(client);
        else if (Chance(0.05) && !_chats.Exists(c => c.Admin == client.User))
            Kill(client);
        else
            Disconnect(client);
    }

    private void Connect(ModelClient client)
    {
        client.IsConnected = true;
        Write(new GeneratedLine(Hear(client), "connect", client.Name) { UserId = client.User });
        Appear(client);
        foreach (var chat in _chats.Where(c => c.Members.ContainsKey(client.User)))
        {
            var position = client.In(chat);
            // It comes late, or comes back: where it begins is what it fetched.
            if ((!position.Begun && Chance(0.5)) || (position.IsStale && Chance(0.5)))
                position.Applied = chat.Revision;
            // It was killed, and its last page of changes was not on its disk.
            else if (position.Begun && !position.IsStale && Chance(0.1))
                position.Applied = Math.Max(chat.Members[client.User].JoinedRevision, position.Applied - 3);
            position.IsStale = false;
            if (position.Applied < chat.Revision || Chance(0.5))
                CatchUp(client, chat);
        }
    }

    private void Disconnect(ModelClient client)
    {
        client.IsConnected = false;
        Write(new GeneratedLine(Hear(client), "disconnect", client.Name) { UserId = client.User });
        Disappear(client);
    }

    /// <summary>With a message on its way, of which nobody hears any more whether it arrived.</summary>
    private void Kill(ModelClient client)
    {
        if (_chats.Find(c => c.Members.ContainsKey(client.User)) is { } chat)
        {
            var message = new ModelMessage(NewId(), client.User, NewHash());
            Invoke(client, chat, message);
            if (Chance(0.5))
                Later(Now + 1_000_000, () => Commit(chat, message));
        }
        client.IsConnected = false;
        client.IsKilled = true;
        Later(Now + 6_000_000_000, () => TellPresence(client.User));
    }

    private void End()
    {
        while (_later.TryDequeue(out var action, out var due))
        {
            Now = Math.Max(Now, due.Item1);
            action();
        }
        Now += 1_000_000_000;
        foreach (var client in _clients.Where(c => !c.IsKilled))
        {
            if (!client.IsConnected)
                Connect(client);
            foreach (var chat in _chats.Where(c => c.Members.ContainsKey(client.User)))
            {
                if (client.In(chat).Applied < chat.Revision)
                    CatchUp(client, chat);
                Write(new GeneratedLine(Hear(client), "at_end", client.Name) { ChatId = chat.Id, Revision = chat.Revision });
            }
        }
        Now += 2_000_000_000;
        foreach (var chat in _chats)
            ReadLog(chat);
    }

    private void ReadLog(ModelChat chat)
    {
        foreach (var message in chat.Messages)
        {
            var line = new GeneratedLine(Now++, "final", "reader")
            {
                ChatId = chat.Id,
                Revision = message.Revision,
                Deleted = message.IsDeleted,
            };
            Write(Shown(line, message));
        }
        Write(
            new GeneratedLine(Now++, "head", "reader")
            {
                ChatId = chat.Id,
                Seq = chat.Head,
                Revision = chat.Revision,
            }
        );
    }
}
