namespace Orleans.Chat.Check.Generating;

/* A message is sent, and its answer comes, or is lost, or is a refusal; what is not answered may have had an effect, or has it yet. */
internal sealed partial class World
{
    private void Send(ModelChat chat)
    {
        if (Writer(chat) is not { } client)
            return;
        var message = new ModelMessage(NewId(), client.User, NewHash());
        switch (_random.NextDouble())
        {
            case < 0.84:
                Invoke(client, chat, message);
                Acknowledge(client, chat, Commit(chat, message));
                break;
            case < 0.88:
                LoseAnswer(client, chat, message);
                break;
            case < 0.90:
                Invoke(client, chat, message);
                Write(Answer("unknown", Soon(), client, chat, message) with { Code = "timeout" });
                break;
            case < 0.92:
                Invoke(client, chat, message);
                Write(Answer("unknown", Soon(), client, chat, message) with { Code = "unavailable" });
                Later(Now + 400_000_000, () => Commit(chat, message));
                break;
            case < 0.95:
                Invoke(client, chat, message);
                Write(Answer("fail", Soon(), client, chat, message) with { Code = "forbidden" });
                break;
            case < 0.98:
                RefuseFirst(client, chat, message);
                break;
            default:
                TakeId(client, chat, message);
                break;
        }
    }

    /// <summary>It is in the log, and is asked for again: before the answer was given up, or after, or both.</summary>
    private void LoseAnswer(ModelClient client, ModelChat chat, ModelMessage message)
    {
        Invoke(client, chat, message);
        Commit(chat, message);
        Write(Answer("unknown", Soon(), client, chat, message) with { Code = "connection_lost" });
        var again = 1 + _random.Next(2);
        for (var i = 1; i <= again; i++)
        {
            Later(
                Now + (i * 300_000_000L),
                () =>
                {
                    Invoke(client, chat, message);
                    Acknowledge(client, chat, message);
                }
            );
        }
    }

    private void RefuseFirst(ModelClient client, ModelChat chat, ModelMessage message)
    {
        Invoke(client, chat, message);
        Write(Answer("fail", Soon(), client, chat, message) with { Code = "overloaded" });
        Later(
            Now + 50_000_000,
            () =>
            {
                if (!chat.Members.ContainsKey(client.User))
                    return;
                Invoke(client, chat, message);
                Acknowledge(client, chat, Commit(chat, message));
            }
        );
    }

    /// <summary>Another one comes with the same id and another body.</summary>
    private void TakeId(ModelClient client, ModelChat chat, ModelMessage message)
    {
        Invoke(client, chat, message);
        Acknowledge(client, chat, Commit(chat, message));
        if (Writer(chat) is not { } thief || thief == client)
            return;
        Later(
            Now + 20_000_000,
            () =>
            {
                Invoke(thief, chat, new ModelMessage(message.Id, thief.User, NewHash()));
                Write(Answer("fail", Soon(), thief, chat, message) with { Code = "message_id_conflict" });
            }
        );
    }

    private void Invoke(ModelClient client, ModelChat chat, ModelMessage message)
    {
        client.Invoked = Math.Max(client.Invoked + 1, Now - 1 - _random.NextInt64(LongestLead - 1));
        Write(
            new GeneratedLine(client.Invoked, "invoke", client.Name)
            {
                ChatId = chat.Id,
                MessageId = message.Id,
                UserId = client.User,
                Hash = message.Hash,
            }
        );
    }

    private ModelMessage Commit(ModelChat chat, ModelMessage message)
    {
        var change = chat.Append(message);
        if (chat.Members.TryGetValue(message.Sender, out var member))
            member.Read = member.Delivered = message.Seq;
        Deliver(chat, change);
        return message;
    }

    private void Acknowledge(ModelClient client, ModelChat chat, ModelMessage message) =>
        Write(Answer("ack", Soon(5), client, chat, message) with { Seq = message.Seq, Revision = message.Created });

    private static GeneratedLine Answer(string type, long t, ModelClient client, ModelChat chat, ModelMessage message) =>
        new(t, type, client.Name) { ChatId = chat.Id, MessageId = message.Id };

    /// <summary>A client of a member that is there.</summary>
    private ModelClient? Writer(ModelChat chat)
    {
        var client = Pick(_clientsOf[Pick(chat.Users)]);
        return client.IsConnected && chat.Members.ContainsKey(client.User) ? client : null;
    }
}
