namespace Orleans.Chat.Check.Generating;

/* Edits and deletions: like a send, but a repeat is another edit. */
internal sealed partial class World
{
    private void EditOne(ModelChat chat)
    {
        if (Own(chat) is not var (client, message))
            return;
        var hash = NewHash();
        var line = new GeneratedLine(Now - 1 - _random.NextInt64(LongestLead - 1), "edit", client.Name)
        {
            ChatId = chat.Id,
            MessageId = message.Id,
            Hash = hash,
        };
        Write(line);
        Change(chat, "edited", line, () => !message.IsDeleted, message, () => message.Hash = hash);
    }

    private void DeleteOne(ModelChat chat)
    {
        if (Own(chat) is not var (client, message))
            return;
        var line = new GeneratedLine(Now - 1 - _random.NextInt64(LongestLead - 1), "delete", client.Name)
        {
            ChatId = chat.Id,
            MessageId = message.Id,
        };
        Write(line);
        Change(chat, "deleted", line, () => !message.IsDeleted, message, () => message.IsDeleted = true);
    }

    private void Change(ModelChat chat, string kind, GeneratedLine asked, Func<bool> may, ModelMessage message, Action apply)
    {
        switch (_random.NextDouble())
        {
            case < 0.75:
                var revision = Commit();
                Write(asked with { T = Soon(), Type = asked.Type + "_ack", Revision = revision });
                break;
            case < 0.83:
                Commit();
                Write(asked with { T = Soon(), Type = asked.Type + "_unknown" });
                break;
            case < 0.88:
                Write(asked with { T = Soon(), Type = asked.Type + "_unknown" });
                break;
            case < 0.93:
                Write(asked with { T = Soon(), Type = asked.Type + "_unknown" });
                Later(
                    Now + 300_000_000,
                    () =>
                    {
                        if (may())
                            Commit();
                    }
                );
                break;
            default:
                Write(asked with { T = Soon(), Type = asked.Type + "_fail" });
                break;
        }

        long Commit()
        {
            apply();
            var change = chat.Append(kind, message);
            Deliver(chat, change);
            return change.Revision;
        }
    }

    /// <summary>A client that is there, and a message of its user, most often one of the last.</summary>
    private (ModelClient, ModelMessage)? Own(ModelChat chat)
    {
        if (Writer(chat) is not { } client)
            return null;
        for (var i = chat.Messages.Count - 1; i >= Math.Max(0, chat.Messages.Count - 30); i--)
        {
            var message = chat.Messages[i];
            if (message.Sender == client.User && message is { IsSystem: false, IsDeleted: false } && Chance(0.4))
                return (client, message);
        }
        return null;
    }
}
