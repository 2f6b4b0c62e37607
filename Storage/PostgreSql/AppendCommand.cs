using Npgsql;
using Orleans.Chat.Storage.Chats;

namespace Orleans.Chat.Storage.PostgreSql;

/// <summary>The statement that inserts all new messages of a batch, and what it answers.</summary>
internal static class AppendCommand
{
    public static NpgsqlBatchCommand Make(IReadOnlyList<NumberedChange> messages)
    {
        var chats = messages.GroupBy(m => m.Chat).Select(c => (Chat: c.Key, Last: c.Last(), At: c.Max(m => Add(m).At))).ToArray();
        var mentions = messages
            .SelectMany(m => (Add(m).Mentions ?? []).Distinct(StringComparer.Ordinal).Select(user => (m.Chat.ChatId, User: user, m.Seq)))
            .ToArray();
        var command = new NpgsqlBatchCommand(AppendSql.Append);
        command
            .Parameters.WithAll(chats.Select(c => c.Chat.ChatId))
            .WithAll(chats.Select(c => c.Chat.Epoch))
            .WithAll(chats.Select(c => c.Chat.HeadSeq))
            .WithAll(chats.Select(c => c.Chat.Revision))
            .WithAll(chats.Select(c => c.Last.Seq))
            .WithAll(chats.Select(c => c.Last.Revision))
            .WithAll(chats.Select(c => c.Last.Ordinal))
            .WithAll(chats.Select(c => c.At))
            .WithAll(messages.Select(m => m.Chat.ChatId))
            .WithAll(messages.Select(m => m.Seq))
            .WithAll(messages.Select(m => m.Revision))
            .WithAll(messages.Select(m => m.Ordinal))
            .WithAll(messages.Select(m => Add(m).MessageId))
            .WithAll(messages.Select(m => Add(m).SenderId))
            .WithAll(messages.Select(m => Add(m).Type))
            .WithAll(messages.Select(m => Add(m).Content))
            .WithAll(messages.Select(m => Add(m).Metadata))
            .WithAll(messages.Select(m => Add(m).Fingerprint))
            .WithAll(messages.Select(m => Add(m).At))
            .WithAll(mentions.Select(m => m.ChatId))
            .WithAll(mentions.Select(m => m.User))
            .WithAll(mentions.Select(m => m.Seq));
        return command;
    }

    /// <summary>Which chats moved, and which ids were there already.</summary>
    public static async Task<Appended> ReadAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        var answer = new Appended([], []);
        while (await reader.ReadAsync(cancellationToken))
        {
            Read(reader, answer);
        }
        return answer;
    }

    private static void Read(NpgsqlDataReader reader, Appended answer)
    {
        var chatId = reader.GetString(0);
        if (reader.IsDBNull(1))
        {
            answer.Moved.Add(chatId);
            return;
        }
        answer.Known[(chatId, reader.GetString(1))] = new CommitOutcome.Duplicate(
            reader.GetInt64(2),
            reader.GetInt64(3),
            reader.GetString(4),
            reader.GetFieldValue<byte[]>(5),
            reader.GetFieldValue<DateTimeOffset>(6)
        );
    }

    private static ChatChange.AddMessage Add(NumberedChange message) => (ChatChange.AddMessage)message.Change;

    internal sealed record Appended(HashSet<string> Moved, Dictionary<(string Chat, string Message), CommitOutcome.Duplicate> Known)
    {
        public ChangeResult Result(NumberedChange message)
        {
            if (Known.TryGetValue((message.Chat.ChatId, Add(message).MessageId), out var duplicate))
                return new ChangeResult.Answered(duplicate);
            return Moved.Contains(message.Chat.ChatId) ? ChangeResult.Applied.Instance : ChangeResult.Skipped.Instance;
        }
    }
}
